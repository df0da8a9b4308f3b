"""The abort on the two desks: the host asks, the supervisor answers, nobody does both."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from audit.relay import drain
from bidding.rules import commands as c
from bidding.sequencer.batches import settle_alone
from bidding.sequencer.books import Act
from bidding.sequencer.shown import forget_views
from kernel.actors import Role
from kernel.clock import Clock
from tests.worlds import city
from tests.worlds.market import Market, auction
from tests.worlds.pages import browser
from tests.worlds.rooms import Table, lay_table
from trading.models import Deposit

pytestmark = pytest.mark.usefixtures("own_engine")
ACTS = ("ask_abort", "withdraw_abort", "confirm_abort", "decline_abort")


@pytest.fixture
def second_host(host: Client) -> Client:
    return browser(city.person("heinz", city.organisation("交易二部", 9003), Role.HOST))


@pytest.fixture
def supervisor() -> Client:
    return browser(city.person("sven", city.organisation("监督局", 9002), Role.SUPERVISOR))


def base(table: Table) -> str:
    return f"/rooms/{table.code}/control/"


def shown(client: Client, table: Table) -> str:
    answer = client.get(base(table))
    assert answer.status_code == 200
    return answer.content.decode()


def offered(html: str) -> set[str]:
    """The acts of an abort that this page offers."""
    return {act for act in ACTS if re.search(rf'action="[^"]+/{act}/"', html)}


def ask(host: Client, table: Table, reason: str = "标的权属争议 <b>") -> None:
    answer = host.post(f"{base(table)}ask_abort/", {"abort_reason": reason})
    assert (answer.status_code, answer["Location"]) == (302, base(table))


def asked_at(html: str) -> str:
    found = re.search(r'name="asked_at" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def post(client: Client, table: Table, act: str, **fields: str) -> Any:
    return client.post(f"{base(table)}{act}/", fields)


def test_the_host_asks_and_the_supervisor_confirms(
    table: Table, host: Client, supervisor: Client
) -> None:
    assert (offered(shown(host, table)), offered(shown(supervisor, table))) == (
        {"ask_abort"},
        set(),
    )
    ask(host, table)
    html = shown(host, table)
    assert offered(html) == {"withdraw_abort"}
    assert "标的权属争议 &lt;b&gt;" in html
    html = shown(supervisor, table)
    assert offered(html) == {"confirm_abort", "decline_abort"}
    assert "hanna" in html
    assert table.row.phase == "limited"

    assert post(supervisor, table, "confirm_abort", asked_at=asked_at(html)).status_code == 302

    assert table.row.phase == "aborted"
    for client in (host, supervisor):
        html = shown(client, table)
        assert re.search(r'id="abort-desk"[^>]* hidden', html)
        assert offered(html) <= {"ask_abort"}
    for part in ("", "hall/"):
        html = Client().get(f"/rooms/{table.code}/{part}").content.decode()
        assert "原定结束时间" in html
        assert "标的权属争议" in html
        assert "<b>" not in html.split("标的权属争议")[1][:8]
        assert "hanna" not in html


def test_a_reason_is_asked_for_and_what_was_typed_stays(table: Table, host: Client) -> None:
    answer = post(host, table, "ask_abort", abort_reason="  ")
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'href="#act-abort_reason"' in html
    assert re.search(r"<details[^>]* open>\s*<summary>申请中止", html)
    long = "很" * 301
    assert long in post(host, table, "ask_abort", abort_reason=long).content.decode()
    assert offered(shown(host, table)) == {"ask_abort"}


def test_a_refusal_needs_a_reason_and_reaches_the_host(
    table: Table, host: Client, supervisor: Client
) -> None:
    ask(host, table)
    at = asked_at(shown(supervisor, table))
    answer = post(supervisor, table, "decline_abort", asked_at=at, decline_reason="")
    assert answer.status_code == 422
    assert 'href="#act-decline_reason"' in answer.content.decode()
    answer = post(supervisor, table, "decline_abort", asked_at=at, decline_reason="可以继续")
    assert answer.status_code == 302
    assert "上一次中止申请未获同意：可以继续" in shown(host, table)
    assert offered(shown(host, table)) == {"ask_abort"}
    assert table.row.phase == "limited"


def test_another_host_sees_the_request_but_cannot_touch_it(
    table: Table, host: Client, second_host: Client
) -> None:
    ask(host, table)
    html = shown(second_host, table)
    assert "中止申请等待监督人员答复" in html
    assert 'id="act-abort_reason"' not in html
    assert post(second_host, table, "withdraw_abort").status_code == 409
    again = post(second_host, table, "ask_abort", abort_reason="又一次")
    assert again.status_code == 409
    assert "不能重复提出" in again.content.decode()
    for act in ("confirm_abort", "decline_abort"):
        assert post(second_host, table, act, asked_at="x", decline_reason="x").status_code == 403


def test_a_withdrawn_request_is_gone_from_both_desks(
    table: Table, host: Client, supervisor: Client
) -> None:
    ask(host, table)
    at = asked_at(shown(supervisor, table))
    assert post(host, table, "withdraw_abort").status_code == 302
    assert offered(shown(supervisor, table)) == set()
    late = post(supervisor, table, "confirm_abort", asked_at=at)
    assert late.status_code == 409
    assert "已经答复、撤回或更换" in late.content.decode()
    assert table.row.phase == "limited"


def test_a_page_without_the_request_s_name_confirms_nothing(
    table: Table, host: Client, supervisor: Client
) -> None:
    ask(host, table)
    answer = supervisor.post(
        f"{base(table)}confirm_abort/", {}, headers={"accept": "application/json"}
    )
    assert answer.status_code == 422
    assert "请刷新本页" in answer.json()["message"]
    assert table.row.phase == "limited"


def test_the_lot_s_page_tells_when_and_why(client: Client) -> None:
    forget_views()
    market = Market()
    lot = market.published(auction())
    market.paid_up(lot, market.alice)
    market.tick(lot, lot.opens_at)
    at = market.clock.now()
    act(lot.room_code, c.AskAbort("法院裁定", timedelta(minutes=15), "u:HOST"), market.clock)
    act(lot.room_code, c.ConfirmAbort(at, "u:SUPERVISOR"), market.clock)
    drain()
    html = client.get(f"/lots/{lot.no}/").content.decode()
    assert "竞价中止" in html
    assert "法院裁定" in html
    assert "竞价截止" not in html
    assert "u:SUPERVISOR" not in html
    assert set(Deposit.objects.values_list("state", flat=True)) == {"refund_due"}


def act(code: str, command: c.Command, clock: Clock) -> None:
    assert settle_alone(code, Act(command), clock) is None


def test_the_supervisor_s_desk_and_list_tell_of_it(host: Client, supervisor: Client) -> None:
    table = lay_table("anna")
    counted = re.compile(r"中止申请.*?data-testid=\"stat-value\">(?:<a[^>]*>)?(\d+)", re.DOTALL)

    def count() -> str:
        found = counted.search(supervisor.get("/staff/").content.decode())
        assert found is not None
        return found[1]

    assert count() == "0"
    ask(host, table)
    assert count() == "1"
    assert "中止申请" not in host.get("/staff/").content.decode()
