"""The host's console and the screen in the hall, while bidders look on; a sale to its end."""

from collections.abc import Callable
from datetime import datetime, timedelta

from playwright.sync_api import expect

from tests.journeys.people import Person

SitDown = Callable[..., Person]
Room = Callable[..., str]
NO_SCROLL = """() => {
  const page = document.documentElement;
  return [page.scrollWidth - page.clientWidth, page.scrollHeight - page.clientHeight];
}"""


def enter(somebody: Person, address: str) -> Person:
    somebody.see(address)
    somebody.reads("conn-state", "已连接")
    return somebody


def offer(bidder: Person) -> None:
    """The least valid amount, confirmed."""
    bidder.by_id("step-1").click()
    bidder.by_id("bid-next").click()
    bidder.by_id("bid-confirm").click()
    expect(bidder.by_id("my-state")).to_have_text("您领先")


def ends_at(somebody: Person) -> datetime:
    return datetime.fromisoformat(somebody.by_id("countdown").get_attribute("data-ends-at") or "")


def test_the_host_pauses_resumes_and_announces(sit_down: SitDown, room: Room) -> None:
    address = room()
    anna, host = enter(sit_down("bidA"), address), enter(sit_down("host"), f"{address}control/")
    end = ends_at(anna)

    host.press("暂停竞价")
    expect(host.page.locator("main")).to_contain_text("请写明内容")
    expect(anna.by_id("phase")).to_have_text("自由报价")

    host.page.locator("#act-reason").fill("核对设备")
    host.press("暂停竞价")
    expect(anna.by_id("phase")).to_have_text("已暂停")
    expect(anna.page.locator("main")).to_contain_text("竞价已暂停：核对设备")
    expect(anna.by_id("bid-next")).to_be_disabled()
    assert anna.by_id("countdown").get_attribute("data-ends-at") == ""

    host.press("恢复竞价")
    expect(anna.by_id("phase")).to_have_text("自由报价")
    assert ends_at(anna) > end

    host.page.locator("#act-text").fill("请保持网络畅通")
    host.press("发布公告")
    expect(anna.by_id("announcement")).to_contain_text("请保持网络畅通")
    expect(host.page.locator("#act-text")).to_have_value("")


def test_an_extension_is_seen_though_an_announcement_is_not_put_away(
    sit_down: SitDown, room: Room
) -> None:
    anna, ben, host = (sit_down(name) for name in ("bidA", "bidB", "host"))
    address = room(free=20, inquiry=10, limited=60)
    enter(host, f"{address}control/")
    for somebody in (anna, ben):
        enter(somebody, address)
    host.page.locator("#act-text").fill("请保持网络畅通")
    host.press("发布公告")
    for somebody in (anna, ben):
        expect(somebody.by_id("phase")).to_have_text("询问", timeout=60_000)
        somebody.press("参加")
        expect(somebody.page.locator("main")).to_contain_text("您已参加")
    expect(anna.by_id("phase")).to_have_text("限时竞价", timeout=30_000)
    offer(anna)
    ben.by_id("ext-banner").click(trial=True)
    ben.by_id("announcement").click(trial=True)


def test_the_hall_is_read_from_the_last_row_and_never_scrolls(
    sit_down: SitDown, room: Room
) -> None:
    address = room()
    anna, hall = enter(sit_down("bidA"), address), sit_down()
    for width, height in ((1920, 1080), (3840, 1080), (1366, 768)):
        hall.page.set_viewport_size({"width": width, "height": height})
        hall.go(f"{address}hall/")
        hall.reads("conn-state", "已连接")
        assert hall.page.evaluate(NO_SCROLL) == [0, 0]
    hall.page.set_viewport_size({"width": 1920, "height": 1080})
    offer(anna)
    expect(hall.by_id("current-price")).to_contain_text("8,000.00")
    expect(hall.by_id("leader")).to_have_text(anna.by_id("leader").inner_text())
    price = hall.by_id("current-price")
    assert price.evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 1080 / 6
    assert hall.page.evaluate(NO_SCROLL) == [0, 0]


