"""Whether a clock keeps step with the time that really passed. Whole microseconds throughout.

The clock of the database is compared with a steady clock of this machine, which no hand sets and
which goes on while a process sleeps. Their difference is never known exactly: an answer of the
database was read somewhere between asking and hearing, so it is an interval.
"""

from typing import NamedTuple

SLEW_PPM = 1000
"""Two machines whose clocks are pulled apart, each at the 500 ppm of adjtimex(2), drift so fast;
what is slower is no step."""


class Trust(NamedTuple):
    """Clock less steady clock lies from `low` to `high`, as last confirmed at `at` (steady)."""

    low: int
    high: int
    at: int

    def clock_at(self, steady: int) -> int:
        """What the clock would say had it kept step."""
        return steady + (self.low + self.high) // 2


class Judged(NamedTuple):
    """`step`: by how much the clock is surely off, ahead or (negative) behind; 0 within the limit.
    `trust`: what to compare the next reading with."""

    trust: Trust
    step: int


def judge(trust: Trust | None, clock: int, asked: int, heard: int, limit: int) -> Judged:
    """Compares a reading of the clock that was asked for and heard at these steady instants. The
    first one is believed. No step is, before so much time has passed that clocks could have
    drifted so far apart; whatever stays within the limit is followed no faster than clocks drift,
    so many small steps add up to one."""
    low, high = clock - heard, clock - asked
    if trust is None:
        return Judged(Trust(low, high, heard), 0)
    # Rounded up: readings may follow each other within the time in which clocks drift one unit.
    drift = (max(0, heard - trust.at) * SLEW_PPM + 999_999) // 1_000_000
    least, most = trust.low - drift, trust.high + drift
    step = max(0, low - most) or min(0, high - least)
    if abs(step) > limit:
        return Judged(trust, step)
    if step == 0:
        least, most = max(least, low), min(most, high)
    return Judged(Trust(least, most, max(trust.at, heard)), 0)
