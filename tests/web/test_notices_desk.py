"""The desk's pages: what was typed stays, errors stand beside their fields, two people."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation

from kernel.actors import Role
from law import selectors as law
from law.projection import law_words
from notices import services
from notices.models import Notice
from notices.rules.kinds import KINDS
from notices.rules.states import NoticeState
from tests.worlds.cases import beijing
from tests.worlds.city import organisation, person
from tests.worlds.market import Market, Plan
from tests.worlds.notices import Desk, values_of
from tests.worlds.pages import browser
from trading.rules.procedures import PROCEDURES

pytestmark = pytest.mark.django_db
TOO_SHORT = {"opens_at": beijing("2026-04-08 10:00")}  # 19 days after the notice; LD-01 asks 20


@pytest.fixture
def market(market: Market) -> Market:
    """On the morning of the usual notice."""
    market.clock.set(beijing("2026-03-20 09:00"))
    return market


def test_the_reviewer_reads_the_broken_rule_and_cannot_approve(market: Market) -> None:
    lot = market.draft(Plan(**TOO_SHORT))
    services.submit_notice(no=lot.notice_no, actor=market.wang, clock=market.clock)
    client, page = browser(market.li), f"/staff/notices/{lot.notice_no}/"

    shown = text(client.get(page))
    answer = client.post(f"{page}approve/", {})

    for quoted in ("现在发布不合法", "LD-01", "第八条", "2026-04-09"):
        assert quoted in shown
    assert answer.status_code == 422
    assert "LD-01" in text(answer).partition('id="id_publish_at"')[0]  # the summary names it
    assert Notice.objects.get(no=lot.notice_no).state == NoticeState.REVIEW
    english = text(browser(market.li, language="en").get(page))
    gate = english.partition('data-testid="obstacles"')[2].partition("</ul>")[0]
    assert "Order No. 39 of the Ministry of Land and Resources, Article 8" in gate
    assert not re.search(r"[\u4e00-\u9fff]", gate)


def test_what_an_approval_still_lacks_is_a_warning(market: Market) -> None:
    """The case may be granted before the notice's time comes: LK-1 is asked again then."""
    lot = market.draft(Plan(), market.project())
    services.submit_notice(no=lot.notice_no, actor=market.wang, clock=market.clock)
    client, page = browser(market.li), f"/staff/notices/{lot.notice_no}/"

    assert "LK-1" in text(client.get(page)).partition('data-testid="obstacles"')[2]
    assert client.post(f"{page}approve/", {}).status_code == 302


def test_a_blocked_publication_is_told_on_its_notice(market: Market) -> None:
    lot = market.draft()
    market.approve(lot, beijing("2026-03-20 09:00"))
    page = f"/staff/notices/{lot.notice_no}/"
    waiting = text(browser(market.li).get(page))
    assert 'data-testid="blocked"' not in waiting
    assert "到时自动发布" in waiting
    market.clock.set(beijing("2026-03-22 09:00"))
    market.publish(lot)

    for who in (market.wang, market.li):
        shown = text(browser(who).get(page))
        assert "LD-01" in shown.partition('data-testid="blocked"')[2]
        assert "到时自动发布" not in shown


def test_an_approval_that_was_taken_back_promises_no_time(market: Market) -> None:
    """Neither on the notice nor on the lot, whose own schedule lapses when its time comes."""
    lot = market.draft()
    market.approve(lot, beijing("2026-03-21 09:00"))
    pages = (f"/staff/notices/{lot.notice_no}/", f"/staff/lots/{lot.no}/")
    for page in pages:
        assert "2026-03-21 09:00" in text(browser(market.wang).get(page))
    returned = {"reason": "附件有误"}
    answer = browser(market.li).post(f"/staff/notices/{lot.notice_no}/return/", returned)
    assert answer.status_code == 302
    for page in pages:
        shown = text(browser(market.wang).get(page))
        assert "2026-03-21 09:00" not in shown
        assert "公告已复核" not in shown


