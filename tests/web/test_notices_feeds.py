"""The same query as Atom, calendar and CSV: each parsed by what it is made for."""

import csv
import io
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from kernel.clock import CHINA, iso_ms, parse_instant
from notices.models import Notice
from tests.worlds.notices import Desk
from tests.worlds.pages import browser

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def get(form: str, query: str = "", client: Client | None = None, **extra: Any) -> Any:
    return (client or Client()).get(f"/notices/.{form}?{query}", **extra)


def hostile(desk: Desk) -> Notice:
    """A title that tries each format's own trick."""
    return desk.publish(title='=HYPERLINK("http://x")]]></title>;,\\\r\nBEGIN:VEVENT\x0b')


def parsed(response: Any) -> ET.Element:
    return ET.fromstring(response.content)  # noqa: S314


# ── Atom ──────────────────────────────────────────────────────────────────────────────────────


def test_atom(desk: Desk) -> None:
    first = desk.publish(title="甲")
    desk.clock.advance(timedelta(hours=1))
    second = desk.publish(subject="L-2", title="乙")
    response = get("atom", "q=成交")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = parsed(response)
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated", "author", "link"):
        assert feed.find(f"{ATOM}{name}") is not None
    own = feed.find(f"{ATOM}link")
    assert own is not None
    assert own.get("rel") == "self"
    assert str(own.get("href")).endswith("/notices/.atom?q=%E6%88%90%E4%BA%A4")
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["乙", "甲"]
    assert feed.findtext(f"{ATOM}updated") == iso_ms(desk.clock.now())
    for entry, notice in zip(entries, (second, first), strict=True):
        address = str(entry.findtext(f"{ATOM}id"))
        assert address.endswith(f"/notices/{notice.no}/")
        updated = parse_instant(str(entry.findtext(f"{ATOM}updated")))
        assert updated == notice.published_at


def test_an_empty_atom_feed_is_valid(desk: Desk) -> None:
    feed = parsed(get("atom"))
    assert feed.findtext(f"{ATOM}updated")
    assert feed.findall(f"{ATOM}entry") == []


# ── calendar ──────────────────────────────────────────────────────────────────────────────────


def properties(body: bytes) -> list[tuple[str, str]]:
    """The calendar's lines, unfolded (RFC 5545 3.1), as name with parameters and value."""
    assert body.endswith(b"\r\n")
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    lines = body.replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n")
    return [(line.partition(":")[0], line.partition(":")[2]) for line in lines]


def events(body: bytes) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    inside = False
    for name, value in properties(body):
        if (name, value) == ("BEGIN", "VEVENT"):
            assert not inside
            inside = True
            found.append({})
        elif (name, value) == ("END", "VEVENT"):
            inside = False
        elif inside:
            assert name not in found[-1]
            found[-1][name] = value
    return found


def test_a_sale_has_two_events(desk: Desk) -> None:
    at = desk.clock.now() + timedelta(days=10)
    notice = desk.publish(kind="asset_auction", title="很长的标题，" * 20)
    response = get("ics")
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    names = [name for name, _value in properties(response.content)]
    assert names[:3] == ["BEGIN", "VERSION", "PRODID"]
    assert properties(response.content)[-1] == ("END", "VCALENDAR")
    found = events(response.content)
    assert len(found) == 2
    assert len({event["UID"] for event in found}) == 2
    for event, label in zip(found, ("竞价开始", "竞价截止"), strict=True):
        assert event["DTSTART;TZID=Asia/Shanghai"] == f"{at.astimezone(CHINA):%Y%m%dT%H%M%S}"
        assert event["SUMMARY"].startswith(label)
        assert event["SUMMARY"].endswith("很长的标题，")
        assert event["URL"].endswith(f"/notices/{notice.no}/")
        assert event["DTSTAMP"].endswith("Z")


def test_a_result_has_no_event(desk: Desk) -> None:
    desk.publish()
    assert events(get("ics").content) == []


