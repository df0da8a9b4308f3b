"""The department: review, proposal, decision by another person, denial with reason and remedies."""

from datetime import date

import pytest

from approvals.models import Case
from approvals.projection import clock_of
from approvals.rules.case_states import CaseState
from approvals.selectors import project_approval
from approvals.services import decision
from audit.selectors import EntryView, entries_after
from kernel.errors import Conflict, Forbidden, Invalid
from law import selectors as law
from tests.worlds.cases import REASON, REMEDIES, Centre, beijing

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre() -> Centre:
    return Centre()


def last(case: Case) -> EntryView:
    return entries_after(f"case/{case.no}", 0)[-1]


def test_a_grant_stops_the_clocks_and_opens_the_gate(centre: Centre) -> None:
    project = centre.project()
    case = centre.receive(project_no=project)
    assert project_approval(project, organisation_id=centre.applicant.pk) is None
    centre.propose(centre.accept(case))
    centre.days_later(1)
    decided = centre.decide(case)
    assert (decided.state, decided.decided_on) == (CaseState.GRANTED, date(2026, 3, 3))
    assert (decided.decided_by, decided.reason) == (centre.chen.id, "符合条件。")
    approval = project_approval(project, organisation_id=centre.applicant.pk)
    assert approval is not None
    assert approval.organisation_id == centre.applicant.pk
    assert approval.case_no == case.no
    body = last(case).body
    assert (body["decision"], body["project_no"], body["is_on_time"]) == ("grant", project, True)


@pytest.mark.parametrize(
    "state", [state for state in CaseState if state != CaseState.GRANTED], ids=str
)
def test_the_gate_stays_shut_without_a_grant(centre: Centre, state: CaseState) -> None:
    case = centre.case_in(state)
    Case.objects.filter(pk=case.pk).update(project_no="P-9")
    assert project_approval("P-9", organisation_id=centre.applicant.pk) is None


def test_a_grant_against_the_proposal_needs_its_own_reason(centre: Centre) -> None:
    """The reviewer argued for a denial: that opinion must not stand as the reason of a grant."""
    case = centre.propose(centre.accept(centre.receive()), proposal="deny")
    with pytest.raises(Invalid) as caught:
        centre.decide(case, "grant")
    assert "不一致" in str(caught.value.fields["reason"])
    case.refresh_from_db()
    assert (case.state, case.reason) == (CaseState.PROPOSED, "")
    decided = decision.decide_case(
        no=case.no, decision="grant", reason="条件已补齐。", actor=centre.chen, clock=centre.clock
    )
    assert decided.reason == "条件已补齐。"


def test_a_grant_to_another_opens_no_gate(centre: Centre) -> None:
    """Even a row that stands under a foreign number, however it came there, is not that unit's."""
    project = centre.project(unit=centre.other)
    case = centre.case_in(CaseState.GRANTED)
    Case.objects.filter(pk=case.pk).update(project_no=project)
    assert project_approval(project, organisation_id=centre.other.pk) is None


def test_a_denial_tells_reason_and_remedies(centre: Centre) -> None:
    case = centre.case_in(CaseState.DENIED)
    assert (case.reason, case.remedies) == (REASON, REMEDIES)
    body = last(case).body
    assert (body["decision"], body["reason"], body["remedies"]) == ("deny", REASON, REMEDIES)


@pytest.mark.parametrize(
    ("reason", "remedies", "fields"),
    [
        (" ", REMEDIES, {"reason"}),
        (REASON, "", {"remedies"}),
        ("", "", {"reason", "remedies"}),
    ],
)
def test_a_denial_without_them_is_none(
    centre: Centre, reason: str, remedies: str, fields: set[str]
) -> None:
    case = centre.case_in(CaseState.PROPOSED)
    with pytest.raises(Invalid) as caught:
        decision.decide_case(
            no=case.no,
            decision="deny",
            reason=reason,
            remedies=remedies,
            actor=centre.chen,
            clock=centre.clock,
        )
    assert set(caught.value.fields) == fields
    case.refresh_from_db()
    assert (case.state, case.decided_on) == (CaseState.PROPOSED, None)
    assert last(case).kind == "approvals.decision_proposed"


def test_who_proposes_never_decides(centre: Centre) -> None:
    """Kai holds both roles and still cannot decide what he proposed."""
    case = centre.propose(centre.accept(centre.receive()), centre.kai)
    with pytest.raises(Forbidden) as caught:
        centre.decide(case, actor=centre.kai)
    assert caught.value.code == "own_proposal"
    case.refresh_from_db()
    assert case.state == CaseState.PROPOSED
    assert centre.decide(case, actor=centre.chen).state == CaseState.GRANTED