def test_what_the_sale_quotes_of_the_law_is_read_in_english() -> None:
    with translation.override("en"):
        for rule in {rule for item in PROCEDURES.values() for rule in item.rules()}:
            row = law.rule(rule, on=date(2026, 3, 20))
            for words in (row.name, row.source):
                assert "<span" not in law_words(words), words


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    found = Desk()
    monkeypatch.setattr("notices.views.system_clock", lambda: found.clock)
    return found


def text(response: Any) -> str:
    found: str = response.content.decode()
    return found


def typed(notice: Notice, **changes: str) -> dict[str, str]:
    shown = {name: value for name, value in notice.fields.items() if isinstance(value, str)}
    return {"title": notice.title, **shown, **changes}


def test_a_draft_is_saved_and_shown(desk: Desk) -> None:
    notice = desk.draft(kind="asset_auction")
    client = browser(desk.min)
    response = client.post(
        f"/staff/notices/{notice.no}/edit/", typed(notice, description="六辆公务用车")
    )
    assert response.status_code == 302
    assert "六辆公务用车" in text(client.get(f"/staff/notices/{notice.no}/"))


def test_what_is_missing_stands_beside_its_field(desk: Desk) -> None:
    notice = desk.draft(kind="asset_auction", fields={})
    response = browser(desk.min).post(
        f"/staff/notices/{notice.no}/edit/",
        {"title": "题", "description": "留下我", "submit": "1"},
    )
    page = text(response)
    assert response.status_code == 422
    assert "请填写“委托单位”（必填）。" in page
    assert "留下我" in page
    notice.refresh_from_db()
    assert (notice.state, notice.fields["description"]) == (NoticeState.DRAFT, "留下我")


def test_only_what_the_notice_can_do_without_is_called_optional(desk: Desk) -> None:
    notice = desk.draft(kind="asset_auction", fields={})
    page = text(browser(desk.min).get(f"/staff/notices/{notice.no}/edit/"))
    typed_in = [item for item in KINDS["asset_auction"].fields if not item.is_derived]
    assert page.count("（选填）") == sum(not item.is_required for item in typed_in)
    assert any(item.is_required for item in typed_in)


def test_another_s_change_is_told_and_the_text_kept(desk: Desk) -> None:
    notice = desk.draft(kind="asset_auction")
    first, second = browser(desk.min), browser(desk.na)
    address = f"/staff/notices/{notice.no}/edit/"
    base = first.get(address).context["form"]["base"].value()
    first.post(address, typed(notice, description="先", base=base))
    response = second.post(address, typed(notice, description="后", base=base))
    assert response.status_code == 422
    assert "草稿已被他人修改" in text(response)
    assert ">后</textarea>" in text(response).replace("\n", "")
    notice.refresh_from_db()
    assert notice.fields["description"] == "先"
    fresh = response.context["form"]["base"].value()
    assert second.post(address, typed(notice, description="后", base=fresh)).status_code == 302


def test_the_reviewer_schedules(desk: Desk) -> None:
    notice = desk.submit(desk.draft())
    response = browser(desk.li).post(
        f"/staff/notices/{notice.no}/approve/", {"publish_at": "2026-03-03T09:00"}
    )
    assert response.status_code == 302
    notice.refresh_from_db()
    assert (notice.state, notice.publish_at) == (NoticeState.APPROVED, beijing("2026-03-03 09:00"))


@pytest.mark.parametrize("at", ["2026-03-01T09:00", "soon", "2026-13-01 09:00", "2026-03-02 08:59"])
def test_a_time_that_is_none_or_past_is_refused(desk: Desk, at: str) -> None:
    notice = desk.submit(desk.draft())
    response = browser(desk.li).post(f"/staff/notices/{notice.no}/approve/", {"publish_at": at})
    assert response.status_code == 422
    notice.refresh_from_db()
    assert notice.state == NoticeState.REVIEW


