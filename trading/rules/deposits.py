"""Whether the money in a sub-account makes a bidder's deposit good (DEP-03)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.actors import Role
from kernel.machine import Table, Transition


class DepositState(StrEnum):
    """due 待付 · unmatched 金额不符 · matched 已到账 · locked 已锁定 · refund_due 应退 ·
    refunded 已退 · applied 抵作价款 · returned 不符应退 (money that bought no seat)."""

    DUE = "due"
    UNMATCHED = "unmatched"
    MATCHED = "matched"
    LOCKED = "locked"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    APPLIED = "applied"
    RETURNED = "returned"


FINANCE = frozenset({Role.FINANCE})
SYSTEM_ONLY: frozenset[Role] = frozenset()

DEPOSIT_TABLE: Table[DepositState] = {
    (DepositState.DUE, "credit"): Transition(DepositState.UNMATCHED, FINANCE),
    (DepositState.UNMATCHED, "credit"): Transition(DepositState.UNMATCHED, FINANCE),
    (DepositState.UNMATCHED, "match"): Transition(DepositState.MATCHED, FINANCE),
    (DepositState.UNMATCHED, "return"): Transition(DepositState.RETURNED, SYSTEM_ONLY),
    (DepositState.RETURNED, "credit"): Transition(DepositState.RETURNED, FINANCE),
    (DepositState.RETURNED, "match"): Transition(
        DepositState.MATCHED, FINANCE, guard="paid in time, nothing returned yet"
    ),
    (DepositState.RETURNED, "refund"): Transition(DepositState.REFUNDED, FINANCE),
    (DepositState.MATCHED, "credit"): Transition(DepositState.MATCHED, FINANCE),
    (DepositState.MATCHED, "lock"): Transition(DepositState.LOCKED, SYSTEM_ONLY),
    (DepositState.LOCKED, "credit"): Transition(DepositState.LOCKED, FINANCE),
    (DepositState.LOCKED, "release"): Transition(DepositState.REFUND_DUE, SYSTEM_ONLY),
    (DepositState.MATCHED, "release"): Transition(DepositState.REFUND_DUE, SYSTEM_ONLY),
    (DepositState.LOCKED, "apply"): Transition(DepositState.APPLIED, SYSTEM_ONLY),
    (DepositState.REFUND_DUE, "refund"): Transition(DepositState.REFUNDED, FINANCE),
    (DepositState.REFUND_DUE, "credit"): Transition(DepositState.REFUND_DUE, FINANCE),
    (DepositState.REFUNDED, "credit"): Transition(DepositState.REFUND_DUE, FINANCE),
    (DepositState.APPLIED, "credit"): Transition(DepositState.APPLIED, FINANCE),
    (DepositState.MATCHED, "refund"): Transition(DepositState.MATCHED, FINANCE, guard="excess"),
    (DepositState.LOCKED, "refund"): Transition(DepositState.LOCKED, FINANCE, guard="excess"),
    (DepositState.APPLIED, "refund"): Transition(DepositState.APPLIED, FINANCE, guard="excess"),
}
RELEASED = frozenset({DepositState.REFUND_DUE, DepositState.REFUNDED, DepositState.RETURNED})
HELD = frozenset({DepositState.MATCHED, DepositState.LOCKED, DepositState.APPLIED})


def owed_fen(state: DepositState, *, required_fen: int, paid_fen: int, refunded_fen: int) -> int:
    """What must go back now: everything once the deposit is released, the excess while it is held
    or applied, nothing while it may still become good. Never negative. DEP-03, DEP-05."""
    if state in RELEASED:
        return max(0, paid_fen - refunded_fen)
    if state in HELD:
        return max(0, paid_fen - required_fen - refunded_fen)
    return 0


@dataclass(frozen=True, slots=True)
class Credit:
    """One booking on the sub-account; `booked_at` is the bank's booking time."""

    fen: int
    booked_at: datetime
    payer: str


@dataclass(frozen=True, slots=True)
class Match:
    """`reason` is None when matched, else payer_mismatch, late or short."""

    is_matched: bool
    reason: str | None
    counted_fen: int
    excess_fen: int
    paid_fen: int


def match_deposit(
    credits: Iterable[Credit], *, payer: str, required_fen: int, cutoff_at: datetime
) -> Match:
    """Judges a sub-account. A credit booked at the cut-off counts; several part-payments add up;
    any other payer spoils it; excess is what was paid beyond the requirement. DEP-03."""
    rows = list(credits)
    paid = sum(row.fen for row in rows)
    in_time = sum(row.fen for row in rows if row.booked_at <= cutoff_at)
    if any(row.payer != payer for row in rows):
        return Match(False, "payer_mismatch", 0, 0, paid)
    if in_time >= required_fen:
        return Match(True, None, required_fen, paid - required_fen, paid)
    return Match(False, "late" if paid >= required_fen else "short", in_time, 0, paid)
