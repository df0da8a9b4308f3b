"""The reserve: typed by the unit that sells, sealed at once, shown to nobody."""

from datetime import timedelta
from typing import Any

import pytest

from audit.selectors import entries_after
from bidding.models import Room
from kernel.clock import CHINA
from kernel.errors import Invalid
from tests.worlds.market import WAN, Market, auction, reverse
from tests.worlds.pages import browser
from trading.models import Lot

pytestmark = pytest.mark.django_db


def typed(amount: str = "40", **changes: str) -> dict[str, str]:
    return {"reserve": amount, "again": amount, "is_sure": "on", **changes}


def page(lot: Lot) -> str:
    return f"/my/lots/{lot.no}/reserve/"


def is_sealed(lot: Lot) -> bool:
    return Room.objects.get(code=lot.room_code).reserve_box is not None


def test_the_unit_types_the_reserve_and_a_low_offer_does_not_buy(market: Market) -> None:
    """Alice's 37.5 万元 is above the start and below the reserve: the lot is passed in."""
    lot = market.published(auction(has_reserve=True))
    assert page(lot) in browser(market.lan).get(f"/lots/{lot.no}/").content.decode()

    response = browser(market.lan).post(page(lot), typed())

    assert response.status_code == 302
    assert is_sealed(lot)
    entry = entries_after(f"lot/{lot.no}", 0)[-1]
    assert (entry.kind, entry.body["actor"]) == ("trading.reserve_typed", market.lan.id)
    shown = browser(market.lan).get(page(lot)).content.decode()
    assert "底价已密封" in shown
    alice, bob = market.paid_up(lot, market.alice, market.bob)
    market.settle_cutoffs(lot)
    market.tick(lot, lot.opens_at)
    at = lot.opens_at + timedelta(minutes=1)
    market.offer(lot, alice.plate, 37 * WAN, at, "00000000-0000-4000-8000-000000000001")
    market.tick(lot, lot.ends_at)
    last = entries_after(f"room/{lot.room_code}", 0)[-1]
    assert (last.kind, last.body["reason"]) == ("passed_in", "below_reserve")


def test_to_everybody_else_there_is_no_such_page(market: Market) -> None:
    lot = market.published(auction(has_reserve=True))
    for actor in (market.alice, market.wang, market.li, market.sun, market.gao):
        assert browser(actor).get(page(lot)).status_code == 404
        assert browser(actor).post(page(lot), typed()).status_code == 404
        assert page(lot) not in browser(actor).get(f"/lots/{lot.no}/").content.decode()
    assert browser(None).get(page(lot)).status_code == 302
    assert not is_sealed(lot)


def test_a_lot_announced_without_a_reserve_has_none(market: Market) -> None:
    lot = market.published(auction())
    assert browser(market.lan).post(page(lot), typed()).status_code == 404
    assert not is_sealed(lot)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"again": "41"}, "不一致"),
        ({"reserve": "四十", "again": "四十"}, "数字金额"),
        ({"reserve": "35.99", "again": "35.99"}, "不能低于起始价"),
        ({"is_sure": ""}, "核对后勾选"),
        ({"reserve": "", "again": ""}, "必填"),
    ],
    ids=["differ", "words", "below start", "unsure", "empty"],
)
def test_a_slip_of_the_finger_seals_nothing(
    market: Market, changes: dict[str, Any], words: str
) -> None:
    lot = market.published(auction(has_reserve=True))
    response = browser(market.lan).post(page(lot), typed(**changes))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not is_sealed(lot)


def test_it_is_typed_once(market: Market) -> None:
    lot = market.published(auction(has_reserve=True))
    browser(market.lan).post(page(lot), typed())
    before = Room.objects.get(code=lot.room_code).reserve_box
    response = browser(market.lan).post(page(lot), typed("39"))
    assert response.status_code == 409
    assert "不能更改" in response.content.decode()
    assert Room.objects.get(code=lot.room_code).reserve_box == before


def test_the_desk_of_the_unit_names_the_lots_whose_reserve_is_to_come(market: Market) -> None:
    lot = market.published(auction(has_reserve=True))
    shown = browser(market.lan).get("/my/").content.decode()
    assert page(lot) in shown
    assert "还没有报名" not in shown
    assert page(lot) not in browser(market.alice).get("/my/").content.decode()
    browser(market.lan).post(page(lot), typed())
    shown = browser(market.lan).get("/my/").content.decode()
    assert page(lot) not in shown
    assert "底价已密封" in shown


def test_where_it_is_taken_only_before_the_end_the_page_says_from_when(market: Market) -> None:
    lot = market.published(auction(has_reserve=True))
    terms = {**lot.terms, "reserve_window_s": 1800}
    Lot.objects.filter(pk=lot.pk).update(terms=terms)
    start = (lot.ends_at - timedelta(minutes=30)).astimezone(CHINA)
    shown = browser(market.lan).get(page(lot)).content.decode()
    assert f"自 {start:%F %T} 起可以录入" in shown
    assert 'name="reserve"' not in shown
    shown = browser(market.lan).get("/my/").content.decode()
    assert f"{start:%F %H:%M}" in shown
    assert page(lot) not in shown
    market.clock.set(start)
    assert 'name="reserve"' in browser(market.lan).get(page(lot)).content.decode()
    assert page(lot) in browser(market.lan).get("/my/").content.decode()


def test_after_the_end_it_is_too_late(market: Market) -> None:
    lot = market.published(auction(has_reserve=True))
    market.tick(lot, lot.opens_at)
    market.tick(lot, lot.ends_at)
    response = browser(market.lan).post(page(lot), typed())
    assert response.status_code == 409
    assert browser(market.lan).get(page(lot)).content.decode().count("现在不能录入底价") == 1


@pytest.mark.parametrize("plan", [auction(has_reserve=True), auction()], ids=["with", "without"])
def test_the_notice_says_whether_there_is_one(market: Market, plan: Any) -> None:
    lot = market.published(plan)
    shown = browser(None).get(f"/notices/{lot.notice_no}/").content.decode()
    assert ("逾期未录入的，以起始价为底价" in shown) == plan.has_reserve
    assert ("不设底价" in shown) != plan.has_reserve


def test_a_purchase_has_no_reserve(market: Market) -> None:
    with pytest.raises(Invalid) as caught:
        market.draft(reverse(has_reserve=True))
    assert "最高限价" in str(caught.value.fields["has_reserve"])
    assert not Lot.objects.exists()


@pytest.mark.parametrize(
    ("preset", "until"), [("ASC", "开始"), ("JA", "开始"), ("MQ", "结束"), ("OQ", "结束")]
)
def test_the_notice_says_until_when_it_is_typed(market: Market, preset: str, until: str) -> None:
    """Where everybody sees the quotes the reserve lies sealed before the first one."""
    lot = market.published(auction(has_reserve=True, preset=preset))
    shown = browser(None).get(f"/notices/{lot.notice_no}/").content.decode()
    assert f"由项目单位在竞价{until}前录入并加密密封" in shown
