"""What bidders and the host do in the room, by the fixed test ids of its page."""

import re
from collections.abc import Iterable

from playwright.sync_api import expect

from tests.journeys.people import Person


def enter(bidder: Person, room: str) -> None:
    bidder.see(f"/rooms/{room}/")
    bidder.reads("conn-state", "已连接")


def offer(bidder: Person, wan: str) -> str:
    """Types an amount, looks at it twice, confirms; returns the receipt's number."""
    bidder.by_id("bid-input").fill(wan)
    bidder.by_id("bid-next").click()
    bidder.by_id("bid-confirm").click()
    bidder.reads("bid-result", "已受理")
    return bidder.by_id("bid-receipt").inner_text()


def step_up(bidder: Person) -> str:
    """Offers the least valid amount by the first button."""
    bidder.by_id("step-1").click()
    confirm = bidder.by_id("bid-confirm")
    if not confirm.is_visible():
        bidder.by_id("bid-next").click()
    confirm.click()
    bidder.reads("bid-result", "已受理")
    return bidder.by_id("bid-receipt").inner_text()


def join(bidder: Person) -> None:
    """Answers the inquiry."""
    bidder.page.get_by_role("button", name=bidder.say("参加"), exact=True).click()
    bidder.finds("您已参加，请等待限时竞价开始。")


def extension(bidder: Person, count: int) -> str:
    """How the page begins to tell of an extension: everything up to the first comma or colon."""
    told = bidder.say("第 {n} 次延时，结束时间顺延至 {end}").format(n=count, end="")
    return re.split("[，：,:]", told)[0]


def room_of(bidder: Person, lot: str) -> str:
    """The room's code, from the way in on the registration page."""
    bidder.see(f"/lots/{lot}/register/")
    link = bidder.page.locator("main a[href^='/rooms/']").first.get_attribute("href") or ""
    return link.strip("/").rpartition("/")[2]


def pause_and_resume(host: Person, room: str, seats: Iterable[Person]) -> None:
    """The host pauses with a reason that everybody reads, then lets the room go on."""
    host.see(f"/rooms/{room}/control/")
    host.page.locator("form[action$='/control/pause/'] [name=reason]").fill("核对设备")
    host.page.locator("form[action$='/control/pause/'] [type=submit]").click()
    for bidder in seats:
        bidder.reads("phase", "已暂停")
        expect(bidder.page.locator("main")).to_contain_text("核对设备")
    host.page.locator("form[action$='/control/resume/'] [type=submit]").click()
    for bidder in seats:
        bidder.reads("phase", "自由报价")
