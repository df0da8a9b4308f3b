"""The room's pages as each audience gets them: bidder, rival, watcher, host. Plates only."""

import json
import re

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import translation
from django.utils.html import escape

from accounts.models import Organisation, User
from bidding.models import Room
from bidding.projection import OFFERS_SHOWN
from bidding.rules import commands as c
from bidding.templatetags.room_texts import TEXTS
from documents.projection import qr_code
from kernel.actors import Role
from tests.worlds import city
from tests.worlds.pages import browser
from tests.worlds.rooms import Table, lay_table, terms_of

pytestmark = pytest.mark.usefixtures("own_engine")
PAGES = ("", "hall/", "control/")
IDS = "countdown server-time conn-state phase current-price current-price-upper leader".split()
BID_IDS = (
    "my-state min-valid step-1 step-2 step-5 bid-input bid-upper bid-next bid-confirm bid-result"
    " bid-receipt ext-banner clock-offset"
).split()


def page(client: Client, table: Table, part: str = "") -> HttpResponse:
    return client.get(f"/rooms/{table.code}/{part}")


def text(response: HttpResponse) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def embedded(html: str, name: str) -> object:
    found = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', html)
    assert found is not None
    return json.loads(found[1])


def seat_browser(table: Table, name: str, language: str = "zh-hans") -> Client:
    return browser(table.seats[name].actor, language)


# ── what each audience sees ───────────────────────────────────────────────────────────────────


def test_a_bidder_gets_the_bid_zone_and_own_plate(table: Table) -> None:
    html = text(page(seat_browser(table, "anna"), table))
    for name in (*IDS, *BID_IDS):
        assert f'data-testid="{name}"' in html, name
    assert embedded(html, "room-setup")["seat"] == table.anna.plate
    assert embedded(html, "room-snapshot")["me"]["plate"] == table.anna.plate
    assert table.ben.plate not in html


def test_the_first_step_is_the_start_price_before_any_offer(table: Table) -> None:
    html = text(page(seat_browser(table, "anna"), table))
    step = re.search(r'data-testid="step-1".*?data-cell="amount">([^<]*)<', html, re.DOTALL)
    least = re.search(r'data-testid="min-valid"><span[^>]*>([^<]*)<', html)
    assert step
    assert least
    assert step[1] == least[1] == "10.00"


def test_both_bidders_see_the_same_price_and_their_own_standing(table: Table) -> None:
    table.place("anna", 1000)
    for name, state in (("anna", "您领先"), ("ben", "未出价")):
        html = text(page(seat_browser(table, name), table))
        assert f'data-testid="my-state">{state}<' in html
        assert f'data-testid="leader">{table.anna.plate}<' in html
        assert "壹拾元整" in html
    table.place("ben", 1100)
    assert 'data-testid="my-state">您已被超过<' in text(page(seat_browser(table, "anna"), table))


@pytest.mark.parametrize("who", ["public", "barred", "other"])
def test_without_a_seat_one_watches(table: Table, who: str) -> None:
    if who == "barred":
        table.row.seats.filter(plate=table.anna.plate).update(is_barred=True)
    elif who == "other":
        lay_table("carl")
    someone = {"public": None, "barred": table.anna.actor}.get(who)
    if who == "other":
        from accounts.selectors import actor_of_username

        someone = actor_of_username("carl")
    html = text(page(browser(someone), table))
    assert "您正在旁观" in html
    assert "bid-next" not in html
    assert embedded(html, "room-setup")["seat"] is None
    assert "me" not in embedded(html, "room-snapshot")


def test_a_sold_room_shows_the_result_to_everybody(table: Table) -> None:
    table.place("anna", 1000)
    table.abort("测试")
    for client in (browser(None), seat_browser(table, "ben")):
        html = text(page(client, table))
        assert "中止：测试" in html
        assert "已中止" in html


def test_a_pause_is_told_with_its_reason(table: Table) -> None:
    table.act(c.Pause("核对设备 <b>"))
    for part in ("", "hall/"):
        html = text(page(browser(None), table, part))
        assert "竞价已暂停：核对设备 &lt;b&gt;" in html
        assert "核对设备 <b>" not in html


def test_who_comes_later_still_reads_the_announcement(table: Table) -> None:
    table.act(c.Announce("请保持网络畅通"))
    news = embedded(text(page(browser(None), table)), "room-news")
    assert [item["text"] for item in news if item["kind"] == "announced"] == ["请保持网络畅通"]


# ── nobody learns who sits there ──────────────────────────────────────────────────────────────


def secrets_of(table: Table, name: str) -> set[str]:
    """What names a bidder: person, organisation, credit code. Never the plate."""
    user = User.objects.get(username=name)
    company = Organisation.objects.get(name=f"{name}有限公司")
    return {user.username, company.name, company.code}


def everything(response: HttpResponse) -> str:
    return response.content.decode() + str(response.headers) + str(response.cookies)