@pytest.mark.parametrize(
    ("posted", "words"),
    [
        ({"when": "later", "publish_at": ""}, "时间是空的或不完整：请填写年月日和时分，例如 2026"),
        (
            {"when": "later", "publish_at": "2026-03-03 25:00"},
            "时间不完整或不存在：请填写年月日和时分",
        ),
        ({"when": "later", "publish_at": "2026-03-02 08:59"}, "发布时间已经过去：请填写将来的时间"),
        ({"when": "now", "publish_at": "2026-03-03T09:00"}, "选择了立即发布，又填写了时间"),
    ],
)
def test_what_is_wrong_with_the_time_is_told(
    desk: Desk, posted: dict[str, str], words: str
) -> None:
    """A browser sends a half-filled time as nothing: that must not publish at once."""
    notice = desk.submit(desk.draft())
    response = browser(desk.li).post(f"/staff/notices/{notice.no}/approve/", posted)
    assert response.status_code == 422
    assert words in text(response)
    notice.refresh_from_db()
    assert notice.state == NoticeState.REVIEW


def test_at_once_is_chosen(desk: Desk) -> None:
    notice = desk.submit(desk.draft())
    address = f"/staff/notices/{notice.no}/"
    assert 'value="now"' in text(browser(desk.li).get(address))
    posted = {"when": "now", "publish_at": ""}
    assert browser(desk.li).post(f"{address}approve/", posted).status_code == 302
    notice.refresh_from_db()
    assert notice.state == NoticeState.APPROVED


def test_provisional_dates_are_marked_and_confirmed(desk: Desk) -> None:
    fields = values_of("asset_result", beijing("2027-01-15 10:00"))
    notice = desk.submit(desk.draft(fields=fields))
    client = browser(desk.li)
    page = text(client.get(f"/staff/notices/{notice.no}/"))
    assert 'data-testid="provisional"' in page
    assert 'name="confirms_provisional"' in page
    refused = client.post(f"/staff/notices/{notice.no}/approve/", {"publish_at": ""})
    assert refused.status_code == 422
    assert "确认后方可发布" in text(refused)
    posted = {"publish_at": "", "confirms_provisional": "on"}
    assert client.post(f"/staff/notices/{notice.no}/approve/", posted).status_code == 302


def test_settled_dates_ask_for_no_confirmation(desk: Desk) -> None:
    notice = desk.submit(desk.draft())
    page = text(browser(desk.li).get(f"/staff/notices/{notice.no}/"))
    assert 'name="confirms_provisional"' not in page
    assert 'data-testid="provisional"' not in page


def test_a_writer_is_told_that_another_reviews(desk: Desk) -> None:
    notice = desk.submit(desk.draft(actor=desk.na))
    client = browser(desk.na)
    page = text(client.get(f"/staff/notices/{notice.no}/"))
    assert "须由另一人复核" in page
    assert "/approve/" not in page
    refused = client.post(f"/staff/notices/{notice.no}/approve/", {"publish_at": ""})
    assert refused.status_code == 403
    notice.refresh_from_db()
    assert notice.state == NoticeState.REVIEW


def test_approving_twice_is_a_conflict(desk: Desk) -> None:
    notice = desk.approve(desk.submit(desk.draft()), desk.clock.now() + timedelta(hours=1))
    response = browser(desk.li).post(f"/staff/notices/{notice.no}/approve/", {"publish_at": ""})
    assert response.status_code == 409


def test_a_return_needs_its_reason_and_reaches_the_author(desk: Desk) -> None:
    notice = desk.submit(desk.draft())
    client = browser(desk.li)
    address = f"/staff/notices/{notice.no}/return/"
    assert client.post(address, {"reason": " "}).status_code == 422
    assert client.post(address, {"reason": "金额有误"}).status_code == 302
    assert "金额有误" in text(browser(desk.min).get(f"/staff/notices/{notice.no}/edit/"))


