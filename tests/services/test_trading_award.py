"""The close becomes an award: exactly once, with premium or saving, dates by rule, money moved."""

from dataclasses import replace
from datetime import date

import pytest
from django.conf import settings

from audit.relay import drain
from audit.selectors import entries_after
from documents.models import Document
from documents.rules.papers import DEAL_WORDS, DealConfirmation
from notices.models import Notice
from tests.worlds.market import WAN, Market, Plan, auction, publish_result, reverse
from trading.models import Award, Deposit, Lot
from trading.rules.deposits import DepositState
from trading.services import awards

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    return Market()


def hear(market: Market, lot: Lot, plate: str, fen: int) -> Award:
    return awards.record_award(
        lot_no=lot.no, plate=plate, price_fen=fen, ended_at=lot.ends_at, clock=market.clock
    )


def kinds(stream: str) -> list[str]:
    return [entry.kind for entry in entries_after(stream, 0)]


def test_a_sale_has_a_premium(market: Market) -> None:
    lot, (alice, _bob) = market.sold(steps=3)

    award = hear(market, lot, alice.plate, 37_500_000)

    assert (award.premium_fen, award.premium_rate) == (WAN * 3 // 2, "4.17")
    assert (award.saving_fen, award.saving_rate) == (None, "")
    lot.refresh_from_db()
    assert lot.state == "won"


def test_a_purchase_has_a_saving(market: Market) -> None:
    lot, (alice, _bob) = market.sold(reverse(), steps=4)

    award = hear(market, lot, alice.plate, 46 * WAN)

    assert (award.saving_fen, award.saving_rate) == (2 * WAN, "4.17")
    assert (award.premium_fen, award.premium_rate) == (None, "")


def test_the_same_hammer_heard_twice_is_one_award(market: Market) -> None:
    lot, (alice, bob) = market.sold()
    first = hear(market, lot, alice.plate, 37_500_000)

    again = hear(market, lot, bob.plate, 99_999_900)

    assert (again.pk, again.plate, again.price_fen) == (first.pk, alice.plate, 37_500_000)
    assert kinds(f"lot/{lot.no}").count("trading.lot_awarded") == 1
    assert Notice.objects.filter(subject_no=lot.no, kind="asset_result").count() == 1


def test_the_losers_money_falls_due_by_the_frozen_rule(market: Market) -> None:
    lot, (alice, bob) = market.sold()

    hear(market, lot, alice.plate, 37_500_000)

    loser = Deposit.objects.get(registration=bob)
    assert (loser.state, loser.refund_rule) == (DepositState.REFUND_DUE, "EQ-09")
    assert loser.refund_due_on == date(2026, 4, 2)
    assert kinds(f"account/{loser.account_no}")[-1] == "trading.refund_fell_due"


def test_the_winner_s_deposit_counts_as_price(market: Market) -> None:
    lot, (alice, _bob) = market.sold()

    hear(market, lot, alice.plate, 37_500_000)

    winner = Deposit.objects.get(registration=alice)
    assert (winner.state, winner.refund_due_on) == (DepositState.APPLIED, None)


def test_the_winner_of_a_purchase_keeps_a_held_deposit(market: Market) -> None:
    """It goes back or becomes the performance bond when the contract is signed (DEP-08)."""
    lot, (alice, _bob) = market.sold(reverse())

    hear(market, lot, alice.plate, 46 * WAN)

    assert Deposit.objects.get(registration=alice).state == DepositState.LOCKED


def test_the_result_notice_is_drafted_from_the_record(market: Market) -> None:
    lot, (alice, _bob) = market.sold()

    award = hear(market, lot, alice.plate, 37_500_000)

    notice = Notice.objects.get(no=award.result_notice_no)
    assert notice.state == "draft"
    assert (notice.fields["winner"], notice.fields["plate"]) == ("蓉城置业有限公司", alice.plate)
    assert (notice.fields["price_fen"], notice.fields["gain_rate"]) == (37_500_000, "4.17")


@pytest.mark.parametrize(
    ("plan", "texts"),
    [
        (Plan(), {"location": "城北", "area": "3 亩", "land_use": "住宅", "term": "70 年"}),
        (reverse(), {"purchaser": "机关事务管理局", "contract_period": "60 日"}),
    ],
)
def test_the_result_says_again_what_was_sold_or_bought(
    market: Market, plan: Plan, texts: dict[str, str]
) -> None:
    """LD39 22 asks for location, area, use and term of the land."""
    lot, (alice, _bob) = market.sold(replace(plan, texts=texts))

    award = hear(market, lot, alice.plate, lot.start_fen)

    said = Notice.objects.get(no=award.result_notice_no).fields
    assert said | texts == said


def test_an_unsold_lot_frees_every_deposit_once(market: Market) -> None:
    lot = market.published(auction())
    market.paid_up(lot, market.alice, market.bob)
    market.settle_cutoffs(lot)
    market.tick(lot, lot.opens_at)
    market.tick(lot, lot.ends_at)

    facts = {"lot_no": lot.no, "reason": "no_offer", "ended_at": lot.ends_at}
    assert awards.record_unsold(**facts, clock=market.clock) is True
    assert awards.record_unsold(**facts, clock=market.clock) is False

    states = set(Deposit.objects.values_list("state", "refund_due_on"))
    assert states == {(DepositState.REFUND_DUE, date(2026, 4, 2))}
    lot.refresh_from_db()
    assert lot.state == "unsold"
    assert not Award.objects.exists()
    assert kinds(f"lot/{lot.no}").count("trading.lot_unsold") == 1


def test_an_aborted_room_ends_the_lot_and_frees_every_deposit(market: Market) -> None:
    lot = market.published(auction())
    market.paid_up(lot, market.alice, market.bob)
    market.settle_cutoffs(lot)
    facts = {"lot_no": lot.no, "reason": "reserve_lost", "ended_at": market.clock.now()}
    assert awards.record_terminated(**facts, clock=market.clock) is True
    assert awards.record_terminated(**facts, clock=market.clock) is False
    assert set(Deposit.objects.values_list("state", flat=True)) == {DepositState.REFUND_DUE}
    lot.refresh_from_db()
    assert lot.state == "terminated"
    assert kinds(f"lot/{lot.no}").count("trading.lot_terminated") == 1


def test_an_abort_before_the_cutoff_waits_for_no_money(market: Market) -> None:
    """Money that did not fit goes back from that day, nobody is asked to pay any more, and what
    is booked later buys no seat."""
    lot = market.published(auction())
    unpaid, short = (market.register(lot, actor) for actor in (market.alice, market.bob))
    market.pay(short, amount="1.00")
    ended_at = market.clock.now()
    assert ended_at < lot.deposit_cutoff_at

    facts = {"lot_no": lot.no, "reason": "court", "ended_at": ended_at}
    assert awards.record_terminated(**facts, clock=market.clock) is True

    states = dict(Deposit.objects.values_list("registration__no", "state"))
    assert states == {unpaid.no: DepositState.DUE, short.no: DepositState.RETURNED}
    back = Deposit.objects.get(registration=short)
    cutoff_on = lot.deposit_cutoff_at.date()
    assert back.refund_due_on is not None
    assert back.refund_due_on < cutoff_on
    assert set(Deposit.objects.values_list("next_due_at", flat=True)) == {None}
    for item in (unpaid, short):
        item.refresh_from_db()
        assert item.state == "lapsed"

    late = market.pay(unpaid)
    assert late.state == DepositState.RETURNED
    assert late.registration.state == "lapsed"
    assert late.registration.plate == ""


def test_a_close_heard_before_its_opening_counts(market: Market) -> None:
    lot, (alice, _bob) = market.sold()
    assert lot.state == "announced"

    hear(market, lot, alice.plate, 37_500_000)

    assert awards.note_opening(lot_no=lot.no, clock=market.clock) is False
    lot.refresh_from_db()
    assert lot.state == "won"


# ── the paper ─────────────────────────────────────────────────────────────────────────────────


def paper_of(market: Market, plan: Plan, **texts: str) -> DealConfirmation:
    """The confirmation's context, on 2026-03-31, of a lot whose notice says these texts."""
    plan.texts = texts
    lot, (alice, _bob) = market.sold(plan)
    award = hear(market, lot, alice.plate, lot.start_fen)
    return awards.confirmation_of(award, alice, date(2026, 3, 31))


def test_land_s_paper_holds_area_place_and_limit(market: Market) -> None:
    plan = Plan()
    paper = paper_of(market, plan, area="41,253.60 平方米", sign_place="政务中心三楼签约室")
    assert (paper.area, paper.sign_place) == ("41,253.60 平方米", "政务中心三楼签约室")
    assert paper.sign_until_on == date(2026, 4, 15)
    assert "竞得人" in paper.forfeiture_clause


def test_an_auction_s_limit_is_the_notice_s_own_or_none(market: Market) -> None:
    """EQ-07 is how long the result is shown; it limits no contract."""
    paper = paper_of(market, auction(), sign_limit="成交后 5 个工作日内")
    assert (paper.sign_until_on, paper.sign_limit) == (None, "成交后 5 个工作日内")
    assert "买受人" in paper.forfeiture_clause


def test_what_nobody_said_is_struck(market: Market) -> None:
    paper = paper_of(market, auction(), sign_limit="", sign_place="")
    assert (paper.sign_until_on, paper.sign_limit, paper.area) == (None, None, None)
    assert paper.sign_place == settings.CENTRE_NAME


def test_a_supplier_is_no_winner_of_land(market: Market) -> None:
    paper = paper_of(market, reverse())
    assert paper.sign_limit == "自成交结果公告发布之日起 30 日内"
    clauses = f"{paper.forfeiture_clause}{paper.deposit_clause}"
    assert "成交供应商" in clauses
    assert "竞得人" not in clauses
    assert "抵作" not in clauses


@pytest.mark.parametrize(("plan", "word"), [(reverse(), "最高限价"), (auction(), "起始价")])
def test_the_paper_says_what_the_first_figure_is(market: Market, plan: Plan, word: str) -> None:
    paper = paper_of(market, plan)
    assert DEAL_WORDS[paper.procedure].start == word


@pytest.mark.django_db(transaction=True)
def test_the_relay_carries_the_hammer_to_one_signed_paper() -> None:
    """The end that passed counts, however late the tick that noticed it."""
    market = Market()
    lot, (alice, _bob) = market.sold()

    drain()

    award = Award.objects.get(lot=lot)
    assert (award.plate, award.price_fen, award.ended_at) == (alice.plate, 37_500_000, lot.ends_at)
    papers = Document.objects.filter(subject=lot.no)
    assert [paper.holder_id for paper in papers] == [alice.organisation_id]
    lot.refresh_from_db()
    assert lot.state == "confirmed"
    code = award.document_code
    assert awards.issue_confirmation(lot_no=lot.no, clock=market.clock) == code
    assert papers.count() == 1


def test_the_winner_s_name_waits_for_the_result_notice(market: Market) -> None:
    lot, (alice, _bob) = market.sold()
    award = hear(market, lot, alice.plate, 37_500_000)
    assert award.disclosed_at is None

    publish_result(market, lot)
    facts = {"lot_no": lot.no, "notice_no": award.result_notice_no, "clock": market.clock}
    assert awards.disclose_award(**facts) is True
    assert awards.disclose_award(**facts) is False

    award.refresh_from_db()
    assert award.disclosed_at == market.clock.now()