def test_another_s_proposal_kai_may_decide(centre: Centre) -> None:
    case = centre.propose(centre.accept(centre.receive()), centre.rui)
    assert centre.decide(case, actor=centre.kai).state == CaseState.GRANTED


def test_the_centre_s_staff_never_decides(centre: Centre) -> None:
    case = centre.case_in(CaseState.PROPOSED)
    for actor in (centre.tao, centre.wen, centre.rui, centre.alice):
        with pytest.raises(Forbidden):
            centre.decide(case, actor=actor)
    case.refresh_from_db()
    assert case.state == CaseState.PROPOSED


@pytest.mark.parametrize(
    ("choice", "opinion", "fields"),
    [("", "好", {"proposal"}), ("maybe", "好", {"proposal"}), ("grant", " ", {"opinion"})],
)
def test_a_proposal_is_a_choice_with_an_opinion(
    centre: Centre, choice: str, opinion: str, fields: set[str]
) -> None:
    case = centre.case_in(CaseState.REVIEW)
    with pytest.raises(Invalid) as caught:
        decision.propose_decision(
            no=case.no, proposal=choice, opinion=opinion, actor=centre.rui, clock=centre.clock
        )
    assert set(caught.value.fields) == fields
    case.refresh_from_db()
    assert case.state == CaseState.REVIEW


def test_a_proposal_goes_back_and_the_clock_runs_on(centre: Centre) -> None:
    case = centre.case_in(CaseState.PROPOSED)
    due = case.due_com_on
    returned = decision.return_proposal(
        no=case.no, reason="补充现场核查意见。", actor=centre.chen, clock=centre.clock
    )
    assert (returned.state, returned.due_com_on) == (CaseState.REVIEW, due)
    assert last(case).body["reason"] == "补充现场核查意见。"
    again = decision.propose_decision(
        no=case.no, proposal="grant", opinion="已核查。", actor=centre.ren, clock=centre.clock
    )
    assert again.proposer == centre.ren.id


def test_a_return_has_a_reason(centre: Centre) -> None:
    case = centre.case_in(CaseState.PROPOSED)
    with pytest.raises(Invalid):
        decision.return_proposal(no=case.no, reason="", actor=centre.chen, clock=centre.clock)
    case.refresh_from_db()
    assert case.state == CaseState.PROPOSED


@pytest.mark.parametrize("state", [CaseState.GRANTED, CaseState.DENIED], ids=str)
def test_a_decision_stands(centre: Centre, state: CaseState) -> None:
    case = centre.case_in(state)
    with pytest.raises(Conflict):
        centre.decide(case, "grant" if state == CaseState.DENIED else "deny")
    case.refresh_from_db()
    assert case.state == state


# ── the clock and its lights ──────────────────────────────────────────────────────────────────


def light(case: Case, on: str) -> str:
    return clock_of(case, date.fromisoformat(on), law.calendar()).light


def test_rb1_as_a_case(centre: Centre) -> None:
    centre.clock.set(beijing("2025-09-22 10:00"))
    case = centre.accept(centre.receive())
    lights = [light(case, f"2025-{day}") for day in ("09-28", "09-29", "09-30", "10-01")]
    assert lights == ["GREEN", "YELLOW", "YELLOW", "RED"]
    centre.propose(case)
    centre.clock.set(beijing("2025-10-09 10:00"))
    decided = centre.decide(case)
    assert last(case).body["is_on_time"] is False
    for later in ("2025-10-09", "2026-05-01"):
        assert light(decided, later) == "DONE_LATE"


def test_a_red_case_never_heals(centre: Centre) -> None:
    """Neither a return, a new proposal nor the passing of time makes it green again."""
    centre.clock.set(beijing("2025-09-22 10:00"))
    case = centre.propose(centre.accept(centre.receive()))
    centre.clock.set(beijing("2025-10-09 10:00"))
    assert light(case, "2025-10-09") == "RED"
    case = decision.return_proposal(
        no=case.no, reason="重审。", actor=centre.chen, clock=centre.clock
    )
    case = decision.propose_decision(
        no=case.no, proposal="grant", opinion="可以。", actor=centre.rui, clock=centre.clock
    )
    assert light(case, "2025-10-10") == "RED"
    assert light(centre.decide(case), "2025-10-10") == "DONE_LATE"


def test_the_arithmetic_is_told(centre: Centre) -> None:
    centre.clock.set(beijing("2025-09-22 18:00"))
    case = centre.receive()
    centre.clock.set(beijing("2025-09-23 10:00"))
    case = centre.accept(case)
    words = clock_of(case, date(2025, 9, 24), law.calendar()).explain
    assert words[0].startswith("2025-09-22 18:00 收件，按 2025-09-23 收到计算")
    assert "17:30 之后" in words[1]
    assert "承诺时限 7 个工作日，至 2025-10-09。" in words
    assert "调休上班计入：2025-09-28。" in words
