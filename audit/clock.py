"""The one clock: the database's, cut to whole milliseconds, plus the test offset if allowed."""

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from audit.chain import EPOCH, MICROSECOND
from audit.models import ClockOffset
from kernel.clock import Clock, cut_ms

OFFSET_ROW = 1
NOW = "SELECT clock_timestamp()"
OFFSET_BESIDE = ", COALESCE((SELECT offset_us FROM audit_clockoffset WHERE id = 1), 0)"
STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that nobody sets. The first goes on while the machine is suspended, as the time does."""
SHIFT = re.compile(r"([+-])([0-9]{1,5})([dhms])")
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


class ProcessClock:
    """The process's clock for SQLite: it may stand still but never goes backwards."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last_us = 0

    def now(self) -> datetime:
        with self._lock:
            self._last_us = max(self._last_us, time.time_ns() // 1000)
            return EPOCH + timedelta(microseconds=self._last_us)


PROCESS = ProcessClock()


class Reading(NamedTuple):
    """The clock as it was read, `shift` being the test clock's offset, and the steady clock when it
    was asked for and when the answer was heard: the instant lies between them."""

    at: datetime
    shift: timedelta
    asked_us: int
    heard_us: int

    @property
    def now(self) -> datetime:
        return cut_ms(self.at + self.shift)


def steady_us() -> int:
    """Microseconds of a clock that nobody sets, from some beginning of this machine's own."""
    return time.clock_gettime_ns(STEADY) // 1000


def database_now() -> datetime:
    """Returns the database's instant without any offset (for leases, back-off and logs)."""
    return _postgresql_row(NOW)[0] if connection.vendor == "postgresql" else PROCESS.now()


def now_sql() -> str:
    """Returns the SELECT that reads the clock in a PostgreSQL pipeline of one's own; `reading_of`
    reads the answer. Never put it into the locking SELECT itself."""
    return NOW + OFFSET_BESIDE if settings.TEST_CLOCK else NOW


def reading_of(row: Sequence[Any], asked_us: int, heard_us: int) -> Reading:
    """The answer to `now_sql()`."""
    shift = timedelta(microseconds=row[1] if len(row) > 1 else 0)
    return Reading(row[0].astimezone(UTC), shift, asked_us, heard_us)


def read_clock() -> Reading:
    """Reads the clock for comparison: on SQLite as the machine tells it, backwards too."""
    if connection.vendor == "postgresql":
        asked = steady_us()
        row = _postgresql_row(now_sql())
        return reading_of(row, asked, steady_us())
    shift, asked = offset(), steady_us()
    at = EPOCH + timedelta(microseconds=time.time_ns() // 1000)
    return Reading(at, shift, asked, steady_us())


def _postgresql_row(sql: str) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row: tuple[Any, ...] = cursor.fetchone()
    return (row[0].astimezone(UTC), *row[1:])


class DatabaseClock:
    """Reads the clock at each call; call it after the row lock is held."""

    def now(self) -> datetime:
        if connection.vendor == "postgresql":
            return read_clock().now
        return cut_ms(PROCESS.now() + offset())


def system_clock() -> Clock:
    """Returns the clock of this installation."""
    return DatabaseClock()


def offset() -> timedelta:
    """Returns how far the test clock is ahead; zero without TEST_CLOCK."""
    if not settings.TEST_CLOCK:
        return timedelta(0)
    row = ClockOffset.objects.filter(pk=OFFSET_ROW).values_list("offset_us", flat=True).first()
    return timedelta(microseconds=row or 0)


def parse_shift(text: str) -> timedelta:
    """Returns `+31d`, `-2h`, `+90s` as a span. ValueError if it is anything else."""
    found = SHIFT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no shift such as +31d, +2h, +15m or -90s")
    sign, number, unit = found.groups()
    span = timedelta(**{UNITS[unit]: int(number)})
    return -span if sign == "-" else span


def set_offset(to: timedelta) -> None:
    """Moves the test clock. RuntimeError without TEST_CLOCK."""
    if not settings.TEST_CLOCK:
        raise RuntimeError("the clock moves only with TEST_CLOCK=1")
    ClockOffset.objects.update_or_create(pk=OFFSET_ROW, defaults={"offset_us": to // MICROSECOND})
