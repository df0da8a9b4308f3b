"""The replay of a room that has ended, as the server gives it: for everybody, without a script."""

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from audit.clock import system_clock
from bidding import selectors
from bidding.rules import commands as c
from bidding.templatetags.replay_texts import REPLAY_TEXTS
from bidding.templatetags.room_record import event_line
from kernel.clock import iso_ms
from tests.web.test_room_pages import everything, secrets_of, text
from tests.worlds.language import chinese_in_english, chinese_labels, english_in_chinese
from tests.worlds.market import Market, auction, publish_result
from tests.worlds.pages import browser
from tests.worlds.rooms import Table, lay_table, terms_of
from trading.services import awards

pytestmark = pytest.mark.usefixtures("own_engine")
ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "static" / "js" / "replay"
HOUR = timedelta(hours=1)
VECTORS = json.loads((ROOT / "tests" / "vectors" / "room_recheck.json").read_text())


def replay(table: Table, client: Client | None = None, query: str = "") -> HttpResponse:
    return (client or browser(None)).get(f"/rooms/{table.code}/replay/{query}")


@pytest.fixture
def ended(table: Table) -> Table:
    """Two offers, an announcement with braces of its own, and an abort by two people."""
    table.place("anna", 1000)
    table.place("ben", 1100)
    table.act(c.Announce("请看 {plate} <b>"))
    table.abort("核查 <i>")
    return table


def setup_of(html: str) -> dict:
    found = re.search(r'<script id="replay-setup" type="application/json">(.*?)</script>', html)
    assert found is not None
    return dict(json.loads(found[1]))


# ── the page ──────────────────────────────────────────────────────────────────────────────────


def test_a_room_that_is_open_is_not_replayed(table: Table) -> None:
    table.place("anna", 1000)
    html = text(replay(table))
    assert "竞价尚未结束" in html
    assert f'href="/rooms/{table.code}/"' in html
    assert 'data-testid="event"' not in html
    assert "replay/page.js" not in html
    assert table.anna.plate not in html


def test_a_room_that_is_to_come_is_not_replayed() -> None:
    now = system_clock().now()
    times = {"opens_at": iso_ms(now + HOUR), "ends_at": iso_ms(now + 2 * HOUR)}
    table = lay_table("anna", opened=False, terms=terms_of(**times))
    assert "竞价尚未结束" in text(replay(table))


def test_there_is_no_replay_of_an_unknown_room(client: Client) -> None:
    assert client.get("/rooms/00000000/replay/").status_code == 404
    assert client.get("/rooms/nothing/replay/").status_code == 404


def test_every_public_event_is_a_row_without_a_script(ended: Table) -> None:
    html = text(replay(ended))
    rows = re.findall(r'<tr id="event-(\d+)"', html)
    assert rows == [str(seq) for seq in range(1, ended.row.seq + 1)]
    for words in (
        "竞价开始：限时竞价",
        f"竞买号 {ended.anna.plate} 报价 10.00 元",
        f"竞买号 {ended.ben.plate} 报价 11.00 元",
        "主持人公告：请看 {plate} &lt;b&gt;",
        "中止：核查 &lt;i&gt;",
        "未运行脚本",
    ):
        assert words in html, words


def test_it_is_the_same_for_everybody_and_names_nobody(ended: Table, host: Client) -> None:
    hidden = secrets_of(ended, "anna") | secrets_of(ended, "ben")
    ended.row.seats.filter(plate=ended.ben.plate).update(is_barred=True)
    for client in (browser(None), host, browser(ended.anna.actor)):
        answer = replay(ended, client)
        public = re.sub(r"<header.*?</header>", "", everything(answer), flags=re.DOTALL)
        assert [word for word in hidden if word in public] == []
        assert "me" not in setup_of(text(answer))["published"]


def test_refused_attempts_and_requests_leave_no_trace(table: Table) -> None:
    table.place("anna", 1000)
    table.place("ben", 1037)
    table.act(c.AskAbort("秘密的理由", timedelta(minutes=15), "u:HOST"))
    table.act(c.WithdrawAbort("u:HOST"))
    table.abort("公开的理由")
    shown = everything(replay(table))
    assert "10.37" not in shown
    assert "1037" not in shown
    assert "秘密的理由" not in shown
    assert "u:HOST" not in shown


def test_what_the_script_compares_with_is_what_the_room_published(ended: Table) -> None:
    setup = setup_of(text(replay(ended)))
    snapshot = browser(None).get(f"/api/rooms/{ended.code}/snapshot").json()
    names = ("seq", "phase", "top_plate", "top_fen", "preset", "format", "terms")
    assert {name: setup["published"][name] for name in names} == {
        name: snapshot[name] for name in names
    }
    assert setup["published"]["offers"] == []
    assert browser(None).get(f"{setup['feed']}?after=0").json()["seq"] == snapshot["seq"]


