"""Working days against brute force over every published year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from law.selectors import shipped

WORK = shipped().work
DAYS = st.dates(date(2007, 1, 1), date(2026, 11, 1))
MAKEUP_NEIGHBOURS = st.sampled_from(
    [on + timedelta(days=n) for on in sorted(WORK.makeup) for n in (-1, 0, 1)]
)


def plain(on: date) -> bool:
    """The definition, written again: Monday to Friday less the list, plus make-up days."""
    return on in WORK.makeup or (on.weekday() < 5 and on not in WORK.off)


def counted(start: date, end: date) -> int:
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(plain(on) for on in days)


def test_the_years_have_their_official_number_of_working_days() -> None:
    totals = {year: WORK.count(date(year - 1, 12, 31), date(year, 12, 31)) for year in (2025, 2026)}
    assert totals == {2025: 248, 2026: 248}


def test_2027_is_not_published() -> None:
    assert 2027 not in WORK.years
    assert set(range(2007, 2027)) <= WORK.years


@given(start=DAYS | MAKEUP_NEIGHBOURS, count=st.integers(0, 60))
def test_due_is_the_nth_working_day_after(start: date, count: int) -> None:
    on = WORK.due(start, count)
    assert counted(start, on) == count
    assert count == 0 or plain(on)


@given(start=DAYS | MAKEUP_NEIGHBOURS, length=st.integers(-5, 90))
def test_count_is_what_it_says(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    assert WORK.count(start, end) == counted(start, end)


@given(target=DAYS | MAKEUP_NEIGHBOURS, count=st.integers(0, 30))
def test_before_is_the_latest_lawful_day(target: date, count: int) -> None:
    on = WORK.before(target, count)
    assert counted(on, target) >= count
    assert counted(on + timedelta(days=1), target) < count or count == 0


@given(on=DAYS | MAKEUP_NEIGHBOURS)
def test_roll_goes_to_the_next_working_day(on: date) -> None:
    rolled = WORK.roll(on)
    assert plain(rolled)
    assert rolled == on or not plain(on)


def test_before_2007_is_an_error() -> None:
    with pytest.raises(ValueError, match="2007"):
        WORK.is_workday(date(2006, 12, 31))


@pytest.mark.parametrize(("month", "day"), [(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)])
def test_fixed_holidays_hold_in_an_unpublished_year(month: int, day: int) -> None:
    assert not WORK.is_workday(date(2027, month, day))
