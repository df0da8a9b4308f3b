"""Whether the money in a sub-account makes a bidder's deposit good (DEP-03)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.actors import Role
from kernel.machine import Table, Transition


class DepositState(StrEnum):
    """due 待付 · unmatched 金额不符 · matched 已到账 · locked 已锁定 · refund_due 应退 ·
    refunded 已退 · applied 抵作价款 · returned 原路退回."""

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
    (DepositState.MATCHED, "credit"): Transition(DepositState.MATCHED, FINANCE),
    (DepositState.MATCHED, "lock"): Transition(DepositState.LOCKED, SYSTEM_ONLY),
    (DepositState.LOCKED, "credit"): Transition(DepositState.LOCKED, FINANCE),
    (DepositState.LOCKED, "release"): Transition(DepositState.REFUND_DUE, SYSTEM_ONLY),
    (DepositState.MATCHED, "release"): Transition(DepositState.REFUND_DUE, SYSTEM_ONLY),
    (DepositState.LOCKED, "apply"): Transition(DepositState.APPLIED, SYSTEM_ONLY),
    (DepositState.REFUND_DUE, "refund"): Transition(DepositState.REFUNDED, FINANCE),
}


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
