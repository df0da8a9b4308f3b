"""Anybody replays a room that really closed, step by step, and is told when its record is wrong."""

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Route, expect

from tests.browser.looks import Reader
from tests.journeys.people import Person

SitDown = Callable[..., Person]
Room = Callable[..., str]
WAN = 1_000_000
FREE, INQUIRY, LIMITED = 8, 8, 10


def code_of(address: str) -> str:
    return address.rstrip("/").rsplit("/", 1)[-1]


def send(bidder: Person, code: str, **values: object) -> dict[str, Any]:
    answer: APIResponse = bidder.context.request.post(
        f"{bidder.base}/api/rooms/{code}/offers",
        data={"client_token": str(uuid.uuid4()), **values},
        headers={"Origin": bidder.base},
    )
    assert answer.ok, answer.text()
    return dict(answer.json())


@pytest.fixture
def closed(sit_down: SitDown, room: Room) -> str:
    """A room that two bid in, in free and in limited bidding; it closed by its own clock."""
    anna, ben = sit_down("bidA"), sit_down("bidB")
    address = room(free=FREE, inquiry=INQUIRY, limited=LIMITED)
    code = code_of(address)
    send(anna, code, amount_fen=8000 * WAN)
    send(ben, code, amount_fen=8040 * WAN)
    ben.go(address)
    ben.reads("phase", "询问")
    for bidder in (anna, ben):
        send(bidder, code, join=True)
    ben.reads("phase", "限时竞价")
    send(anna, code, amount_fen=8060 * WAN)
    send(ben, code, amount_fen=8100 * WAN)
    ben.reads("verdict", "成交")
    ben.by_id("replay").click()
    ben.page.wait_for_url(f"**/rooms/{code}/replay/")
    expect(ben.by_id("check-same")).to_be_visible()
    return f"/rooms/{code}/replay/"


def test_the_public_replays_a_room_that_closed(visit: Callable[..., Reader], closed: str) -> None:
    reader = visit()
    page = reader.page
    reader.go(closed)
    expect(reader.by_id("check-same")).to_be_visible()
    expect(reader.by_id("check-same")).to_contain_text("8,100.00 万元")
    last = int(page.get_by_test_id("slider").get_attribute("max") or 0)
    assert page.get_by_test_id("event").count() == last

    expect(reader.by_id("position")).to_have_text(f"第 1 号事件，共 {last} 个")
    expect(reader.by_id("price")).to_have_text("暂无报价")
    page.get_by_role("button", name="下一个事件").click()
    expect(reader.by_id("price")).to_have_text("8,000.00")
    page.get_by_role("button", name="下一个事件").press("ArrowRight")
    expect(reader.by_id("price")).to_have_text("8,040.00")
    expect(page.get_by_test_id("offers").locator("tr:visible")).to_have_count(2)
    expect(page.get_by_test_id("offers").locator("[aria-current=true]")).to_contain_text("当前")

    page.get_by_test_id("slider").press("End")
    expect(reader.by_id("step-phase")).to_have_text("已成交")
    expect(reader.by_id("price")).to_have_text("8,100.00")
    expect(reader.by_id("extensions")).to_have_text("2")
    expect(reader.by_id("moved")).to_contain_text("第 2 次延时")
    expect(reader.by_id("line")).to_contain_text("成交")
    expect(reader.by_id("say")).to_contain_text("成交")
    expect(page.locator("tr[aria-current=true][data-seq]")).to_have_attribute("data-seq", str(last))

    page.get_by_test_id("slider").press("Home")
    expect(reader.by_id("step-phase")).to_have_text("自由报价")
    expect(page.get_by_test_id("offers").locator("tr:visible")).to_have_count(0)
    page.get_by_label("速度").select_option("10")
    page.get_by_test_id("slider").press(" ")
    expect(reader.by_id("play")).to_have_text("暂停")
    expect(reader.by_id("position")).to_have_text(f"第 {last} 号事件，共 {last} 个")
    expect(reader.by_id("play")).to_have_text("播放")

    page.locator("#event-2 a").click()
    expect(reader.by_id("position")).to_have_text(f"第 2 号事件，共 {last} 个")
    reader.check_access()


