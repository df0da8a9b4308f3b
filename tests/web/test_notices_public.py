"""What the public finds: nothing before its time, a search whose address is its state, facets
that count what they leave."""

import re
from typing import Any

import pytest
from django.test import Client

from notices import services
from notices.models import NoticeVersion
from notices.projection import feeds
from notices.rules.kinds import KINDS
from tests.worlds.notices import Desk, values_of
from tests.worlds.pages import browser

pytestmark = pytest.mark.django_db
EVIL = "<script>alert(1)</script>'\"><img src=x onerror=alert(2)>{{ 7|add:7 }}"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def get(address: str, client: Client | None = None) -> Any:
    return (client or Client()).get(address)


def text(response: Any) -> str:
    found: str = response.content.decode()
    return found


def titles(address: str) -> list[str]:
    pattern = r'class="listing__title"><a [^>]*>([^<]*)<'
    return re.findall(pattern, text(get(address)))


def fill(desk: Desk) -> None:
    """Three notices of two kinds and two categories."""
    for subject, kind, category, title in (
        ("L-1", "asset_result", "05", "公务用车成交结果"),
        ("L-2", "land_result", "03", "城北新区地块成交结果"),
        ("L-3", "asset_result", "03", "城南地块附属物Ａ１２成交结果"),
    ):
        desk.publish(subject=subject, kind=kind, category=category, title=title)


# ── before its time ───────────────────────────────────────────────────────────────────────────


def test_before_its_time_a_notice_does_not_exist(desk: Desk) -> None:
    """In no state, on no page, in no feed, for no stranger."""
    draft = desk.draft(title="未公开甲")
    review = desk.submit(desk.draft(title="未公开乙"))
    approved = desk.approve(desk.submit(desk.draft(title="未公开丙")), desk.clock.now())
    for notice in (draft, review, approved):
        for address in ("", "v/1/", "qr.svg"):
            for actor in (None, desk.bo):
                found = get(f"/notices/{notice.no}/{address}", browser(actor))
                assert found.status_code == 404
                assert "未公开" not in text(found)
    for address in ("/notices/", "/notices/.atom", "/notices/.ics", "/notices/.csv"):
        for query in ("", "?q=未公开", f"?q={draft.no}"):
            found = text(get(address + query)).replace('value="未公开"', "").replace("q=", "")
            assert not re.search("未公开[甲乙丙]", found)
            assert f"/notices/{draft.no}/" not in found


def test_the_desk_is_not_kept_by_any_cache(desk: Desk) -> None:
    notice = desk.draft()
    client = browser(desk.min)
    pages = ["/staff/notices/", f"/staff/notices/{notice.no}/", f"/staff/notices/{notice.no}/edit/"]
    for address in pages:
        response = get(address, client)
        assert response.status_code == 200
        assert "no-store" in response.headers["Cache-Control"]


def test_a_page_is_never_in_a_shared_cache(desk: Desk) -> None:
    notice = desk.publish()
    for address in ("/notices/", f"/notices/{notice.no}/", f"/notices/{notice.no}/v/1/"):
        assert "private" in get(address).headers["Cache-Control"]


def test_staff_are_led_from_a_draft_to_its_desk(desk: Desk) -> None:
    notice = desk.draft()
    response = get(f"/notices/{notice.no}/", browser(desk.min))
    assert response.headers["Location"] == f"/staff/notices/{notice.no}/"


@pytest.mark.parametrize("no", ["NO-SUCH", "L-1-N2299", "..%2f", "公告"])
def test_what_is_not_there_is_404(desk: Desk, no: str) -> None:
    assert get(f"/notices/{no}/").status_code == 404


# ── search ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("q=新区", 1),
        ("q=成交结果", 3),
        ("q=l-1-n2201", 1),
        ("q=L-2", 1),
        ("q=a12", 1),
        ("q=Ａ１２", 1),
        ("q=地块 附属物", 1),
        ("q=地块　成交", 2),
        ("q=没有这样的", 0),
        ("q=%", 0),
        ("q=_", 0),
        ("kind=asset_result", 2),
        ("kind=asset_result&kind=land_result", 3),
        ("category=03", 2),
        ("kind=asset_result&category=03", 1),
        ("kind=nonsense", 3),
        ("category=99&kind=asset_result", 2),
        ("q=" + "长" * 5000, 0),
        ("page=999", 3),
        ("page=-1", 3),
        ("page=x", 3),
    ],
)
def test_search(desk: Desk, query: str, count: int) -> None:
    fill(desk)
    response = get(f"/notices/?{query}")
    assert response.status_code == 200
    assert len(titles(f"/notices/?{query}")) == count
    assert f"共 {count} 条公告" in text(response)


