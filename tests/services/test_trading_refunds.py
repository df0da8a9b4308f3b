"""What is owed goes back once, whole, to the account that paid; finance notes the bank's number."""

import pytest

from audit.selectors import entries_after
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests.worlds.market import WAN, Market
from trading.models import Deposit, Refund
from trading.selectors import list_refunds_due
from trading.services import refunds

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    return Market()


def loser_of(market: Market) -> Deposit:
    """Bob, who lost; Alice won."""
    _lot, (_alice, bob) = market.awarded()
    return Deposit.objects.get(registration=bob)


def refund(
    market: Market, deposit: Deposit, reference: str = "B-1", actor: object = None
) -> Refund:
    return refunds.refund_deposit(
        pk=deposit.pk,
        bank_reference=reference,
        actor=actor or market.gao,  # type: ignore[arg-type]
        clock=market.clock,
    )


def test_a_loser_s_deposit_goes_back_whole(market: Market) -> None:
    deposit = loser_of(market)
    made = refund(market, deposit)
    deposit.refresh_from_db()
    assert (made.amount_fen, made.noted_by) == (4 * WAN, market.gao.id)
    assert (deposit.state, deposit.refunded_fen) == ("refunded", 4 * WAN)
    last = entries_after(f"account/{deposit.account_no}", 0)[-1]
    assert (last.kind, last.body["amount_fen"]) == ("trading.deposit_refunded", 4 * WAN)


def test_it_goes_back_once(market: Market) -> None:
    deposit = loser_of(market)
    refund(market, deposit)
    with pytest.raises(Conflict):
        refund(market, deposit, "B-2")
    assert Refund.objects.count() == 1


def test_a_bank_reference_serves_once(market: Market) -> None:
    lot = market.published()
    one, two = market.paid_up(lot, market.alice, market.bob)
    for item in (one, two):
        market.pay(item, amount="5.00")
    refund(market, one.deposit)
    with pytest.raises(Conflict) as caught:
        refund(market, two.deposit)
    assert caught.value.code == "reference_known"
    assert Refund.objects.count() == 1


@pytest.mark.parametrize("reference", ["", "   ", "R" * 61])
def test_the_reference_is_needed(market: Market, reference: str) -> None:
    deposit = loser_of(market)
    with pytest.raises(Invalid):
        refund(market, deposit, reference)
    assert not Refund.objects.exists()


def test_a_held_deposit_does_not_go_back(market: Market) -> None:
    """A dishonest finance clerk cannot free the money of who still bids."""
    (item,) = market.paid_up(market.published(), market.alice)
    with pytest.raises(Conflict) as caught:
        refund(market, item.deposit)
    assert caught.value.code == "nothing_owed"
    assert Deposit.objects.get().state == "matched"


def test_only_the_excess_of_a_held_deposit_goes_back(market: Market) -> None:
    (item,) = market.paid_up(market.published(), market.alice)
    market.pay(item, amount="7.00")
    assert refund(market, item.deposit).amount_fen == 700
    deposit = Deposit.objects.get()
    assert (deposit.state, refunds.owed(deposit)) == ("matched", 0)


def test_money_that_comes_after_a_refund_is_owed_again(market: Market) -> None:
    deposit = loser_of(market)
    refund(market, deposit)
    market.pay(deposit.registration, amount="9.00")
    deposit.refresh_from_db()
    assert (deposit.state, refunds.owed(deposit)) == ("refund_due", 900)
    assert refund(market, deposit, "B-2").amount_fen == 900


def test_only_finance_notes_refunds(market: Market) -> None:
    deposit = loser_of(market)
    for actor in (market.wang, market.li, market.sun, market.bob):
        with pytest.raises(Forbidden):
            refund(market, deposit, actor=actor)
    assert not Refund.objects.exists()


def test_an_unknown_deposit(market: Market) -> None:
    with pytest.raises(NotFound):
        refunds.refund_deposit(pk=1, bank_reference="B", actor=market.gao, clock=market.clock)


def test_the_list_of_what_is_due_names_day_and_rule(market: Market) -> None:
    deposit = loser_of(market)
    (row,) = list_refunds_due(market.gao)
    assert (row.pk, row.refund_rule) == (deposit.pk, "EQ-09")
    assert row.refund_due_on is not None
    refund(market, deposit)
    assert not list_refunds_due(market.gao).exists()