def test_a_title_cannot_write_calendar_lines(desk: Desk) -> None:
    title = "题\r\nBEGIN:VEVENT\r\nSUMMARY:假;,\\"
    desk.publish(kind="asset_auction", title=title)
    found = events(get("ics").content)
    assert len(found) == 2
    assert found[0]["SUMMARY"] == "竞价开始 题 BEGIN:VEVENT SUMMARY:假\\;\\,\\\\"


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────


def rows(response: Any) -> list[dict[str, str]]:
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def test_csv(desk: Desk) -> None:
    notice = desk.publish(title='带"引号"，和逗号,的题')
    (row,) = rows(get("csv"))
    assert row["no"] == notice.no
    assert row["title"] == notice.title
    assert (row["amount_fen"], row["version"]) == ("36000000", "1")
    assert row["published_at"] == iso_ms(desk.clock.now())


@pytest.mark.parametrize("mark", ["=", "+", "-", "@"])
def test_no_cell_is_a_formula(desk: Desk, mark: str) -> None:
    desk.publish(title=f"{mark}cmd|'/c calc'!A1")
    (row,) = rows(get("csv"))
    assert row["title"] == f"'{mark}cmd|'/c calc'!A1"


# ── all three ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", ["atom", "ics", "csv"])
def test_hostile_titles_break_no_format(desk: Desk, form: str) -> None:
    hostile(desk)
    body = get(form).content
    if form == "atom":
        title = parsed(get(form)).find(f"{ATOM}entry/{ATOM}title")
        assert title is not None
        assert str(title.text).startswith("=HYPERLINK")
    elif form == "ics":
        assert events(body) == []
    else:
        assert len(rows(get("csv"))) == 1


@pytest.mark.parametrize("form", ["atom", "ics", "csv"])
def test_a_feed_answers_the_page_s_query(desk: Desk, form: str) -> None:
    desk.publish(subject="L-1", kind="asset_auction", title="城北车辆")
    desk.publish(subject="L-2", kind="land_listing", title="城南地块")
    body = get(form, "q=城&kind=land_listing").content.decode()
    assert "/notices/L-2-N1101/" in body.replace("\r\n ", "")
    assert "L-1-N2101" not in body.replace("\r\n ", "")


@pytest.mark.parametrize("form", ["atom", "ics", "csv"])
def test_a_feed_may_be_kept_and_asked_again(desk: Desk, form: str) -> None:
    desk.publish()
    first = get(form)
    assert "public" in first.headers["Cache-Control"]
    assert "Cookie" not in first.headers.get("Vary", "")
    tag = first.headers["ETag"]
    again = get(form, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    desk.publish(subject="L-2", kind="asset_auction")
    fresh = get(form, headers={"If-None-Match": tag})
    assert fresh.status_code == 200
    assert fresh.headers["ETag"] != tag


@pytest.mark.parametrize("form", ["atom", "ics", "csv"])
def test_a_draft_changes_nothing_in_a_feed(desk: Desk, form: str) -> None:
    """Neither body nor tag tells that something is being prepared; nor who asks."""
    desk.publish()
    before = get(form).headers["ETag"]
    desk.approve(desk.submit(desk.draft(kind="asset_auction")), desk.clock.now())
    assert get(form).headers["ETag"] == before
    assert get(form, client=browser(desk.li, "en")).headers["ETag"] == before


@pytest.mark.parametrize("form", ["atom", "ics", "csv"])
def test_a_feed_is_one_query(desk: Desk, form: str, django_assert_num_queries: Any) -> None:
    for number in range(5):
        desk.publish(subject=f"L-{number}")
    with django_assert_num_queries(1):
        get(form)


@pytest.mark.parametrize("form", ["rss", "xml", "json", "atom/", ""])
def test_there_are_no_other_forms(desk: Desk, form: str) -> None:
    assert get(form, follow=True).status_code == 404
