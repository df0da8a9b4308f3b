"""A database whose clock a test moves, as whoever owns the server could."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from audit import clock

SHADOW = """
CREATE TABLE moved_clock (span interval NOT NULL);
INSERT INTO moved_clock VALUES (interval '0');
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
  'SELECT pg_catalog.clock_timestamp() + (SELECT span FROM public.moved_clock)';
"""
"""A function of the same name that the search path finds first: every session then reads it."""
Mover = Callable[[timedelta], None]


def movable_clock(monkeypatch: pytest.MonkeyPatch) -> Mover:
    """Returns what sets the clock of the test's own database off by a span. On PostgreSQL for
    every process of it, on SQLite for this one."""
    if connection.vendor == "postgresql":
        return shadowed_clock()
    real = time.time_ns
    monkeypatch.setattr(clock.PROCESS, "_last_us", 0)

    def move(by: timedelta) -> None:
        off = by // timedelta(microseconds=1) * 1000
        monkeypatch.setattr(clock.time, "time_ns", lambda: real() + off)

    return move


def shadowed_clock() -> Mover:
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(SHADOW)
        cursor.execute(f'ALTER DATABASE "{name}" SET search_path = public, pg_catalog')
    connection.close()

    def move(by: timedelta) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE moved_clock SET span = %s", [by])

    return move
