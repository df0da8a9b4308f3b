"""Instants: aware, cut to whole milliseconds, written in Beijing time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import FixedClock, cut_ms, iso_ms, parse_instant

INSTANTS = st.datetimes(
    datetime(1970, 1, 2),  # noqa: DTZ001
    datetime(2999, 12, 31),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-9.5))]),
)


def test_an_instant_is_cut_never_rounded() -> None:
    at = datetime(2026, 4, 21, 2, 3, 29, 999_999, tzinfo=UTC)
    assert iso_ms(at) == "2026-04-21T10:03:29.999+08:00"


def test_an_instant_needs_its_offset() -> None:
    with pytest.raises(ValueError, match="offset"):
        cut_ms(datetime(2026, 4, 21))  # noqa: DTZ001
    with pytest.raises(ValueError, match="offset"):
        parse_instant("2026-04-21T10:03:30")


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01T00:00:00+08:00", "2026-04-21T25:00+08:00"]
)
def test_other_texts_are_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_instant(text)


@given(at=INSTANTS)
def test_what_is_written_reads_back(at: datetime) -> None:
    assert parse_instant(iso_ms(at)) == cut_ms(at) <= at


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    clock = FixedClock(datetime(2026, 3, 2, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.advance(timedelta(seconds=1, microseconds=1500))
    assert clock.now() == datetime(2026, 3, 2, 0, 0, 1, 1000, tzinfo=UTC)
    clock.set(datetime(2026, 3, 1, tzinfo=UTC))
    assert clock.now().day == 1
