"""Whether a deposit is good (DEP-03), and how much must go back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.rules.deposits import (
    HELD,
    RELEASED,
    Credit,
    DepositState,
    match_deposit,
    owed_fen,
)

CUTOFF = datetime(2026, 4, 16, 8, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)
ALICE = "蓉城置业有限公司"


def judge(*credits: tuple[int, datetime, str], required: int = 100) -> tuple[object, ...]:
    rows = [Credit(*row) for row in credits]
    match = match_deposit(rows, payer=ALICE, required_fen=required, cutoff_at=CUTOFF)
    return match.is_matched, match.reason, match.excess_fen


@pytest.mark.parametrize(
    ("credits", "expected"),
    [
        ([(100, CUTOFF - MS, ALICE)], (True, None, 0)),
        ([(100, CUTOFF, ALICE)], (True, None, 0)),
        ([(100, CUTOFF + MS, ALICE)], (False, "late", 0)),
        ([(60, CUTOFF - MS, ALICE), (40, CUTOFF, ALICE)], (True, None, 0)),
        ([(60, CUTOFF - MS, ALICE), (40, CUTOFF + MS, ALICE)], (False, "late", 0)),
        ([(99, CUTOFF - MS, ALICE)], (False, "short", 0)),
        ([(130, CUTOFF - MS, ALICE)], (True, None, 30)),
        ([(100, CUTOFF - MS, ALICE), (30, CUTOFF + MS, ALICE)], (True, None, 30)),
        ([(100, CUTOFF - MS, "他人")], (False, "payer_mismatch", 0)),
        ([(100, CUTOFF - MS, ALICE), (1, CUTOFF - MS, "他人")], (False, "payer_mismatch", 0)),
        ([], (False, "short", 0)),
    ],
    ids=["early", "at-the-cut-off", "late", "parts", "last-part-late", "short", "excess",
         "late-excess", "other-payer", "one-other-payer", "nothing"],
)  # fmt: skip
def test_match(credits: list[tuple[int, datetime, str]], expected: tuple[object, ...]) -> None:
    assert judge(*credits) == expected


AMOUNTS = st.integers(0, 10**12)


@given(st.sampled_from(DepositState), AMOUNTS, AMOUNTS, AMOUNTS)
def test_never_more_goes_back_than_came(
    state: DepositState, required: int, paid: int, refunded: int
) -> None:
    refunded = min(refunded, paid)
    owed = owed_fen(state, required_fen=required, paid_fen=paid, refunded_fen=refunded)
    assert 0 <= owed <= paid - refunded
    if state in HELD:
        assert owed <= max(0, paid - required)
    if state in RELEASED:
        assert owed + refunded == paid
