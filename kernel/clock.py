"""Instants: aware, cut (never rounded) to whole ms. Rules take `now`, services a clock."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

CHINA = timezone(timedelta(hours=8))
"""Beijing time: no daylight saving, so a fixed offset is exact."""


class Clock(Protocol):
    """Tells the instant that counts, in UTC, cut to whole milliseconds."""

    def now(self) -> datetime: ...


class FixedClock:
    """A clock that stands until it is moved; for tests, demo worlds and replays."""

    def __init__(self, at: datetime) -> None:
        self._at = cut_ms(at)

    def now(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        self._at = cut_ms(at)

    def advance(self, by: timedelta) -> None:
        self._at = cut_ms(self._at + by)


def cut_ms(at: datetime) -> datetime:
    """Returns the instant in UTC without its microseconds below a millisecond."""
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset")
    utc = at.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def iso_ms(at: datetime) -> str:
    """Returns Beijing time as `2026-04-21T10:03:30.000+08:00`."""
    return cut_ms(at).astimezone(CHINA).isoformat(timespec="milliseconds")


def parse_instant(text: str) -> datetime:
    """Returns the instant in UTC, cut to ms. ValueError if malformed or without an offset."""
    return cut_ms(datetime.fromisoformat(text))
