"""The clock guard: this process's own watch over the database's clock.

Each process compares for itself; they share nothing. While the clock is off, instants are those it
would have said had it kept step, so nothing is decided by a jump and no stream gets an entry from
the future. A process that starts has nothing to compare with and believes the clock it finds."""

import logging
import threading
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings

from audit.chain import EPOCH, MICROSECOND
from audit.clock import Reading, read_clock, steady_us
from bidding.rules.steady import Trust, judge
from kernel.clock import cut_ms

logger = logging.getLogger(__name__)
SETTLE_US = 5_000_000
"""So long must the clock agree again before anybody lets a room go on: one that is being set may
be set twice."""


class Watched(NamedTuple):
    """A reading as the guard lets it pass. `bare` is without the test clock's offset. `is_off`: the
    clock stepped, both instants are the guard's. `is_settled`: it has agreed for long enough."""

    now: datetime
    bare: datetime
    is_off: bool
    is_settled: bool


class Guard:
    """What this process knows of the clock. `step_us`: how far it is off now, 0 if it agrees."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Believes the next reading; tests need it."""
        self.step_us = 0
        self.steps = 0
        self._trust: Trust | None = None
        self._off_at: int | None = None

    def watch(self, reading: Reading) -> Watched:
        """Judges a reading. While the clock is off the instants are those of when it was heard."""
        clock = (reading.at - EPOCH) // MICROSECOND
        limit = settings.CLOCK_STEP_MS * 1000
        with self._lock:
            trust, step = judge(self._trust, clock, reading.asked_us, reading.heard_us, limit)
            self._trust = trust
            self._tell(step)
            if step:
                self._off_at = reading.heard_us
                clock = trust.clock_at(reading.heard_us)
        bare = EPOCH + timedelta(microseconds=clock)
        is_settled = not step and self._is_settled_at(reading.heard_us)
        return Watched(cut_ms(bare + reading.shift), cut_ms(bare), bool(step), is_settled)

    def look(self) -> Watched:
        """Reads the clock and judges it."""
        return self.watch(read_clock())

    def state(self) -> str:
        """For a monitor: `agrees`, `off`, or `settling` while rooms may not go on yet."""
        if self.step_us:
            return "off"
        return "agrees" if self._is_settled_at(steady_us()) else "settling"

    def _is_settled_at(self, steady: int) -> bool:
        return self._off_at is None or steady - self._off_at >= SETTLE_US

    def _tell(self, step: int) -> None:
        if step and not self.step_us:
            self.steps += 1
            logger.error("the database's clock stepped", extra={"step_ms": step // 1000})
        elif self.step_us and not step:
            logger.warning("the database's clock agrees again")
        self.step_us = step


guard = Guard()