SEE = {Role.NOTICE_CLERK, Role.NOTICE_REVIEWER, Role.SUPERVISOR, Role.AUDITOR}
WHOSE = {
    "edit": Role.NOTICE_CLERK,
    "approve": Role.NOTICE_REVIEWER,
    "return": Role.NOTICE_REVIEWER,
}
WHEN = {
    "edit": {NoticeState.DRAFT},
    "approve": {NoticeState.REVIEW},
    "return": {NoticeState.REVIEW, NoticeState.APPROVED},
}
POSTS = {"edit": {"title": "改"}, "approve": {"publish_at": ""}, "return": {"reason": "改"}}


@pytest.mark.parametrize("state", list(NoticeState), ids=str)
def test_every_cell(desk: Desk, state: NoticeState) -> None:
    """Role × state × action; who may comes last, so that the others find it untouched."""
    office = organisation("另一单位", 9100)
    people = {role: person(f"only-{role.value}", office, role) for role in Role}
    browsers = {None: browser(None), **{role: browser(actor) for role, actor in people.items()}}
    for action, whose in WHOSE.items():
        notice = desk.draft()
        ways: tuple[Any, ...] = (desk.submit, desk.approve)
        for go in ways[: list(NoticeState).index(state)]:
            notice = go(notice)
        if state == NoticeState.PUBLISHED:
            notice = desk.publish()
        for role in sorted(browsers, key=lambda role, whose=whose: role == whose):
            address = f"/staff/notices/{notice.no}/{action}/"
            response = browsers[role].post(address, POSTS[action])
            hidden = role not in SEE and state != NoticeState.PUBLISHED
            refused = 404 if hidden else 403
            allowed = 302 if state in WHEN[action] else 409
            expected = allowed if role == whose else refused
            assert response.status_code == expected, (action, role)


def test_the_desk_asks_as_often_for_many(desk: Desk, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        desk.draft(f"L-{number}")
    client = browser(desk.min)
    client.get("/staff/notices/")
    with django_assert_max_num_queries(6):
        page = text(client.get("/staff/notices/"))
    assert "第 1–25 条，共 30 条" in page


def test_an_empty_desk_says_where_drafts_come_from(desk: Desk) -> None:
    assert "没有待办的公告" in text(browser(desk.min).get("/staff/notices/"))


def test_a_draft_handed_in_meanwhile_keeps_the_text(desk: Desk) -> None:
    notice = desk.draft(kind="asset_auction")
    client, address = browser(desk.min), f"/staff/notices/{notice.no}/edit/"
    typed_late = typed(notice, description="写了一个小时")
    desk.submit(notice)
    response = client.post(address, typed_late)
    assert response.status_code == 409
    assert "写了一个小时" in text(response)
    notice.refresh_from_db()
    assert notice.fields["description"] != "写了一个小时"


def test_a_notice_that_is_no_draft_is_read_and_not_edited(desk: Desk) -> None:
    waiting = desk.submit(desk.draft("L-9", kind="asset_auction"))
    published = desk.publish(subject="other")
    client = browser(desk.min)
    for notice, why in ((waiting, "先由复核人退回"), (published, "内容随发布冻结")):
        response = client.get(f"/staff/notices/{notice.no}/edit/", follow=True)
        assert response.redirect_chain == [(f"/staff/notices/{notice.no}/", 302)]
        assert why in text(response)
    late = client.post(f"/staff/notices/{published.no}/edit/", {"title": "改题"})
    assert late.status_code == 409
    assert "现为“已发布”" in text(late)
    assert "保存草稿" not in text(late)


def test_a_reviewer_who_comes_second_keeps_the_reason(desk: Desk) -> None:
    notice = desk.submit(desk.draft(kind="asset_auction"))
    notice = desk.approve(notice)
    desk.publish(subject="other")
    services.return_notice(no=notice.no, reason="先退", actor=desk.li, clock=desk.clock)
    address = f"/staff/notices/{notice.no}"
    response = browser(desk.na).post(f"{address}/return/", {"reason": "写好的理由"})
    assert response.status_code == 409
    assert "写好的理由" in text(response)
    again = browser(desk.na).post(f"{address}/approve/", {"publish_at": ""})
    assert again.status_code == 409
    assert "当前状态下不能这样做" in text(again)