@pytest.mark.parametrize("address", ["/notices/%00/", "/notices/?q=%00新区"])
def test_a_nul_is_the_readers_mistake(desk: Desk, address: str) -> None:
    assert get(address).status_code == 400


def test_an_organisation_in_the_notice_is_found(desk: Desk) -> None:
    fields = {**values_of("asset_result", desk.clock.now()), "winner": "岷江实业"}
    desk.publish(fields=fields)
    assert len(titles("/notices/?q=岷江")) == 1


def test_each_facet_leaves_as_many_rows_as_it_counts(desk: Desk) -> None:
    fill(desk)
    for start in ("", "kind=asset_result", "category=03", "q=地块"):
        page = text(get(f"/notices/?{start}"))
        choices = re.findall(
            r'name="(kind|category)" value="(\w+)"( checked)?>.*?facet__count num">(\d+)<', page
        )
        assert choices
        for name, value, _is_chosen, count in choices:
            rest = "&".join(part for part in start.split("&") if not part.startswith(name))
            assert len(titles(f"/notices/?{rest}&{name}={value}")) == int(count)


def test_a_chosen_facet_stays_visible_at_zero(desk: Desk) -> None:
    fill(desk)
    page = text(get("/notices/?kind=land_listing"))
    assert 'value="land_listing" checked' in page
    assert "没有符合条件的公告" in page


def test_pages_keep_the_query_and_miss_nothing(desk: Desk) -> None:
    for number in range(27):
        desk.publish(subject=f"L-{number}", title=f"成交结果 {number:02d}")
    first, second = titles("/notices/?q=成交"), titles("/notices/?q=成交&page=2")
    assert (len(first), len(second)) == (25, 2)
    assert len({*first, *second}) == 27
    assert "q=%E6%88%90%E4%BA%A4&amp;page=2" in text(get("/notices/?q=成交"))


def test_an_empty_centre_says_so(desk: Desk) -> None:
    page = text(get("/notices/"))
    assert "没有符合条件的公告" in page
    assert 'href="/notices/"' in page


def test_search_asks_as_often_for_many(desk: Desk, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        desk.publish(subject=f"L-{number}")
    with django_assert_max_num_queries(4):
        get("/notices/?q=成交&kind=asset_result")


# ── one notice ────────────────────────────────────────────────────────────────────────────────


def test_a_notice_shows_what_is_binding(desk: Desk, django_assert_max_num_queries: Any) -> None:
    notice = desk.publish()
    version = NoticeVersion.objects.get()
    # The notice, its wording, its entry, the calendar in force, the lot's other notices.
    with django_assert_max_num_queries(5):
        page = text(get(f"/notices/{notice.no}/"))
    for shown in (
        "360,000.00 元",
        "36.00 万元",
        "人民币叁拾陆万元整",
        "（北京时间）",
        "第一行<br>第二行",
        version.content_hash,
        f"/notices/{notice.no}/qr.svg",
        "data-print",
        f'data-copy="{feeds.address(notice)}"',
    ):
        assert shown in page
    assert 'data-testid="notice-broken"' not in page


def test_a_notice_changed_behind_our_back_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = desk.publish()
    monkeypatch.setattr("notices.selectors.content_hash", lambda *_args: "0" * 64)
    assert 'data-testid="notice-broken"' in text(get(f"/notices/{notice.no}/"))


@pytest.mark.parametrize("kind", list(KINDS))
def test_words_in_any_field_are_only_words(desk: Desk, kind: str) -> None:
    fields = {
        item.name: EVIL if isinstance(value, str) and item.shape in {"line", "text"} else value
        for item, value in zip(
            KINDS[kind].fields, values_of(kind, desk.clock.now()).values(), strict=True
        )
    }
    notice = desk.approve(desk.submit(desk.draft(kind=kind, title=EVIL, fields=fields)))
    review = text(get(f"/staff/notices/{notice.no}/", browser(desk.li)))
    services.publish_notice(no=notice.no, actor=desk.li, clock=desk.clock)
    for page in (review, text(get(f"/notices/{notice.no}/")), text(get("/notices/"))):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "{{ 7|add:7 }}" in page


def test_hostile_words_in_the_search_are_only_words(desk: Desk) -> None:
    page = text(Client().get("/notices/", {"q": EVIL, "kind": EVIL}))
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_labels_are_said_in_english_and_the_notice_is_not(desk: Desk) -> None:
    notice = desk.publish()
    page = text(get(f"/notices/{notice.no}/", browser(None, "en")))
    assert "Versions and fingerprints" in page
    assert "公务用车成交结果" in page


def test_the_qr_code_is_an_image_of_its_own(desk: Desk) -> None:
    notice = desk.publish()
    response = get(f"/notices/{notice.no}/qr.svg")
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert response.content.startswith(b"<svg")
    assert "public" in response.headers["Cache-Control"]
