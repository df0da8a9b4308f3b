"""When anything of this house was last known to be alive (a heartbeat row a second and process),
and the database's clock as this process last saw it, for the `server_at` of frames.

Nothing is ever decided by the latter: decisions read the clock under the lock."""

import time
from datetime import UTC, datetime, timedelta

from django.db.models import Max

from audit.clock import database_now
from bidding.models import Heartbeat
from bidding.sequencer.guard import guard
from kernel.clock import cut_ms

QUIET = timedelta(seconds=2)


class Pulse:
    """`known_at`: the last heartbeat this process knows of, by the database's clock without any
    offset. `seen`: an instant of the clock and the monotonic seconds at which it was read."""

    known_at: datetime | None = None
    seen: tuple[datetime, float] | None = None


_pulse = Pulse()


def note_beat(at: datetime) -> None:
    """This process has just written a heartbeat."""
    _pulse.known_at = at


def note_clock(now: datetime) -> None:
    """This process has just read the clock."""
    _pulse.seen = (now, time.monotonic())


def shown_now() -> datetime:
    """The clock's instant without asking the database: good to a few milliseconds."""
    if _pulse.seen is None:
        return cut_ms(datetime.now(UTC))
    at, ticks = _pulse.seen
    return cut_ms(at + timedelta(seconds=time.monotonic() - ticks))


def alive_at(now: datetime, bare: datetime | None = None) -> datetime | None:
    """The last sign of life before `now`, as an instant of the clock that gave `now`; None while
    there was no silence, or nothing ever served. Asks the database only after a silence. `bare`:
    the same instant without the test clock's offset, where it is known."""
    known = _pulse.known_at
    if known is not None and timedelta(0) <= (bare or now) - known <= QUIET:
        return None
    last = Heartbeat.objects.aggregate(last=Max("at"))["last"]
    if last is None:
        return None
    silence = (bare or cut_ms(database_now())) - last
    _pulse.known_at = last
    return now - silence if silence > QUIET else None


def forget_pulse() -> None:
    """Forgets both, and what the guard knows; tests that swap the database need it."""
    _pulse.known_at = _pulse.seen = None
    guard.forget()