def test_no_page_answer_or_header_names_a_bidder(table: Table, host: Client) -> None:
    table.place("anna", 1000)
    table.place("ben", 1100)
    hidden = secrets_of(table, "anna") | secrets_of(table, "ben")
    for client in (browser(None), host):
        for path in ("", "hall/", "control/"):
            shown = everything(page(client, table, path))
            assert [word for word in hidden if word in shown] == [], path
        for path in ("snapshot", "events?after=0"):
            shown = everything(client.get(f"/api/rooms/{table.code}/{path}"))
            assert [word for word in hidden if word in shown] == [], path
    rival = everything(page(seat_browser(table, "ben"), table))
    assert [word for word in secrets_of(table, "anna") if word in rival] == []


def blurred(html: str) -> str:
    """A page without what differs anyway: figures of time and form tokens."""
    return re.sub(r'\d|name="csrfmiddlewaretoken" value="\w+"', "", html)


def test_the_number_of_seats_is_nobodys_business(table: Table, host: Client) -> None:
    before = {part: blurred(text(page(host, table, part))) for part in PAGES}
    crowd = lay_table("anna", "ben", "carl", "dora", "emil", "fred")
    Room.objects.filter(code=table.code).update(code="00000000")
    Room.objects.filter(code=crowd.code).update(code=table.code)
    for part, html in before.items():
        assert blurred(text(page(host, table, part))) == html, part


# ── who may come in ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("part", PAGES)
def test_there_is_no_page_for_an_unknown_room(host: Client, part: str) -> None:
    assert host.get(f"/rooms/00000000/{part}").status_code == 404
    assert host.get(f"/rooms/nothing/{part}").status_code == 404


def test_the_console_is_the_hosts(table: Table, host: Client) -> None:
    for client in (browser(None), seat_browser(table, "anna")):
        assert page(client, table, "control/").status_code in (302, 403)
    html = text(page(host, table, "control/"))
    assert 'data-act="pause"' in html
    assert 'data-act="announce"' in html


def test_no_control_could_bend_a_sale(table: Table, host: Client) -> None:
    html = text(page(host, table, "control/"))
    acts = set(re.findall(rf'action="/rooms/{table.code}/control/(\w+)/"', html))
    assert acts == {"open", "announce", "pause", "resume", "ask_abort"}
    for name in ("amount_fen", "ends_at", "price", "plate"):
        assert f'name="{name}"' not in html
    for act in ("close", "extend", "shorten", "abort", "price", "delete"):
        assert host.post(f"/rooms/{table.code}/control/{act}/").status_code == 404


def test_a_supervisor_watches_the_console(table: Table) -> None:
    house = city.organisation("监督局", 9002)
    client = browser(city.person("sven", house, Role.SUPERVISOR))
    html = text(page(client, table, "control/"))
    assert "data-act" not in html
    assert client.post(f"/rooms/{table.code}/control/pause/", {"reason": "x"}).status_code == 403
    assert table.row.phase == "limited"


# ── the host's acts ───────────────────────────────────────────────────────────────────────────


