"""The window's and the department's pages: input kept, errors told, one person proposes, another
decides; the number of queries does not grow with the list."""

from typing import Any

import pytest

from approvals.models import Case
from approvals.projection import NEXT
from approvals.rules.case_states import CASE_TABLE, CaseState
from tests.worlds.cases import APPLICANT, Centre, beijing
from tests.worlds.pages import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre(monkeypatch: pytest.MonkeyPatch) -> Centre:
    found = Centre()
    monkeypatch.setattr("approvals.views.system_clock", lambda: found.clock)
    return found


def text(response: Any) -> str:
    found: str = response.content.decode()
    return found


TURNS = {
    CaseState.RECEIVED: ("窗口", "Window clerk"),
    CaseState.CORRECTION: ("窗口", "Window clerk"),
    CaseState.ACCEPTED: ("部门审核", "Department reviewer"),
    CaseState.REVIEW: ("部门审核", "Department reviewer"),
    CaseState.PROPOSED: ("科长", "Section chief"),
    CaseState.GRANTED: ("没有下一步", "Nothing comes next"),
    CaseState.DENIED: ("没有下一步", "Nothing comes next"),
    CaseState.REFUSED: ("没有下一步", "Nothing comes next"),
    CaseState.WITHDRAWN: ("没有下一步", "Nothing comes next"),
}


def test_every_state_says_whose_turn_it_is_and_the_table_agrees() -> None:
    assert set(TURNS) == set(NEXT) == set(CaseState)
    for state, (role, _words) in NEXT.items():
        acting = [move.roles for (at, _step), move in CASE_TABLE.items() if at == state]
        assert bool(role) == bool(acting), state
        assert role is None or any(role in roles for roles in acting), state


@pytest.mark.parametrize("state", list(CaseState))
def test_the_page_of_a_case_says_whose_turn_it_is(centre: Centre, state: CaseState) -> None:
    """To everybody inside, also to the chief of a case that nobody has proposed yet."""
    case = centre.case_in(state)
    for actor in (centre.wen, centre.rui, centre.chen):
        for language, words in zip(("zh-hans", "en"), TURNS[state], strict=True):
            page = text(browser(actor, language).get(f"/staff/cases/{case.no}/"))
            start = page.index('data-testid="case-turn"')
            assert words in page[start : page.index("</p>", start)]


FORM = {
    "organisation_code": APPLICANT,
    "contact": "石磊",
    "phone": "13800001234",
    "handed_in": ["申请报告"],
    "project_no": "",
    "project_name": "",
}


def test_the_window_receives(centre: Centre) -> None:
    client = browser(centre.wen)
    response = client.post("/staff/cases/new/SG-XK/", FORM)
    case = Case.objects.get()
    assert response.headers["Location"] == f"/staff/cases/{case.no}/"
    page = text(client.get(response.headers["Location"]))
    assert case.no in page
    assert "一次性告知补正" in page


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("organisation_code", "123", "统一社会信用代码有误"),
        ("organisation_code", "91510600MA6299990X", "统一社会信用代码"),
        ("phone", "abc", "7 至 12 位数字"),
        ("contact", "", "这个字段是必填项"),
        ("handed_in", ["别的材料"], "别的材料"),
        ("project_no", "510600-2026-03-99999", "没有这个编号的进场项目"),
    ],
)
def test_bad_input_is_told_and_nothing_is_lost(
    centre: Centre, name: str, value: Any, message: str
) -> None:
    response = browser(centre.wen).post(
        "/staff/cases/new/SG-XK/", {**FORM, "project_name": "保留我", name: value}
    )
    page = text(response)
    assert response.status_code == 422
    assert message in page
    assert "保留我" in page
    assert not Case.objects.exists()


def test_a_doubled_click_opens_one_case(centre: Centre) -> None:
    client = browser(centre.wen)
    posted = {**FORM, "project_no": centre.project()}
    client.post("/staff/cases/new/SG-XK/", posted)
    again = client.post("/staff/cases/new/SG-XK/", posted)
    assert Case.objects.get().no in text(again)


def test_an_unknown_item_or_case_is_404(centre: Centre) -> None:
    client = browser(centre.wen)
    assert client.get("/staff/cases/new/NO/").status_code == 404
    assert client.get("/staff/cases/SL0/").status_code == 404
    assert client.get("/items/NO/").status_code == 404


