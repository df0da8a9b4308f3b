"""Acts on what is due: rooms by the clock, then the apps' due rows. Every act is idempotent, and
every deadline holds even if nobody comes, because the services ask it themselves.

What raises stands alone: it is told once, tried again ever later, and keeps nothing else back."""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from django.db import connection

from audit.clock import system_clock
from bidding import selectors as rooms
from bidding.rules.commands import Tick
from bidding.sequencer.batches import settle_alone
from bidding.sequencer.books import Act
from bidding.sequencer.guard import guard
from bidding.sequencer.store import RoomLocked, own_connection
from config.wiring import DUE, DueRows

logger = logging.getLogger(__name__)
LIMIT = 100
MOST_PUT_OFF = 1000
TURN_SECONDS = 0.2
FIRST_REST, LONGEST_REST = 1.0, 60.0

Key = tuple[str, object]


class PutOff:
    """What failed: how often, and until when it is left alone."""

    def __init__(self) -> None:
        self.rests: dict[Key, tuple[float, float]] = {}

    def waits(self, key: Key) -> bool:
        return key in self.rests and self.rests[key][0] > time.monotonic()

    def failed(self, key: Key, *, is_held: bool = False) -> bool:
        """Notes a failure; True if it is the first one. A row that others hold is nobody's fault:
        it is asked for again soon, however often."""
        is_first = key not in self.rests
        longer = FIRST_REST if is_first else min(2 * self.rests[key][1], LONGEST_REST)
        rest = FIRST_REST if is_held else longer
        if len(self.rests) >= MOST_PUT_OFF:
            self.rests.clear()
        self.rests[key] = (time.monotonic() + rest, rest)
        return is_first

    def try_to(self, key: Key, act: Callable[[], object]) -> bool:
        """Acts unless this failed a short while ago; True if it was done. A database that is away
        is nobody's own fault and ends the turn."""
        if self.waits(key):
            return False
        try:
            act()
        except Exception as error:
            is_first = self.failed(key, is_held=isinstance(error, RoomLocked))
            told = logger.exception if is_first else logger.warning
            told("what is due could not be done", extra={"due": key[0], "key": str(key[1])})
            if not connection.is_usable():
                self.rests.pop(key, None)
                raise
            return False
        self.rests.pop(key, None)
        return True

    def limit(self) -> int:
        """How many to ask for: what is put off must not stand before everything else."""
        return LIMIT + len(self.rests)


put_off = PutOff()


def take_turn() -> int:
    """Acts once on everything due; returns how many acts were done. While the clock is off nothing
    else is due but rooms, which keep the time that really passes."""
    done = tick_rooms()
    return done if guard.step_us else done + sum(take_rows(rows) for rows in DUE)


def take_rows(rows: DueRows) -> int:
    clock = system_clock()
    found: list[object] = []

    def find() -> None:
        found.extend(rows.find(clock.now(), put_off.limit()))

    put_off.try_to((rows.name, "find"), find)
    return sum(put_off.try_to((rows.name, key), partial(rows.act, key, clock)) for key in found)


def tick_rooms() -> int:
    """Lets time pass in every room in which something is due. Reading the clock by the guard keeps
    it watched in a process that seldom decides anything."""
    codes = rooms.list_due(guard.look().now, put_off.limit())
    return sum(
        put_off.try_to(("room", code), partial(settle_alone, code, Act(Tick()))) for code in codes
    )


def run_until(stop: threading.Event) -> None:
    """Takes turns until told to stop; a broken database costs a rest, no more."""
    own_connection()
    while not stop.is_set():
        try:
            take_turn()
        except Exception:
            logger.exception("the timekeeper could not take its turn")
            connection.close()
            stop.wait(1)
        stop.wait(TURN_SECONDS)
    connection.close()
