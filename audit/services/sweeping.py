"""The sweep: stored entries are examined again and again, a slice at a time, so that an altered
past is noticed although nobody exports it."""

import time
from datetime import timedelta

from audit.checkpoint import Tip
from audit.models import Sweep
from audit.selectors import BLOCK
from audit.services.examining import (
    THE_TREE,
    LedgerBroken,
    faults_between,
    misplaced,
    signed_size,
    tip_at,
)
from audit.services.faults import close_mended, report
from kernel.clock import Clock

ROW = 1
SLICE_SECONDS = 0.3
TURNS_A_DAY = 24 * 3600 // 4
"""The chore's turns, with some to spare: as many slices must make a pass."""
REST = timedelta(minutes=1)
"""Between the end of a pass and the next: a small ledger is not read without pause."""


def sweep(*, clock: Clock, seconds: float = SLICE_SECONDS) -> None:
    """Examines the next blocks of the signed ledger, reports what does not hold, closes what is
    mended. The place where it stops is kept; the whole is seen at least once a day, as far as the
    time of a slice allows."""
    if lost := misplaced():
        report(lost, clock)
    size = signed_size()
    tip = tip_at(size)
    if tip is None:
        if size:
            report(LedgerBroken(THE_TREE, size, "note"), clock)
        return
    close_mended(clock)
    state, _is_new = Sweep.objects.get_or_create(pk=ROW)
    is_resting = state.place == 0 and state.passed_at and clock.now() < state.passed_at + REST
    if not is_resting:
        examine_slice(state, tip, clock, time.monotonic() + seconds)
        state.save(update_fields=["place", "passed_at"])


def examine_slice(state: Sweep, tip: Tip, clock: Clock, until: float) -> None:
    """Goes on from the state's place until the slice, its time or the pass is over."""
    for _block in range(-(-tip.size // (BLOCK * TURNS_A_DAY))):
        for broken in faults_between(state.place, tip):
            report(broken, clock)
        state.place += BLOCK
        if state.place >= tip.size:
            state.place, state.passed_at = 0, clock.now()
            return
        if time.monotonic() >= until:
            return