@pytest.mark.parametrize(("language", "theme"), [("zh-hans", "light"), ("en", "dark")])
def test_it_fits_a_phone_in_both_languages(
    visit: Callable[..., Reader], ended: str, language: str, theme: str
) -> None:
    reader = visit(language=language, theme=theme, width=360)
    reader.go(f"{ended}#event-5")
    expect(reader.by_id("player")).to_be_visible()
    expect(reader.by_id("position")).to_contain_text("5")
    for width in (320, 360, 640):
        reader.page.set_viewport_size({"width": width, "height": 800})
        assert reader.overflow() == 0, (width, reader.widest())
    reader.check_access()


@pytest.fixture
def ended(visit: Callable[..., Reader]) -> str:
    """The replay of a sale that the demo finished."""
    reader = visit()
    reader.go("/rooms/")
    href = reader.page.locator("a[href$='/replay/']").first.get_attribute("href")
    assert href is not None
    return href


Events = list[dict[str, Any]]


def without_an_offer(events: Events) -> Events:
    return [event for event in events if event["seq"] != 3]


def with_another_winner(events: Events) -> Events:
    return [{**event, "plate": "ZZ9"} if event["kind"] == "hammered" else event for event in events]


def with_a_late_offer(events: Events) -> Events:
    return [
        {**event, "at": "2031-01-01T00:00:00.000+08:00"} if event["seq"] == 4 else event
        for event in events
    ]


def with_another_price(events: Events) -> Events:
    return [
        {**event, "amount_fen": event["amount_fen"] + 1} if event["seq"] == 4 else event
        for event in events
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without_an_offer, "记录缺号：第 3 至 3 号事件不在记录中"),
        (with_another_winner, "成交竞买号写为 ZZ9"),
        (with_a_late_offer, "到达时已过截止时刻"),
        (with_another_price, "不是幅度的整数倍"),
    ],
)
def test_a_tampered_record_is_red_and_names_the_event(
    visit: Callable[..., Reader], ended: str, change: Callable[[Events], Events], words: str
) -> None:
    reader = visit()

    def tamper(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        route.fulfill(response=answer, body=json.dumps({**body, "events": change(body["events"])}))

    reader.page.route(re.compile(r"/api/rooms/\w+/events"), tamper)
    reader.go(ended)
    check = reader.by_id("check-different")
    expect(check).to_be_visible()
    expect(check).to_contain_text(words)
    expect(reader.by_id("check-same")).to_be_hidden()
    assert "finding." not in check.inner_text()
    reader.check_access()


def test_a_record_that_does_not_come_is_said_and_asked_for_again(
    visit: Callable[..., Reader], ended: str
) -> None:
    reader = visit()
    feed = re.compile(r"/api/rooms/\w+/events")
    reader.page.route(feed, lambda route: route.fulfill(status=200, body="<html>"))
    reader.go(ended)
    expect(reader.by_id("check-failed")).to_be_visible()
    expect(reader.by_id("player")).to_be_hidden()
    assert reader.page.get_by_test_id("event").count() > 5
    reader.page.unroute(feed)
    reader.press("重新读取")
    expect(reader.by_id("check-same")).to_be_visible()
    expect(reader.by_id("player")).to_be_visible()


def test_paper_shows_the_result_and_every_event(visit: Callable[..., Reader], ended: str) -> None:
    reader = visit()
    reader.go(ended)
    expect(reader.by_id("check-same")).to_be_visible()
    reader.page.emulate_media(media="print")
    expect(reader.by_id("published")).to_be_visible()
    expect(reader.by_id("check-same")).to_be_visible()
    expect(reader.page.get_by_test_id("event").last).to_be_visible()
    expect(reader.by_id("player")).to_be_hidden()
