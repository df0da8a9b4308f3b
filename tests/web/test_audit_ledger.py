"""The auditor's ledger: filters in the address, facets that count what they leave, pages by key."""

import re
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from kernel.actors import Role
from tests.worlds import auditing, ledger
from tests.worlds.auditing import ENDED, RUNNING, Desk
from tests.worlds.insider import as_administrator

pytestmark = pytest.mark.django_db
PAGE = "/audit/ledger/"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def rows(response: Any) -> list[tuple[str, int]]:
    found = re.findall(
        r'data-testid="ledger-row" data-seq="(\d+)" data-stream="([^"]+)"',
        response.content.decode(),
    )
    return [(stream, int(seq)) for seq, stream in found]


def see(desk: Desk, **query: object) -> Any:
    response = desk.browser().get(PAGE, query)
    assert response.status_code == 200
    return response


def facet(response: Any, name: str) -> dict[str, int]:
    for title, choices, _is_long in response.context["facets"]:
        if title == name:
            return {choice.label: choice.count for choice in choices}
    return {}


def test_the_newest_entries_come_first(desk: Desk) -> None:
    response = see(desk, room=ENDED)
    assert rows(response)[-1] == (f"room/{ENDED}", 1)
    assert rows(response)[0] == (f"room/{ENDED}", 5)
    assert len(rows(response)) == 6


def test_valid_offers_alone_and_their_sum(each_database: str, desk: Desk) -> None:
    response = see(desk, room=ENDED, event="accepted")
    page = response.content.decode()
    assert rows(response) == [(f"room/{ENDED}", seq) for seq in (4, 3, 2, 1)]
    assert response.context["shown"].totals.sum_fen == 44_000_000_000
    assert "440,000,000.00" in page
    assert "筛出 4 条，金额合计" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"event": "refused"}, 1),
        ({"event": "system", "room": ENDED}, 1),
        ({"event": "business", "stream": "lot/L-1"}, 1),
        ({"kind": "announced"}, 1),
        ({"family": "lot"}, 2),
        ({"room": ENDED, "plate": "K27"}, 2),
        ({"room": ENDED, "plate": "P05"}, 1),
        ({"q": f"R-{ENDED}-000003"}, 1),
        ({"q": "100%_"}, 0),
        ({"month": "2026-04", "room": ENDED}, 6),
        ({"month": "2026-05", "room": ENDED}, 0),
        ({"from_on": "2026-04-21", "until_on": "2026-04-21", "room": ENDED}, 6),
        ({"from_on": "2026-04-22", "room": ENDED}, 0),
        ({"lot": "no such lot"}, 0),
        ({"room": ENDED, "stream": "lot/L-1"}, 0),
    ],
)
def test_each_part_of_the_filter_narrows(
    each_database: str, desk: Desk, query: dict[str, str], count: int
) -> None:
    response = see(desk, size=100, **query)
    assert len(rows(response)) == response.context["shown"].totals.rows == count


def test_facets_count_the_rows_that_each_choice_leaves(each_database: str, desk: Desk) -> None:
    response = see(desk, room=ENDED)
    for title, choices, _is_long in response.context["facets"]:
        for choice in choices:
            left = desk.browser().get(PAGE + choice.url, {}).context["shown"].totals.rows
            assert left == choice.count, f"{title}: {choice.label}"


def test_a_facet_leaves_its_own_wish_out(each_database: str, desk: Desk) -> None:
    response = see(desk, room=ENDED, event="accepted")
    assert facet(response, "事件类别") == {"有效出价": 4, "拒绝": 1, "系统": 1}
    assert facet(response, "主体") == {"A83": 2, "K27": 2}


def test_an_equal_address_gives_equal_rows_in_another_browser(desk: Desk) -> None:
    first = see(desk, room=ENDED, event="accepted")
    again = desk.browser(Role.SUPERVISOR).get(f"{PAGE}?{first.context['permalink']}")
    assert rows(again) == rows(first) != []


def test_pages_by_key_stand_while_new_entries_arrive(desk: Desk) -> None:
    for index in range(60):
        ledger.note("lot/L-2", auditing.Said(str(index)))
    first = see(desk, stream="lot/L-2")
    ledger.note("lot/L-2", auditing.Said("later"))
    second = desk.browser().get(f"{PAGE}?{first.context['older_url']}")
    third = desk.browser().get(f"{PAGE}?{second.context['older_url']}")
    back = desk.browser().get(f"{PAGE}?{third.context['newer_url']}")
    seqs = [seq for page in (first, second, third) for _stream, seq in rows(page)]
    assert seqs == list(range(60, 0, -1))
    assert rows(back) == rows(second)
    assert not third.context["shown"].page.has_older


@pytest.mark.parametrize(
    "query",
    [{"month": "0001-01"}, {"from_on": "0001-01-01"}, {"until_on": "9999-12-31"}],
)
def test_the_ends_of_the_calendar_are_named_and_left_out(desk: Desk, query: dict[str, str]) -> None:
    response = see(desk, **query)
    assert response.status_code == 200
    assert set(response.context["form"].errors) == set(query)
    assert response.context["asked"].parts() == {}