def test_pause_needs_a_reason_and_keeps_what_was_typed(table: Table, host: Client) -> None:
    address = f"/rooms/{table.code}/control/pause/"
    answer = host.post(address, {"reason": "  "})
    assert answer.status_code == 422
    assert "请写明内容" in answer.content.decode()
    answer = host.post(address, {"reason": ""}, headers={"accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["fields"] == {"reason": "请写明内容。"}
    long = "很" * 301
    assert long in host.post(address, {"reason": long}).content.decode()
    assert table.row.phase == "limited"


def test_a_host_declares_the_room_open_once(table: Table, host: Client) -> None:
    address, ends_at = f"/rooms/{table.code}/control/open/", table.row.due_at
    assert 'data-act="open"' in text(page(host, table, "control/"))

    assert host.post(address).status_code == 302

    assert 'data-act="open"' not in text(page(host, table, "control/"))
    assert "竞价开始" in text(page(host, table))
    assert host.post(address).status_code == 409
    assert table.row.due_at == ends_at


def test_pause_and_resume_without_a_script(table: Table, host: Client) -> None:
    base = f"/rooms/{table.code}/control/"
    answer = host.post(f"{base}pause/", {"reason": "核对设备"})
    assert (answer.status_code, answer["Location"]) == (302, base)
    assert table.row.phase == "paused"
    assert host.post(f"{base}pause/", {"reason": "又一次"}).status_code == 409
    assert host.post(f"{base}resume/").status_code == 302
    assert table.row.phase == "limited"


def test_health_is_measured(table: Table, host: Client) -> None:
    found = host.get(f"/rooms/{table.code}/control/health/").json()
    assert found["seq"] == table.row.seq
    assert found["channel_ok"] is True
    assert found["late_ms"] == 0
    Room.objects.filter(code=table.code).update(due_at="2026-01-01T00:00:00Z")
    assert host.get(f"/rooms/{table.code}/control/health/").json()["late_ms"] > 10_000


# ── made well ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("part", "most"), [("", 10), ("hall/", 6)])
def test_a_page_costs_few_queries_however_long_the_sale(
    table: Table, django_assert_max_num_queries: object, part: str, most: int
) -> None:
    client = seat_browser(table, "anna")
    page(client, table, part)
    for turn in range(30):
        table.place(("anna", "ben")[turn % 2], 1000 + turn * 100)
    with django_assert_max_num_queries(most):  # type: ignore[operator]
        html = text(page(client, table, part))
    assert html.count('data-testid="history-row" data-seq') == 30


def test_the_hall_counts_every_offer_without_a_script(table: Table) -> None:
    for turn in range(OFFERS_SHOWN + 1):
        table.place(("anna", "ben")[turn % 2], 1000 + turn * 100)

    html = text(page(Client(), table, "hall/"))

    assert f'data-bind="offer_total">{OFFERS_SHOWN + 1}<' in html


def test_the_hall_shows_the_way_to_watch_along(table: Table) -> None:
    code = qr_code(f"{settings.PUBLIC_ORIGIN}/rooms/{table.code}/")

    assert f'class="hall__qr" src="{escape(code)}"' in text(page(Client(), table, "hall/"))


def test_every_sentence_of_the_script_has_its_english() -> None:
    with translation.override("en"):
        left = {key: str(words) for key, words in TEXTS.items()}
    untranslated = [key for key, words in left.items() if re.search(r"[\u4e00-\u9fff]", words)]
    assert untranslated == []


def test_both_languages_fill_the_same_places() -> None:
    for key, words in TEXTS.items():
        with translation.override("en"):
            english = set(re.findall(r"\{\w+\}", str(words)))
        with translation.override("zh-hans"):
            assert set(re.findall(r"\{\w+\}", str(words))) == english, key


def test_a_purchase_reads_the_other_way() -> None:
    terms = {**terms_of(), "start_fen": 5000, "step_fen": 100}
    table = lay_table("anna", preset="REV", terms=terms)
    html = text(page(seat_browser(table, "anna"), table))
    for words in ("当前最低", "最高有效价", "最高限价", "−1"):
        assert words in html


def test_a_one_quote_room_reads_as_one() -> None:
    table = lay_table("anna", preset="OQ", terms=terms_of(soft_close_s=0, step_mode="multiple"))
    html = text(page(seat_browser(table, "anna"), table))
    for words in (
        "密封报价",
        "距密封报价截止",
        "截止前不公开",
        "每人每轮密封报价一次",
        "起始价的部分",
    ):
        assert words in html
    shown = html[: html.index('id="room-snapshot"')]
    for words in ("相同报价先报者有效", "自由报价", "已密封报价", "+1", "还没有报价"):
        assert words not in shown
    table.place("anna", 1200)
    html = text(page(seat_browser(table, "anna"), table))
    shown = html[: html.index('id="room-snapshot"')]
    assert "已密封报价" in shown
    assert "未出价" not in shown


def test_no_inline_script_or_style(table: Table, host: Client) -> None:
    for part in PAGES:
        html = text(page(host, table, part))
        assert not re.search(r"\sstyle=|<style|\son\w+=", html), part
        kinds = set(re.findall(r"<script(?![^>]*\bsrc=)[^>]*type=\"([^\"]+)\"", html))
        assert kinds <= {"application/json"}, part


@pytest.mark.parametrize("part", ["", "control/"])
def test_the_way_back_in_is_always_there(table: Table, host: Client, part: str) -> None:
    """A session may end while the page is open, whoever opened it."""
    html = text(page(host, table, part))
    assert f'data-bind="sign_in" href="/accounts/login/?next=/rooms/{table.code}/{part}"' in html


def test_what_ticks_is_no_live_region(table: Table) -> None:
    """A screen reader would read the seconds out, every second."""
    html = text(page(browser(table.anna.actor), table))
    regions = re.findall(r'<(\w+)[^>]*role="(?:status|alert)"[^>]*>(.*?)</\1>', html, re.DOTALL)
    inside = " ".join(body for _tag, body in regions)
    for name in ("lost", "result_wait", "countdown", "server_time"):
        assert f'data-bind="{name}"' in html
        assert f'data-bind="{name}"' not in inside
    ticking = {key for key, words in TEXTS.items() if "{n} 秒" in str(words)}
    assert not {key for key in ticking if key.startswith("bid.")} - {"bid.waited"}


def test_only_a_page_that_reloads_says_so(table: Table, host: Client) -> None:
    for part in ("", "control/"):
        html = text(page(host, table, part))
        assert ("每 15 秒自动刷新" in html) is ('http-equiv="refresh"' in html)
