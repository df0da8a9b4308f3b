"""Role × state × action on the case's page: every cell that says no is a refused request."""

from dataclasses import dataclass
from typing import Any

import pytest

from approvals.models import Case
from approvals.rules.case_states import CaseState
from audit.selectors import entries_after
from kernel.actors import Actor, Role
from tests.worlds.cases import REASON, REMEDIES, Centre
from tests.worlds.city import organisation, person
from tests.worlds.pages import browser

pytestmark = pytest.mark.django_db

WHOSE = {
    "accept": Role.WINDOW_CLERK,
    "notify_correction": Role.WINDOW_CLERK,
    "refuse": Role.WINDOW_CLERK,
    "withdraw": Role.WINDOW_CLERK,
    "start_review": Role.DEPARTMENT_REVIEWER,
    "propose": Role.DEPARTMENT_REVIEWER,
    "decide": Role.SECTION_CHIEF,
    "return": Role.SECTION_CHIEF,
}
"""Written again from the rule book, not read from the code."""
WHEN = {
    CaseState.RECEIVED: {"accept", "notify_correction", "refuse", "withdraw"},
    CaseState.CORRECTION: {"accept", "withdraw"},
    CaseState.ACCEPTED: {"start_review", "withdraw"},
    CaseState.REVIEW: {"propose", "withdraw"},
    CaseState.PROPOSED: {"decide", "return"},
    CaseState.GRANTED: set(),
    CaseState.DENIED: set(),
    CaseState.REFUSED: set(),
    CaseState.WITHDRAWN: set(),
}
SEE = {
    Role.WINDOW_CLERK,
    Role.DEPARTMENT_REVIEWER,
    Role.SECTION_CHIEF,
    Role.SUPERVISOR,
    Role.AUDITOR,
}
POSTS: dict[str, dict[str, Any]] = {
    "accept": {"handed_in": ["申请报告", "资金证明"]},
    "refuse": {"reason": REASON, "right_organ": "市水务局"},
    "withdraw": {"reason": REASON},
    "propose": {"proposal": "grant", "opinion": "可以。"},
    "decide": {"decision": "deny", "reason": REASON, "remedies": REMEDIES},
    "return": {"reason": REASON},
}
ROLES: list[Role | None] = [None, *Role]


@dataclass
class Hall:
    centre: Centre
    people: dict[Role | None, Actor | None]


@pytest.fixture
def hall() -> Hall:
    """One person a role, besides those who made the case."""
    centre = Centre()
    people: dict[Role | None, Actor | None] = {None: None}
    office = organisation("另一单位", 9100)
    for role in Role:
        people[role] = person(f"only-{role.value}", office, role)
    return Hall(centre, people)


def case_in(hall: Hall, state: CaseState, action: str) -> Case:
    case = hall.centre.case_in(state)
    if action == "notify_correction" and state == CaseState.RECEIVED:
        case.handed_in = []
        case.save(update_fields=["handed_in"])
    return case


def expected(role: Role | None, state: CaseState, action: str) -> int:
    if role not in SEE:
        return 404
    if role != WHOSE[action]:
        return 403
    return 302 if action in WHEN[state] else 409


@pytest.mark.parametrize("state", list(CaseState), ids=str)
def test_every_cell(hall: Hall, state: CaseState, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refused ones first: the case must be untouched when the one that may comes last."""
    monkeypatch.setattr("approvals.views.system_clock", lambda: hall.centre.clock)
    browsers = {role: browser(hall.people[role]) for role in ROLES}
    for action, whose in WHOSE.items():
        case = case_in(hall, state, action)
        length = len(entries_after(f"case/{case.no}", 0))
        for role in sorted(ROLES, key=lambda role, whose=whose: role == whose):
            address = f"/staff/cases/{case.no}/{action}/"
            response = browsers[role].post(address, POSTS.get(action, {}))
            status = expected(role, state, action)
            assert response.status_code == status, (action, role)
            assert len(entries_after(f"case/{case.no}", 0)) == length + (status == 302)


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_the_desk(hall: Hall, role: Role | None) -> None:
    case = hall.centre.receive()
    client = browser(hall.people[role])
    is_seen = role in SEE
    assert client.get("/staff/cases/").status_code == (200 if is_seen else 403)
    assert client.get(f"/staff/cases/{case.no}/").status_code == (200 if is_seen else 404)
    may_receive = role == Role.WINDOW_CLERK
    assert client.get("/staff/cases/new/SG-XK/").status_code == (200 if may_receive else 403)


@pytest.mark.parametrize("action", ["deem", "grant", "deny", "delete", "..", "accept/x"])
def test_there_are_no_other_actions(hall: Hall, action: str) -> None:
    case = hall.centre.receive()
    client = browser(hall.people[Role.WINDOW_CLERK])
    assert client.post(f"/staff/cases/{case.no}/{action}/").status_code == 404


def test_the_applicant_sees_its_own_case_and_no_rival_does(hall: Hall) -> None:
    case = hall.centre.propose(hall.centre.accept(hall.centre.receive()))
    own, rival = browser(hall.centre.alice), browser(hall.centre.bob)
    page = own.get(f"/staff/cases/{case.no}/")
    assert page.status_code == 200
    assert "符合条件" not in page.content.decode()
    assert rival.get(f"/staff/cases/{case.no}/").status_code == 404
    assert own.post(f"/staff/cases/{case.no}/decide/", POSTS["decide"]).status_code == 403