@pytest.mark.parametrize("part", ["kind", "family"])
def test_a_name_that_nobody_knows_fits_no_row(desk: Desk, part: str) -> None:
    response = see(desk, **{part: "nobody.knows"})
    assert rows(response) == []
    assert response.context["shown"].totals.rows == 0
    assert "nobody.knows" in response.content.decode()


def test_refused_attempts_have_a_name_and_lead_to_their_rows(desk: Desk) -> None:
    ledger.note("attempts/AUDITOR0", auditing.Said("x"))
    response = see(desk, family="attempts")
    assert rows(response) == [("attempts/AUDITOR0", 1)]
    assert facet(response, "链类")["拒绝操作"] == 1


def test_malformed_parts_are_named_and_left_out(desk: Desk) -> None:
    response = see(desk, room="nonsense", month="2026-13", plate="'; --", size="7", older="x")
    page = response.content.decode()
    assert "error-summary" in page
    assert "请按 2026-11 的样子填写月份" in page
    assert response.context["size"] == 25
    assert rows(response) != []


def test_nothing_found_says_what_to_do(desk: Desk) -> None:
    page = see(desk, q="没有这样的文字").content.decode()
    assert "没有符合条件的记录" in page
    assert "清除全部条件" in page


def test_a_running_room_keeps_its_sealed_stream(desk: Desk) -> None:
    """Who was refused would tell how many bid: neither rows nor counts nor the entry show it."""
    response = see(desk, room=RUNNING)
    assert {stream for stream, _seq in rows(response)} == {f"room/{RUNNING}"}
    assert "拒绝" not in facet(response, "事件类别")
    assert len(rows(see(desk, q="P05"))) == 1
    assert desk.browser().get(f"{PAGE}room/{RUNNING}/sealed/1/").status_code == 404
    assert desk.browser().get(f"{PAGE}room/{ENDED}/sealed/1/").status_code == 200


def test_a_damaged_body_does_not_take_the_page_away(each_database: str, desk: Desk) -> None:
    """A database administrator breaks a row: the page shows it, the entry says so."""
    as_administrator(
        f"UPDATE audit_entry SET body = '{{broken' WHERE stream = 'room/{ENDED}' AND seq = 2"
    )
    assert len(rows(see(desk, room=ENDED))) == 6
    page = desk.browser().get(f"{PAGE}room/{ENDED}/2/").content.decode()
    assert "这一条已不能与其指纹相符" in page
    assert "body_hash" in page


def test_an_entry_shows_its_words_hashes_and_place(desk: Desk) -> None:
    entry = Entry.objects.get(stream=f"room/{ENDED}", seq=2)
    page = desk.browser().get(f"{PAGE}room/{ENDED}/2/").content.decode()
    for shown in (
        entry.hash_hex,
        bytes(entry.body_hash).hex(),
        bytes(entry.prev).hex(),
        f"R-{ENDED}-000002",
        "100,000,000.00",
        "第 2 条，该链现有 5 条",
        "相符",
        "等待下一次签署",
    ):
        assert shown in page


def test_an_entry_that_changed_something_shows_before_and_after(desk: Desk) -> None:
    page = desk.browser().get(f"{PAGE}lot/L-1/1/").content.decode()
    assert page.count('data-testid="diff-row"') == 1
    assert "旧" in page
    assert "新" in page


def test_texts_from_outside_are_escaped(desk: Desk) -> None:
    ledger.note("lot/L-1", auditing.Said("<script>alert(1)</script>"))
    assert "<script>alert(1)" not in desk.browser().get(f"{PAGE}lot/L-1/3/").content.decode()
    assert "<script>alert(1)" not in see(desk, q="<script>alert(1)").content.decode()


@pytest.mark.parametrize("size", [25, 100])
def test_the_number_of_queries_does_not_grow(
    desk: Desk, size: int, django_assert_num_queries: Any
) -> None:
    for index in range(120):
        ledger.note("lot/L-2", auditing.Said(str(index)))
    client = desk.browser()
    client.get(PAGE)
    with django_assert_num_queries(9):
        client.get(PAGE, {"size": size})


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}room/{ENDED}/1/", "/audit/"])
def test_only_auditors_and_supervisors_look(desk: Desk, address: str) -> None:
    assert desk.browser(Role.BIDDER).get(address).status_code == 403
    assert Client().get(address).status_code == 403
    assert desk.browser(Role.AUDITOR).get(address, follow=True).status_code == 200
    assert desk.browser(Role.SUPERVISOR).get(address, follow=True).status_code == 200


def test_the_page_speaks_english(desk: Desk) -> None:
    page = desk.browser(language="en").get(PAGE, {"room": ENDED}).content.decode()
    for shown in ("Transaction ledger", "Valid offer", "Offer refused", "Chain intact"):
        assert shown in page