def test_the_hall_heals_by_itself(sit_down: SitDown, room: Room) -> None:
    address = room()
    anna, hall = enter(sit_down("bidA"), address), sit_down()
    hall.go(f"{address}hall/")
    hall.reads("conn-state", "已连接")
    hall.context.set_offline(True)
    hall.page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(hall.by_id("conn-state")).to_have_text("已断开")
    offer(anna)
    hall.context.set_offline(False)
    expect(hall.by_id("conn-state")).to_have_text("已连接", timeout=12_000)
    expect(hall.by_id("current-price")).to_contain_text("8,000.00")
    hall.faults = [fault for fault in hall.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_a_sale_from_the_inquiry_to_the_hammer(sit_down: SitDown, room: Room) -> None:
    people = [sit_down(name) for name in ("bidB", "bidA", "bidA", None)]
    ben, anna, annas_phone, watcher = people
    address = room(free=25, inquiry=12, limited=15)
    for somebody in people:
        somebody.go(address)
        somebody.reads("conn-state", "已连接")
    offer(ben)

    for somebody in (anna, ben):
        expect(somebody.by_id("phase")).to_have_text("询问", timeout=60_000)
        somebody.press("参加")
        expect(somebody.page.locator("main")).to_contain_text("您已参加")
    expect(anna.by_id("phase")).to_have_text("限时竞价", timeout=30_000)
    expect(annas_phone.by_id("step-1")).to_be_enabled()

    offer(anna)
    expect(anna.by_id("ext-banner")).to_contain_text("第 1 次延时")
    receipt = anna.by_id("bid-receipt").inner_text()
    at = datetime.fromisoformat(f"{ends_at(anna).date()}T{receipt[-12:]}+08:00")
    assert ends_at(anna) == at + timedelta(seconds=15)
    watcher.reads("current-price", "8,020.00")
    assert ends_at(watcher) == ends_at(anna)

    expect(anna.by_id("my-state")).to_have_text("您已竞得", timeout=40_000)
    for somebody, state in ((ben, "未竞得"), (watcher, None)):
        expect(somebody.by_id("phase")).to_have_text("已成交")
        expect(somebody.by_id("current-price")).to_contain_text("8,020.00")
        if state:
            expect(somebody.by_id("my-state")).to_have_text(state)
    expect(anna.by_id("bid-next")).to_be_hidden()
    assert "有限公司" not in watcher.page.content()


def test_a_host_and_a_supervisor_abort_the_sale_together(sit_down: SitDown, room: Room) -> None:
    address = room()
    anna, host = enter(sit_down("bidA"), address), enter(sit_down("host"), f"{address}control/")
    supervisor = enter(sit_down("sup"), f"{address}control/")

    host.page.locator("#abort-desk summary").press("Enter")
    host.press("提交中止申请")
    expect(host.page.locator("main")).to_contain_text("请写明内容")
    host.page.locator("#act-abort_reason").fill("标的权属争议")
    host.press("提交中止申请")
    expect(host.by_id("abort-request")).to_contain_text("标的权属争议")
    expect(host.page.get_by_text("同意中止")).to_have_count(0)
    offer(anna)

    # the supervisor's desk learns of it by itself; agreeing takes a second step
    expect(supervisor.by_id("abort-request")).to_contain_text("标的权属争议", timeout=15_000)
    supervisor.page.locator("#abort-desk summary").first.press("Enter")
    supervisor.press("确认中止本场")

    for somebody in (anna, host, supervisor):
        expect(somebody.by_id("phase")).to_have_text("已中止")
        expect(somebody.page.locator("main")).to_contain_text("中止：标的权属争议")
    expect(host.by_id("abort-desk")).to_be_hidden()