def test_pages_of_a_long_record_follow_each_other(
    ended: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "PAGE", 2)
    monkeypatch.setattr(selectors.list_events, "__defaults__", (2,))
    seen, address = [], f"/rooms/{ended.code}/replay/"
    while address:
        html = text(browser(None).get(address))
        seen += re.findall(r'<tr id="event-(\d+)"', html)
        onward = re.search(r'rel="next" href="([^"#]+)', html)
        address = onward[1] if onward else ""
    assert seen == [str(seq) for seq in range(1, ended.row.seq + 1)]
    assert f'rel="prev" href="/rooms/{ended.code}/replay/?after=' in html


@pytest.mark.parametrize("query", ["?after=x", "?after=-1", "?after=９", "?after=99999999"])
def test_an_odd_address_breaks_nothing(ended: Table, query: str) -> None:
    html = text(replay(ended, query=query))
    assert ("没有更多事件" in html) is (query == "?after=99999999")


def test_it_costs_few_queries_however_long_the_sale(
    table: Table, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for turn in range(40):
        table.place(("anna", "ben")[turn % 2], 1000 + turn * 100)
    table.abort("测试")
    replay(table)
    with django_assert_max_num_queries(4):
        html = text(replay(table))
    assert html.count('data-testid="event"') == 42


def test_no_inline_script_or_style(ended: Table) -> None:
    html = text(replay(ended))
    assert not re.search(r"\sstyle=|<style|\son\w+=", html)
    kinds = set(re.findall(r"<script(?![^>]*\bsrc=)[^>]*type=\"([^\"]+)\"", html))
    assert kinds == {"application/json"}


# ── the way there ─────────────────────────────────────────────────────────────────────────────


def test_the_room_leads_to_its_replay(ended: Table) -> None:
    for client in (browser(None), browser(ended.anna.actor)):
        html = text(client.get(f"/rooms/{ended.code}/"))
        assert f'href="/rooms/{ended.code}/replay/" data-testid="replay"' in html


def test_a_lot_leads_to_the_replay_once_its_room_has_ended(market: Market) -> None:
    lot = market.published(auction())
    link = f'href="/rooms/{lot.room_code}/replay/"'
    assert link not in text(browser(None).get(f"/lots/{lot.no}/"))
    sold = market.awarded()[0]
    link = f'href="/rooms/{sold.room_code}/replay/"'
    for address in (f"/lots/{sold.no}/", f"/rooms/{sold.room_code}/"):
        assert link in text(browser(None).get(address)), address
    assert 'data-testid="event"' in text(browser(None).get(f"/rooms/{sold.room_code}/replay/"))


def test_the_list_of_rooms_leads_to_replays(market: Market) -> None:
    sold, _found = market.awarded()
    notice = publish_result(market, sold)
    awards.disclose_award(lot_no=sold.no, notice_no=notice.no, clock=market.clock)
    assert f'href="/rooms/{sold.room_code}/replay/"' in text(browser(None).get("/rooms/"))


# ── the words ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("is_over", [True, False])
def test_it_speaks_one_language(table: Table, is_over: bool) -> None:
    table.place("anna", 1000)
    table.act(c.Pause("核对设备"))
    table.act(c.Resume())
    if is_over:
        table.abort("核查")
    english = text(replay(table, browser(None, "en")))
    assert chinese_in_english(english) == []
    assert chinese_labels(english) == []
    assert english_in_chinese(text(replay(table))) == []


def test_every_sentence_has_its_english_with_the_same_places() -> None:
    for key, words in REPLAY_TEXTS.items():
        with translation.override("en"):
            english = str(words)
        with translation.override("zh-hans"):
            chinese = str(words)
        assert not re.search(r"[\u4e00-\u9fff]", english), key
        places = [set(re.findall(r"\{\w+\}", side)) for side in (english, chinese)]
        assert places[0] == places[1], key


def test_every_finding_has_its_sentence() -> None:
    """A code without one would be shown as the name of a program's part."""
    source = (SCRIPTS / "recheck.js").read_text()
    rules = re.findall(r"function \w+Fault\(.*?\n}", (SCRIPTS / "rules.js").read_text(), re.DOTALL)
    codes = {case["expect"]["code"] for case in VECTORS["cases"]}
    codes |= set(re.findall(r"fault\([^,]+, \"(\w+)\"", source))
    codes |= {code for rule in rules for code in re.findall(r"(?:return|\?) \"(\w+)\"", rule)}
    unseen = {"refused", *re.findall(r"unseen\.add\(\"(\w+)\"", source)}
    assert len(codes) > 50
    assert {code for code in codes if f"finding.{code}" not in REPLAY_TEXTS} == set()
    assert {what for what in unseen if f"unseen.{what}" not in REPLAY_TEXTS} == set()


def test_an_event_that_nobody_knows_is_told_as_such() -> None:
    event = {"seq": 1, "kind": "moon_rose", "at": "2026-05-11T10:00:00.000+08:00"}
    assert event_line(event, {"format": "ascending"}, "元") == "其他记录（moon_rose）"


def test_what_a_host_wrote_is_never_filled_in() -> None:
    event = {"seq": 1, "kind": "announced", "at": "x", "text": "{plate} {n} }{"}
    assert event_line(event, {"format": "ascending"}, "元") == "主持人公告：{plate} {n} }{"
