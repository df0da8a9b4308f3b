"""Money on a sub-account: matched, short, late, of another, too much; the cut-off; the plate."""

import re
from datetime import date, timedelta

import pytest

from audit.selectors import entries_after
from bidding.models import Seat
from tests.worlds.market import Market, bank_file
from trading.models import BankCredit, Deposit, Registration
from trading.projection.deposits import deposit_row
from trading.rules.deposits import DepositState
from trading.selectors import OWED
from trading.services import deposits, registrations
from trading.services.refunds import owed

pytestmark = pytest.mark.django_db
MS = timedelta(milliseconds=1)
HALF = "12000000.00"


@pytest.fixture
def market() -> Market:
    return Market()


def state(item: Registration) -> tuple[str, str, str]:
    item.refresh_from_db()
    deposit = Deposit.objects.get(registration=item)
    return item.state, deposit.state, deposit.reason


def settle(market: Market, item: Registration) -> bool:
    return deposits.settle_cutoff(pk=item.deposit.pk, clock=market.clock)


def test_the_whole_sum_gives_a_random_plate_and_a_seat(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    market.pay(item)
    assert state(item) == ("qualified", "matched", "")
    assert re.fullmatch(r"[A-HJ-NP-Z][0-9]{2}", item.plate)
    seat = Seat.objects.get(room__code=item.lot.room_code)
    assert (seat.plate, seat.user_id) == (item.plate, market.alice.user_id)
    assert item.qualified_at == market.clock.now()


def test_plates_are_unique_in_a_lot(market: Market) -> None:
    found = market.paid_up(market.published(), market.alice, market.bob, market.carol)
    assert len({item.plate for item in found}) == 3


def test_parts_add_up(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    market.pay(item, amount=HALF)
    assert state(item) == ("deposit_due", "unmatched", "short")
    market.pay(item, amount=HALF)
    assert state(item) == ("qualified", "matched", "")


def test_another_payer_spoils_it_for_good(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    market.pay(item, payer_name="锦江城建有限公司")
    assert state(item) == ("deposit_due", "unmatched", "payer_mismatch")
    market.pay(item)
    assert state(item) == ("deposit_due", "unmatched", "payer_mismatch")
    assert not Seat.objects.exists()


def test_the_excess_goes_back_at_once_and_the_rest_stays(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    deposit = market.pay(item, amount="24000000.01")
    assert state(item) == ("qualified", "matched", "")
    assert (deposit.excess_fen, owed(deposit)) == (1, 1)


def test_a_credit_booked_at_the_cut_off_counts(market: Market) -> None:
    lot = market.published()
    item = market.register(lot, market.alice)
    market.clock.set(lot.deposit_cutoff_at)
    market.pay(item)
    assert state(item) == ("qualified", "matched", "")


def test_a_credit_booked_after_it_goes_back(market: Market) -> None:
    lot = market.published()
    item = market.register(lot, market.alice)
    market.settle_cutoffs(lot)
    market.clock.advance(MS)
    deposit = market.pay(item)
    assert state(item) == ("lapsed", "returned", "late")
    assert (owed(deposit), deposit.refund_rule) == (lot.deposit_fen, "LD-04")
    assert deposit.refund_due_on is not None
    assert not Seat.objects.exists()


def test_a_short_sum_goes_back_at_the_cut_off(market: Market) -> None:
    lot = market.published()
    item = market.register(lot, market.alice)
    market.pay(item, amount=HALF)
    market.settle_cutoffs(lot)
    assert state(item) == ("lapsed", "returned", "short")
    assert owed(Deposit.objects.get(registration=item)) == 1_200_000_000


def test_nothing_paid_lapses(market: Market) -> None:
    lot = market.published()
    item = market.register(lot, market.alice)
    market.settle_cutoffs(lot)
    assert state(item) == ("lapsed", "due", "")


def test_a_good_deposit_is_locked_at_the_cut_off(market: Market) -> None:
    lot = market.published()
    (item,) = market.paid_up(lot, market.alice)
    market.settle_cutoffs(lot)
    assert state(item) == ("qualified", "locked", "")


def test_the_cut_off_is_settled_once(market: Market) -> None:
    lot = market.published()
    item = market.register(lot, market.alice)
    market.clock.set(lot.deposit_cutoff_at - MS)
    assert settle(market, item) is False
    market.clock.set(lot.deposit_cutoff_at)
    assert settle(market, item) is True
    before = len(entries_after(f"account/{item.deposit.account_no}", 0))
    assert settle(market, item) is False
    assert len(entries_after(f"account/{item.deposit.account_no}", 0)) == before


def test_the_bank_s_time_counts_not_the_hour_of_the_import(market: Market) -> None:
    """Paid in time, the file imported the morning after: the lapsed registration is taken up."""
    lot = market.published()
    item = market.register(lot, market.alice)
    row = market.row(item)
    market.settle_cutoffs(lot)
    assert state(item)[0] == "lapsed"
    market.clock.advance(timedelta(hours=14))

    market.import_rows(row)

    assert state(item) == ("qualified", "locked", "")
    assert item.plate


def test_a_file_after_the_end_buys_no_seat(market: Market) -> None:
    lot = market.published()
    item = market.register(lot, market.alice)
    row = market.row(item)
    market.settle_cutoffs(lot)
    market.clock.set(lot.ends_at)

    market.import_rows(row)

    assert state(item) == ("lapsed", "returned", "imported_late")
    assert not Seat.objects.exists()


def test_what_went_back_buys_no_seat_later(market: Market) -> None:
    from trading.services import refunds

    lot = market.published()
    item = market.register(lot, market.alice)
    second = market.row(item, amount=HALF)
    market.pay(item, amount=HALF)
    market.settle_cutoffs(lot)
    refunds.refund_deposit(
        pk=item.deposit.pk,
        amount_fen=1_200_000_000,
        bank_reference="B1",
        actor=market.gao,
        clock=market.clock,
    )

    market.import_rows(second)

    assert state(item) == ("lapsed", "refund_due", "")
    assert owed(Deposit.objects.get(registration=item)) == 1_200_000_000
    assert not Seat.objects.exists()


def test_a_stranger_s_money_after_the_match_spoils_nothing(market: Market) -> None:
    """Anybody may send a cent to a sub-account: the bidder stays in, the cent goes back."""
    item = market.register(market.published(), market.alice)
    market.pay(item)
    deposit = market.pay(item, amount="0.01", payer_name="过路人")
    assert state(item) == ("qualified", "matched", "stray")
    assert (owed(deposit), deposit.excess_fen) == (1, 1)
    row = deposit_row(deposit, date(2026, 4, 1))
    assert "保证金有效" in row.reason


def test_what_is_held_again_is_not_due(market: Market) -> None:
    """Returned at the cut-off for want of the file, matched when the file came: no stale day."""
    lot = market.published()
    item = market.register(lot, market.alice)
    first = market.row(item, amount=HALF)
    second = market.row(item, amount=HALF)
    market.import_rows(first)
    market.settle_cutoffs(lot)
    assert Deposit.objects.get(registration=item).refund_due_on is not None

    market.import_rows(second)

    held = Deposit.objects.get(registration=item)
    assert (held.state, held.refund_due_on, held.refund_rule) == ("locked", None, "")


def test_money_for_a_withdrawn_registration_goes_back(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    registrations.withdraw_registration(no=item.no, actor=market.alice, clock=market.clock)
    deposit = market.pay(item)
    assert state(item) == ("withdrawn", "returned", "withdrawn")
    assert owed(deposit) == item.lot.deposit_fen
    assert not Seat.objects.exists()


def test_the_ledger_keeps_the_payer_as_a_hash(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    deposit = market.pay(item)
    entries = entries_after(f"account/{deposit.account_no}", 0)
    kinds = [entry.kind for entry in entries]
    assert kinds == [
        "trading.registration_filed",
        "trading.credits_booked",
        "trading.bidder_qualified",
        "trading.deposit_judged",
    ]
    text = str([entry.body for entry in entries])
    assert "蓉城" not in text
    assert "51000000" not in text


def test_the_database_and_the_rule_owe_the_same(market: Market) -> None:
    """Every state a deposit can be in, with and without money."""
    market.paid_up(market.published(), market.alice)
    for name in DepositState:
        for paid, refunded in ((0, 0), (5, 0), (2_400_000_009, 0), (2_400_000_009, 9)):
            Deposit.objects.update(state=name, paid_fen=paid, refunded_fen=refunded)
            row = Deposit.objects.annotate(owed_now=OWED).get()
            assert max(0, row.owed_now) == owed(row), (name, paid, refunded)


def test_an_unknown_account_is_kept_apart(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    report = market.import_rows(market.row(item, payee_account="6228999999999999"))
    assert (report.rows, report.matched, report.mismatched, report.unknown) == (1, 0, 0, 1)
    assert BankCredit.objects.get().deposit is None
    assert state(item) == ("deposit_due", "due", "")


def test_a_big_file_takes_a_bounded_number_of_queries(market: Market) -> None:
    """Two thousand part-payments on one account: one ledger entry, queries by the five hundred."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    item = market.register(market.published(), market.alice)
    rows = [market.row(item, amount="12000.00") for _ in range(2_000)]
    with CaptureQueriesContext(connection) as queries:
        deposits.import_bank(
            name="big.csv", content=bank_file(*rows), actor=market.gao, clock=market.clock
        )
    assert state(item) == ("qualified", "matched", "")
    assert len(queries) < 80
