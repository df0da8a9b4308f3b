"""Bidders at their pages: two look at each other, one mistypes, one is interrupted."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from tests.journeys.people import Person

SitDown = Callable[..., Person]
Room = Callable[..., str]
SOON = 1000
RECEIPT = re.compile(r"R-[0-9A-Z]{8}-\d{6}.*\d{2}:\d{2}:\d{2}\.\d{3}")


def enter(somebody: Person, address: str) -> Person:
    assert somebody.go(address).ok
    somebody.reads("conn-state", "已连接")
    return somebody


def propose(bidder: Person, wan: str) -> None:
    bidder.by_id("bid-input").fill(wan)
    bidder.by_id("bid-next").click()


def offer(bidder: Person, wan: str) -> None:
    propose(bidder, wan)
    bidder.by_id("bid-confirm").click()
    expect(bidder.by_id("bid-result")).to_contain_text("已受理")


def box(found: Locator) -> FloatRect:
    rectangle = found.bounding_box()
    assert rectangle is not None
    return rectangle


def overlap(one: FloatRect, other: FloatRect) -> bool:
    return all(
        one[at] < other[at] + other[size] and other[at] < one[at] + one[size]
        for at, size in (("x", "width"), ("y", "height"))
    )


def seqs(somebody: Person) -> list[int]:
    rows = somebody.page.get_by_test_id("history-row")
    return [int(row.get_attribute("data-seq") or 0) for row in rows.all()]


def test_two_bidders_see_each_other_at_once(sit_down: SitDown, room: Room) -> None:
    address = room()
    anna, ben, watcher = (enter(sit_down(name), address) for name in ("bidA", "bidB", None))
    expect(anna.by_id("my-state")).to_have_text("未出价")
    expect(anna.by_id("step-1")).to_contain_text("8,000.00")
    expect(anna.by_id("min-valid")).to_contain_text("8,000.00")

    anna.by_id("step-1").click()
    anna.by_id("bid-next").click()
    anna.by_id("bid-confirm").click()

    for somebody in (anna, ben, watcher):
        expect(somebody.by_id("current-price")).to_contain_text("8,000.00", timeout=SOON)
    expect(anna.by_id("my-state")).to_have_text("您领先")
    expect(anna.by_id("bid-next")).to_be_disabled()
    expect(anna.page.locator("main")).to_contain_text("您已领先，无须再出价")
    assert RECEIPT.search(anna.by_id("bid-receipt").inner_text())

    ben.by_id("bid-input").fill("8060")
    expect(ben.by_id("bid-upper")).to_have_text("捌仟零陆拾万元整")
    ben.by_id("bid-next").click()
    ben.by_id("bid-confirm").click()
    for somebody in (anna, ben, watcher):
        expect(somebody.by_id("current-price")).to_contain_text("8,060.00", timeout=SOON)
    expect(anna.by_id("current-price-upper")).to_have_text("人民币捌仟零陆拾万元整")
    expect(anna.by_id("my-state")).to_have_text("您已被超过")
    expect(anna.by_id("step-1")).to_contain_text("8,080.00")
    expect(ben.by_id("my-state")).to_have_text("您领先")
    assert seqs(anna) == seqs(ben) == seqs(watcher) == [3, 2]
    assert watcher.page.get_by_test_id("bid-next").count() == 0


def test_before_any_offer_an_amount_is_compared_with_the_start_price(
    sit_down: SitDown, room: Room
) -> None:
    """There is no price yet that it could be compared with, beside the field or when confirming."""
    anna = enter(sit_down("bidA"), room())
    hint = anna.page.locator("#bid-change")
    anna.by_id("bid-input").fill("8000")
    expect(hint).to_have_text("与起始价相同")
    anna.by_id("bid-input").fill("8060")
    expect(hint).to_have_text("比起始价 +60.00 万元（+0.75%）")
    propose(anna, "12800")
    confirming = anna.page.locator("[data-bind=confirm_change]")
    expect(confirming).to_contain_text("比起始价 +4,800.00 万元")
    expect(anna.page.locator("[data-bind=again_text]")).to_contain_text("比起始价高出较多")
    anna.page.keyboard.press("Escape")
    offer(anna, "8000")
    anna.by_id("bid-input").fill("8060")
    expect(hint).to_contain_text("比当前 +60.00 万元")


def test_wrong_amounts_are_told_and_mended(sit_down: SitDown, room: Room) -> None:
    anna = enter(sit_down("bidA"), room())
    result = anna.by_id("bid-result")

    propose(anna, "8050")
    expect(result).to_contain_text("非加价幅度整数倍")
    expect(anna.by_id("bid-amend")).to_contain_text("改为 8,040.00")
    propose(anna, "7980")
    expect(result).to_contain_text("低于最低有效价")
    expect(anna.by_id("bid-amend")).to_contain_text("改为 8,000.00")
    propose(anna, "八千")
    expect(result).to_contain_text("请输入数字金额")

    propose(anna, "12800")
    expect(anna.by_id("bid-retype")).to_be_focused()
    anna.by_id("bid-retype").fill("1280")
    expect(anna.page.locator("main")).to_contain_text("两次输入不一致")
    expect(anna.by_id("bid-confirm")).to_be_disabled()
    anna.page.keyboard.press("Escape")
    expect(anna.by_id("bid-confirm")).to_be_hidden()

    propose(anna, "7980")
    anna.by_id("bid-amend").click()
    anna.by_id("bid-confirm").click()
    expect(result).to_contain_text("已受理")
    assert seqs(anna) == [2]


def test_the_binding_button_is_never_where_the_first_one_was(sit_down: SitDown, room: Room) -> None:
    address = room()
    anna = enter(sit_down("bidA"), address)
    for size in ({"width": 1280, "height": 800}, {"width": 360, "height": 740}):
        anna.page.set_viewport_size(size)  # type: ignore[arg-type]
        anna.by_id("step-1").click()
        first = box(anna.by_id("bid-next"))
        # A double click of a nervous finger lands on the way back or on nothing.
        anna.by_id("bid-next").dblclick()
        anna.by_id("step-1").click()
        anna.by_id("bid-next").click()
        assert not overlap(first, box(anna.by_id("bid-confirm")))
        card = box(anna.page.locator(".bid-confirm"))
        back = box(anna.page.locator(".bid-confirm__back"))
        assert card["y"] + card["height"] - back["y"] - back["height"] >= 8
        anna.page.keyboard.press("Escape")
    assert seqs(anna) == []


def test_a_bid_by_keyboard_alone(sit_down: SitDown, room: Room) -> None:
    anna = enter(sit_down("bidA"), room())
    anna.page.bring_to_front()  # a page behind another has no focus to show
    keyboard = anna.page.keyboard
    for key in ("1", "Enter"):
        keyboard.press(key)
    expect(anna.by_id("bid-confirm")).to_be_enabled()
    keyboard.press("Escape")
    expect(anna.by_id("bid-input")).to_be_focused()
    assert seqs(anna) == []
    keyboard.press("Enter")
    expect(anna.by_id("bid-confirm")).to_be_enabled()
    keyboard.press("Enter")
    expect(anna.by_id("bid-result")).to_contain_text("已受理")
    assert seqs(anna) == [2]


def test_a_price_that_moves_turns_the_confirmation_off(sit_down: SitDown, room: Room) -> None:
    address = room()
    anna, ben = (enter(sit_down(name), address) for name in ("bidA", "bidB"))
    propose(anna, "8000")
    expect(anna.by_id("bid-confirm")).to_be_enabled()
    offer(ben, "8040")
    expect(anna.by_id("bid-confirm")).to_be_disabled()
    expect(anna.page.locator("main")).to_contain_text("您的 8,000.00 万元 已低于最低有效价")
    anna.by_id("bid-amend-moved").click()
    expect(anna.by_id("bid-confirm")).to_contain_text("8,060.00")
    anna.by_id("bid-confirm").click()
    expect(anna.by_id("my-state")).to_have_text("您领先")
    expect(ben.by_id("my-state")).to_have_text("您已被超过", timeout=SOON)


def test_a_phone_shows_what_counts_on_its_first_screen(sit_down: SitDown, room: Room) -> None:
    anna = sit_down("bidA")
    anna.page.set_viewport_size({"width": 360, "height": 640})
    enter(anna, room())
    for name in ("countdown", "current-price", "my-state", "bid-next", "step-1"):
        rectangle = box(anna.by_id(name))
        assert rectangle["y"] >= 0, name
        assert rectangle["y"] + rectangle["height"] <= 640, name
        assert rectangle["x"] + rectangle["width"] <= 360, name
    assert box(anna.by_id("bid-next"))["height"] >= 48
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert anna.page.evaluate(overflow) == 0


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_phone_shows_why_an_amount_was_refused(
    sit_down: SitDown, room: Room, language: str
) -> None:
    anna = sit_down("bidA", language)
    anna.page.set_viewport_size({"width": 360, "height": 740})
    anna.go(room())
    expect(anna.by_id("step-1")).to_be_enabled()
    to_mend = {"zh-hans": "出价（请更正金额）", "en": "Bid (correct the amount)"}[language]
    for typed, press in (("abc", "bid-next"), ("100", "bid-next"), ("八千", None)):
        anna.by_id("bid-input").fill(typed)
        if press:
            anna.by_id(press).click()
        else:
            anna.by_id("bid-input").press("Enter")
        result = anna.by_id("bid-result")
        expect(result).to_have_attribute("data-state", "invalid")
        expect(result).to_be_in_viewport(ratio=1)
        assert not overlap(box(result), box(anna.page.locator(".bid-bar"))), typed
        expect(anna.by_id("bid-next")).to_have_text(to_mend)
    anna.by_id("bid-amend").click()
    expect(anna.by_id("bid-confirm")).to_be_enabled()


def test_receipts_can_be_taken_home(sit_down: SitDown, room: Room) -> None:
    anna = enter(sit_down("bidA"), room())
    offer(anna, "8000")
    anna.page.get_by_text("我的回执").click()
    with anna.page.expect_download() as download:
        anna.press("下载回执（JSON）")
    text = download.value.path().read_text()
    for part in ("receipt_no", "sig", "hash", '"amount_fen": 8000000000'):
        assert part in text