def test_a_denial_without_reason_comes_back_as_typed(centre: Centre) -> None:
    case = centre.case_in(CaseState.PROPOSED)
    response = browser(centre.chen).post(
        f"/staff/cases/{case.no}/decide/",
        {"decision": "deny", "reason": "", "remedies": "六十日内申请复议"},
    )
    page = text(response)
    assert response.status_code == 422
    assert "不予许可须写明理由" in page
    assert "六十日内申请复议" in page
    case.refresh_from_db()
    assert case.state == CaseState.PROPOSED


def test_the_proposer_is_told_that_another_decides(centre: Centre) -> None:
    case = centre.propose(centre.accept(centre.receive()), centre.kai)
    client = browser(centre.kai)
    page = text(client.get(f"/staff/cases/{case.no}/"))
    assert "须由另一人决定" in page
    assert f"/staff/cases/{case.no}/decide/" not in page
    refused = client.post(
        f"/staff/cases/{case.no}/decide/", {"decision": "grant", "reason": "", "remedies": ""}
    )
    assert refused.status_code == 403


def test_an_action_too_late_is_a_conflict(centre: Centre) -> None:
    case = centre.case_in(CaseState.GRANTED)
    response = browser(centre.chen).post(
        f"/staff/cases/{case.no}/decide/", {"decision": "grant", "reason": "", "remedies": ""}
    )
    assert response.status_code == 409


def test_a_decision_too_late_keeps_its_reason(centre: Centre) -> None:
    """Chen wrote while Kai decided."""
    case = centre.case_in(CaseState.PROPOSED)
    centre.decide(case, "deny", actor=centre.kai)
    response = browser(centre.chen).post(
        f"/staff/cases/{case.no}/decide/",
        {"decision": "grant", "reason": "写了很久的理由", "remedies": ""},
    )
    assert response.status_code == 409
    assert "写了很久的理由" in text(response)
    case.refresh_from_db()
    assert case.state == CaseState.DENIED


def test_words_typed_by_people_are_only_words(centre: Centre) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    case = centre.receive(contact=evil[:60], project_name=evil)
    page = text(browser(centre.wen).get(f"/staff/cases/{case.no}/"))
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_date_explains_itself_in_both_languages(centre: Centre) -> None:
    centre.clock.set(beijing("2025-09-22 10:00"))
    case = centre.accept(centre.receive())
    chinese = text(browser(centre.wen).get(f"/staff/cases/{case.no}/"))
    assert "承诺时限 7 个工作日，至 2025-09-30。" in chinese
    assert "调休上班计入：2025-09-28。" in chinese
    english = text(browser(centre.wen, "en").get(f"/staff/cases/{case.no}/"))
    assert "Promised limit: 7 working days, until 2025-09-30." in english
    assert "Make-up working days counted: 2025-09-28." in english


def test_a_date_of_an_unpublished_year_is_marked(centre: Centre) -> None:
    centre.clock.set(beijing("2026-12-10 10:00"))
    case = centre.accept(centre.receive())
    page = text(browser(centre.wen).get(f"/staff/cases/{case.no}/"))
    assert page.count('data-testid="provisional"') == 1


def test_an_empty_desk_says_what_to_do(centre: Centre) -> None:
    assert "没有在办的办件" in text(browser(centre.wen).get("/staff/cases/"))


def test_the_desk_asks_as_often_for_many_cases(
    centre: Centre, django_assert_max_num_queries: Any
) -> None:
    client = browser(centre.rui)
    centre.accept(centre.receive())
    client.get("/staff/cases/")
    for _number in range(12):
        centre.accept(centre.receive())
    with django_assert_max_num_queries(8):
        page = client.get("/staff/cases/")
    assert text(page).count("剩") >= 12


def test_a_case_s_page_has_its_queries(centre: Centre, django_assert_max_num_queries: Any) -> None:
    case = centre.case_in(CaseState.GRANTED)
    client = browser(centre.rui)
    client.get(f"/staff/cases/{case.no}/")
    with django_assert_max_num_queries(7):
        client.get(f"/staff/cases/{case.no}/")


def test_the_guide_tells_all_five(centre: Centre, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(1):
        page = text(browser(None).get("/items/SG-XK/"))
    for told in ("申请报告", "20 个工作日", "7 个工作日", "行政许可法", "不收费", "办理程序"):
        assert told in page
    with django_assert_max_num_queries(1):
        assert "项目审批" in text(browser(None).get("/items/"))
