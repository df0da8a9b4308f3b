"""The line to the room breaks, is blocked, swallows an answer: nothing is lost, nothing doubled."""

import re
from collections.abc import Callable

from playwright.sync_api import WebSocketRoute, expect

from tests.journeys.people import Person

SitDown = Callable[..., Person]
Room = Callable[..., str]


class Wire:
    """The bidder's sockets in our hands: cut, blocked, or deaf to answers."""

    def __init__(self, somebody: Person) -> None:
        self.person = somebody
        self.is_cut = False
        self.swallows_answers = False
        self.open: list[WebSocketRoute] = []
        somebody.page.route_web_socket("**/ws/rooms/**", self.route)

    def route(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            socket.close(code=1011)
            return
        server = socket.connect_to_server()
        server.on_message(lambda message: self.pass_on(socket, message))
        self.open.append(socket)

    def pass_on(self, socket: WebSocketRoute, message: str | bytes) -> None:
        if not (self.swallows_answers and '"type":"ack"' in str(message)):
            socket.send(message)

    def cut(self) -> None:
        self.is_cut = True
        self.person.context.set_offline(True)
        for socket in self.open:
            socket.close()
        self.open.clear()

    def mend(self) -> None:
        self.is_cut = False
        self.person.context.set_offline(False)


def enter(somebody: Person, address: str, state: str = "已连接") -> Person:
    assert somebody.go(address).ok
    somebody.reads("conn-state", state)
    return somebody


def offer(bidder: Person, wan: str) -> None:
    bidder.by_id("bid-input").fill(wan)
    bidder.by_id("bid-next").click()
    bidder.by_id("bid-confirm").click()


def seqs(somebody: Person) -> list[int]:
    rows = somebody.page.get_by_test_id("history-row")
    return [int(row.get_attribute("data-seq") or 0) for row in rows.all()]


def forgive_network(somebody: Person) -> None:
    """The browser's own word of what we cut ourselves; anything else stays a fault."""
    ours = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "WebSocket connection")
    somebody.faults = [
        fault for fault in somebody.faults if not any(part in fault for part in ours)
    ]


def test_a_cut_line_turns_bidding_off_and_comes_back_whole(sit_down: SitDown, room: Room) -> None:
    address = room()
    anna, ben, carl = (sit_down(name) for name in ("bidA", "bidB", "bidC"))
    wire = Wire(anna)
    for somebody in (anna, ben, carl):
        enter(somebody, address)
    offer(anna, "8000")
    expect(anna.by_id("my-state")).to_have_text("您领先")

    wire.cut()
    expect(anna.by_id("conn-state")).to_have_text("已断开")
    expect(anna.page.locator("main")).to_contain_text("可能已过期")
    expect(anna.by_id("step-1")).to_be_disabled()
    expect(anna.by_id("bid-next")).to_be_disabled()
    offer(ben, "8020")
    expect(carl.by_id("step-1")).to_contain_text("8,040.00")
    offer(carl, "8040")
    expect(carl.by_id("my-state")).to_have_text("您领先")
    expect(anna.by_id("current-price")).to_contain_text("8,000.00")

    wire.mend()
    expect(anna.by_id("conn-state")).to_have_text("已连接", timeout=3000)
    expect(anna.by_id("current-price")).to_contain_text("8,040.00")
    expect(anna.by_id("my-state")).to_have_text("您已被超过")
    expect(anna.by_id("step-1")).to_be_enabled()
    assert seqs(anna) == seqs(ben) == [4, 3, 2]
    forgive_network(anna)


def test_where_sockets_are_blocked_bids_go_by_post(sit_down: SitDown, room: Room) -> None:
    address = room()
    anna, ben = sit_down("bidA"), enter(sit_down("bidB"), address)
    wire = Wire(anna)
    wire.is_cut = True
    enter(anna, address, "备用通道")
    offer(anna, "8000")
    expect(anna.by_id("bid-result")).to_contain_text("已受理")
    expect(anna.by_id("bid-receipt")).to_contain_text("R-")
    expect(ben.by_id("current-price")).to_contain_text("8,000.00")
    offer(ben, "8020")
    expect(anna.by_id("my-state")).to_have_text("您已被超过")
    forgive_network(anna)


def test_a_swallowed_answer_is_asked_for_under_the_same_token(
    sit_down: SitDown, room: Room
) -> None:
    anna = sit_down("bidA")
    wire = Wire(anna)
    enter(anna, room())
    wire.swallows_answers = True
    anna.page.route("**/offers", lambda route: route.abort())

    offer(anna, "8000")
    expect(anna.by_id("bid-result")).to_contain_text("结果确认中")
    expect(anna.page.locator("main")).to_contain_text("请勿重复出价")
    expect(anna.by_id("bid-next")).to_be_disabled()

    anna.page.unroute("**/offers")
    wire.swallows_answers = False
    anna.page.reload()
    expect(anna.by_id("bid-result")).to_contain_text("已受理")
    expect(anna.by_id("bid-receipt")).to_contain_text("R-")
    assert seqs(anna) == [2]
    forgive_network(anna)


def test_signed_out_elsewhere_one_may_watch_but_not_bid(sit_down: SitDown, room: Room) -> None:
    anna = sit_down("bidA")
    enter(anna, room())
    page = anna.context.new_page()
    page.goto(anna.base + "/accounts/logout/")
    page.locator("main form [type=submit], main form button").last.click()
    page.close()
    expect(anna.page.locator("main")).to_contain_text("登录已失效")
    expect(anna.by_id("bid-next")).to_be_disabled()
    way_back = anna.page.get_by_role("link", name="重新登录")
    expect(way_back).to_have_attribute("href", re.compile(r"/accounts/login/\?next=/rooms/\w{8}/$"))
    # The price goes on: the room is public.
    expect(anna.page.locator("main")).not_to_contain_text("已断开")
    expect(anna.by_id("conn-state")).to_contain_text("已连接")
