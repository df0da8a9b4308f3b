"""What is owed goes back once, whole, to the account that paid; finance notes the bank's number."""

from datetime import date

import pytest

from audit.selectors import entries_after
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests.worlds.market import DAY, WAN, Market, beijing, publish_result, reverse
from trading.models import Deposit, Refund
from trading.selectors import list_refunds_due
from trading.services import awards, refunds

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    return Market()


def loser_of(market: Market) -> Deposit:
    """Bob, who lost; Alice won."""
    _lot, (_alice, bob) = market.awarded()
    return Deposit.objects.get(registration=bob)


def refund(
    market: Market,
    deposit: Deposit,
    reference: str = "B-1",
    actor: object = None,
    amount_fen: int | None = None,
) -> Refund:
    return refunds.refund_deposit(
        pk=deposit.pk,
        amount_fen=refunds.owed(deposit) if amount_fen is None else amount_fen,
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
        refund(market, deposit, "B-2", amount_fen=4 * WAN)
    assert Refund.objects.count() == 1


def test_a_bank_reference_serves_once(market: Market) -> None:
    lot = market.published()
    one, two = market.paid_up(lot, market.alice, market.bob)
    one, two = (market.pay(item, amount="5.00") for item in (one, two))
    refund(market, one)
    with pytest.raises(Conflict) as caught:
        refund(market, two)
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
    deposit = market.pay(item, amount="7.00")
    assert refund(market, deposit).amount_fen == 700
    deposit = Deposit.objects.get()
    assert (deposit.state, refunds.owed(deposit)) == ("matched", 0)


def test_money_that_comes_after_a_refund_is_owed_again(market: Market) -> None:
    deposit = loser_of(market)
    refund(market, deposit)
    market.pay(deposit.registration, amount="9.00")
    deposit.refresh_from_db()
    assert (deposit.state, refunds.owed(deposit)) == ("refund_due", 900)
    assert refund(market, deposit, "B-2").amount_fen == 900


def test_what_is_noted_is_what_was_shown(market: Market) -> None:
    """A cent came in while the clerk paid at the bank: the page showed the old sum."""
    deposit = loser_of(market)
    market.pay(deposit.registration, amount="0.01")
    with pytest.raises(Conflict) as caught:
        refund(market, deposit, amount_fen=4 * WAN)
    assert caught.value.code == "amount_changed"
    assert "40,000.01" in str(caught.value.message)
    assert not Refund.objects.exists()


def test_a_cent_does_not_put_off_an_overdue_refund(market: Market) -> None:
    deposit = loser_of(market)
    due_on = deposit.refund_due_on
    market.clock.advance(30 * DAY)
    fresh = market.pay(deposit.registration, amount="0.01")
    assert (fresh.refund_due_on, refunds.owed(fresh)) == (due_on, 4 * WAN + 1)


def test_a_debt_after_a_refund_has_a_day_of_its_own(market: Market) -> None:
    deposit = loser_of(market)
    refund(market, deposit)
    market.clock.advance(30 * DAY)
    fresh = market.pay(deposit.registration, amount="9.00")
    assert fresh.refund_due_on is not None
    assert fresh.refund_due_on > market.clock.now().date()


def test_a_purchase_s_deposits_wait_for_the_award_notice_and_the_contract(market: Market) -> None:
    """GP-16 runs from the award notice for the losers, from the contract for the winner."""
    lot, (alice, bob) = market.sold(reverse())
    award = awards.record_award(
        lot_no=lot.no,
        plate=alice.plate,
        price_fen=46 * WAN,
        ended_at=lot.ends_at,
        clock=market.clock,
    )
    assert set(award.dates) == {"result"}
    assert {item.state for item in Deposit.objects.all()} == {"locked"}

    market.clock.set(beijing("2026-04-01 10:00"))
    publish_result(market, lot)
    awards.disclose_award(lot_no=lot.no, notice_no=award.result_notice_no, clock=market.clock)

    loser = Deposit.objects.get(registration=bob)
    assert (loser.state, str(loser.refund_due_on)) == ("refund_due", "2026-04-09")
    award.refresh_from_db()
    assert award.dates["contract"] == "2026-05-06"
    winner = Deposit.objects.get(registration=alice)
    assert (winner.state, winner.refund_due_on) == ("locked", None)

    awards.note_confirmation(lot_no=lot.no, code="ABCD-EFGH", clock=market.clock)
    market.clock.set(beijing("2026-04-20 10:00"))
    awards.note_contract(
        lot_no=lot.no, signed_on=date(2026, 4, 17), actor=market.wang, clock=market.clock
    )

    winner.refresh_from_db()
    assert (winner.state, str(winner.refund_due_on)) == ("refund_due", "2026-04-24")
    assert refunds.owed(winner) == winner.required_fen
    assert entries_after(f"lot/{lot.no}", 0)[-1].kind == "trading.contract_noted"


@pytest.mark.parametrize("day", ["2026-03-29", "2026-04-21"], ids=["before the deal", "future"])
def test_a_contract_has_a_day_that_can_be(market: Market, day: str) -> None:
    lot, _found = market.awarded()
    award = lot.award
    publish_result(market, lot)
    awards.disclose_award(lot_no=lot.no, notice_no=award.result_notice_no, clock=market.clock)
    awards.note_confirmation(lot_no=lot.no, code="ABCD-EFGH", clock=market.clock)
    market.clock.set(beijing("2026-04-20 10:00"))
    with pytest.raises(Invalid):
        awards.note_contract(
            lot_no=lot.no,
            signed_on=date.fromisoformat(day),
            actor=market.wang,
            clock=market.clock,
        )
    award.refresh_from_db()
    assert award.contracted_on is None


def test_no_contract_before_the_result_is_public(market: Market) -> None:
    lot, _found = market.awarded()
    facts = {"lot_no": lot.no, "signed_on": date(2026, 3, 30), "clock": market.clock}
    with pytest.raises(Conflict):
        awards.note_contract(**facts, actor=market.wang)
    for actor in (market.gao, market.li, market.alice):
        with pytest.raises(Forbidden):
            awards.note_contract(**facts, actor=actor)


def test_only_finance_notes_refunds(market: Market) -> None:
    deposit = loser_of(market)
    for actor in (market.wang, market.li, market.sun, market.bob):
        with pytest.raises(Forbidden):
            refund(market, deposit, actor=actor)
    assert not Refund.objects.exists()


def test_an_unknown_deposit(market: Market) -> None:
    with pytest.raises(NotFound):
        refunds.refund_deposit(
            pk=1, amount_fen=1, bank_reference="B", actor=market.gao, clock=market.clock
        )


def test_the_list_of_what_is_due_names_day_and_rule(market: Market) -> None:
    deposit = loser_of(market)
    (row,) = list_refunds_due(market.gao)
    assert (row.pk, row.refund_rule) == (deposit.pk, "EQ-09")
    assert row.refund_due_on is not None
    refund(market, deposit)
    assert not list_refunds_due(market.gao).exists()
