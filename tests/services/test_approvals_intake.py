"""The window: receipt, the one-time notice, acceptance, refusal, withdrawal, silence."""

from datetime import date, timedelta

import pytest

from approvals.models import Case
from approvals.rules.case_states import CaseState
from approvals.selectors import list_due
from approvals.services import intake
from audit.selectors import EntryView, entries_after
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests.worlds.cases import PAPERS, Centre, beijing

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre() -> Centre:
    return Centre()


def story(case: Case) -> list[EntryView]:
    return entries_after(f"case/{case.no}", 0)


def last(case: Case) -> EntryView:
    return story(case)[-1]


# ── receipt ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "effective", "limit"),
    [
        ("2025-04-25 16:00", date(2025, 4, 25), date(2025, 5, 6)),
        ("2025-04-25 17:30", date(2025, 4, 25), date(2025, 5, 6)),
        ("2025-04-25 17:31", date(2025, 4, 27), date(2025, 5, 7)),
        ("2025-04-26 10:00", date(2025, 4, 27), date(2025, 5, 7)),
        ("2025-05-01 10:00", date(2025, 5, 6), date(2025, 5, 13)),
    ],
)
def test_receipt_counts_from_the_working_day(
    centre: Centre, at: str, effective: date, limit: date
) -> None:
    centre.clock.set(beijing(at))
    case = centre.receive()
    assert (case.effective_received_on, case.notice_limit_on) == (effective, limit)
    assert case.next_due_at == beijing(f"{limit + timedelta(days=1)} 00:00")


def test_a_receipt_has_its_number_and_its_record(centre: Centre) -> None:
    first, second = centre.receive(), centre.receive()
    assert [first.no, second.no] == ["SL20260302-0001", "SL20260302-0002"]
    entry = last(first)
    assert entry.kind == "approvals.case_received"
    assert entry.body["materials"] == list(PAPERS)
    assert "石磊" not in str(entry.body)
    assert "13800001234" not in str(entry.body)


def test_only_listed_papers_are_written_down(centre: Centre) -> None:
    case = centre.receive(handed_in=("资金证明", "无关材料"))
    assert case.handed_in == ["资金证明"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"contact": "  "}, "contact"),
        ({"phone": "１３８００００１２３４"}, "phone"),
        ({"phone": "138-0000"}, "phone"),
        ({"phone": "123456"}, "phone"),
        ({"organisation_code": "nonsense"}, "organisation_code"),
        ({"organisation_code": "91510600MA6299990X"}, "organisation_code"),
    ],
)
def test_a_bad_application_names_its_field(
    centre: Centre, changes: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        centre.receive(**changes)
    assert field in caught.value.fields
    assert not Case.objects.exists()


def test_an_unknown_item_is_not_found(centre: Centre) -> None:
    with pytest.raises(NotFound):
        centre.receive(item_code="NO-SUCH")


def test_a_project_has_one_live_case_an_item(centre: Centre) -> None:
    project = centre.project()
    case = centre.receive(project_no=project)
    with pytest.raises(Invalid) as caught:
        centre.receive(project_no=project)
    assert case.no in str(caught.value.fields["project_no"])
    centre.withdraw(case)
    assert centre.receive(project_no=project).no != case.no


def test_a_project_that_does_not_exist_is_refused(centre: Centre) -> None:
    with pytest.raises(Invalid) as caught:
        centre.receive(project_no="510600-2026-03-99999")
    assert "没有这个编号" in str(caught.value.fields["project_no"])
    assert not Case.objects.exists()


def test_nobody_applies_under_a_rivals_project(centre: Centre) -> None:
    """A harmless case filed under another unit's number would open that unit's gate, or bar it."""
    rivals = centre.project(unit=centre.other)
    with pytest.raises(Invalid) as caught:
        centre.receive(project_no=rivals)
    assert "其他单位" in str(caught.value.fields["project_no"])
    assert not Case.objects.exists()
    own = centre.receive(project_no=rivals, organisation_code=centre.other.code)
    assert own.project_no == rivals


def test_blanks_around_a_project_number_are_not_part_of_it(centre: Centre) -> None:
    project = centre.project()
    assert centre.receive(project_no=f" {project} ").project_no == project
    with pytest.raises(Invalid):
        centre.receive(project_no=f"{project} ")


def test_a_refused_receipt_gives_its_number_back(centre: Centre) -> None:
    project = centre.project()
    centre.receive(project_no=project)
    with pytest.raises(Invalid):
        centre.receive(project_no=project)
    assert centre.receive().no == "SL20260302-0002"


# ── the one-time notice ───────────────────────────────────────────────────────────────────────


def test_the_notice_lists_everything_missing(centre: Centre) -> None:
    case = centre.correct(centre.receive(handed_in=()))
    assert (case.state, case.missing) == (CaseState.CORRECTION, list(PAPERS))
    assert (case.notified_on, case.next_due_at) == (date(2026, 3, 2), None)
    assert last(case).body["missing"] == list(PAPERS)


def test_there_is_no_second_notice(centre: Centre) -> None:
    case = centre.correct(centre.receive(handed_in=()))
    with pytest.raises(Conflict):
        centre.correct(case)
    assert len(story(case)) == 2


def test_a_complete_application_needs_no_notice(centre: Centre) -> None:
    case = centre.receive()
    with pytest.raises(Invalid):
        centre.correct(case)
    case.refresh_from_db()
    assert case.state == CaseState.RECEIVED


# ── acceptance ────────────────────────────────────────────────────────────────────────────────


def test_acceptance_starts_both_clocks(centre: Centre) -> None:
    centre.clock.set(beijing("2025-09-22 10:00"))
    case = centre.accept(centre.receive())
    assert case.accepted_on == date(2025, 9, 22)
    assert (case.due_com_on, case.due_stat_on) == (date(2025, 9, 30), date(2025, 10, 24))
    assert (case.is_deemed, case.is_provisional, case.next_due_at) == (False, False, None)
    body = last(case).body
    assert (body["due_com_on"], body["due_stat_on"]) == ("2025-09-30", "2025-10-24")
    assert body["is_deemed"] is False


def test_after_a_correction_the_day_of_the_last_paper_counts(centre: Centre) -> None:
    centre.clock.set(beijing("2025-04-25 16:00"))
    case = centre.receive(handed_in=("申请报告",))
    centre.clock.set(beijing("2025-04-28 09:00"))
    centre.correct(case)
    centre.clock.set(beijing("2025-05-08 15:00"))
    accepted = intake.accept_case(
        no=case.no, handed_in=("资金证明",), actor=centre.wen, clock=centre.clock
    )
    assert (accepted.accepted_on, accepted.missing) == (date(2025, 5, 8), [])
    assert accepted.handed_in == list(PAPERS)


def test_an_incomplete_application_is_not_accepted(centre: Centre) -> None:
    case = centre.receive(handed_in=("申请报告",))
    with pytest.raises(Invalid) as caught:
        centre.accept(case)
    assert "资金证明" in str(caught.value.fields["handed_in"])
    case.refresh_from_db()
    assert (case.state, case.due_com_on) == (CaseState.RECEIVED, None)
    assert len(story(case)) == 1


def test_dates_in_an_unpublished_year_are_provisional(centre: Centre) -> None:
    centre.clock.set(beijing("2026-12-10 10:00"))
    case = centre.accept(centre.receive())
    assert case.due_com_on == date(2026, 12, 21)
    assert case.due_stat_on is not None
    assert case.due_stat_on.year == 2027
    assert case.is_provisional


# ── silence ───────────────────────────────────────────────────────────────────────────────────


def test_five_working_days_of_silence_accept_from_the_day_of_receipt(centre: Centre) -> None:
    centre.clock.set(beijing("2025-04-25 16:00"))
    case = centre.receive(handed_in=())
    centre.clock.set(beijing("2025-05-07 00:00"))
    assert list_due(centre.clock.now(), 10) == [case.no]
    assert intake.deem_accepted(no=case.no, clock=centre.clock)
    case.refresh_from_db()
    assert (case.state, case.is_deemed) == (CaseState.ACCEPTED, True)
    assert case.accepted_on == date(2025, 4, 25)
    entry = last(case)
    assert (entry.body["is_deemed"], entry.body["actor"]) == (True, "system")


def test_deeming_twice_is_once(centre: Centre) -> None:
    case = centre.receive()
    centre.days_later(30)
    assert intake.deem_accepted(no=case.no, clock=centre.clock)
    assert not intake.deem_accepted(no=case.no, clock=centre.clock)
    assert list_due(centre.clock.now(), 10) == []
    assert len(story(case)) == 2


def test_nothing_is_deemed_a_moment_too_early(centre: Centre) -> None:
    case = centre.receive()
    centre.clock.set(beijing(f"{case.notice_limit_on} 23:59"))
    assert list_due(centre.clock.now(), 10) == []
    assert not intake.deem_accepted(no=case.no, clock=centre.clock)
    assert len(story(case)) == 1


def test_silence_counts_even_if_the_timekeeper_has_not_come(centre: Centre) -> None:
    """The window cannot rescue its silence with a late notice, acceptance or refusal."""
    case = centre.receive(handed_in=())
    centre.clock.set(beijing(f"{case.notice_limit_on + timedelta(days=1)} 00:00"))
    for act in (centre.correct, centre.accept, centre.refuse):
        with pytest.raises(Conflict) as caught:
            act(case)
        assert caught.value.code == "deemed_accepted"
    assert len(story(case)) == 1


@pytest.mark.parametrize(
    "state", [CaseState.CORRECTION, CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.ACCEPTED]
)
def test_who_was_answered_is_not_deemed(centre: Centre, state: CaseState) -> None:
    case = centre.case_in(state)
    centre.days_later(60)
    assert list_due(centre.clock.now(), 10) == []
    assert not intake.deem_accepted(no=case.no, clock=centre.clock)


# ── refusal and withdrawal ────────────────────────────────────────────────────────────────────


def test_a_refusal_names_the_right_organ(centre: Centre) -> None:
    case = centre.refuse(centre.receive())
    assert (case.state, case.next_due_at) == (CaseState.REFUSED, None)
    assert last(case).body["right_organ"] == "市水务局"


def test_a_refusal_without_reason_or_organ_is_none(centre: Centre) -> None:
    case = centre.receive()
    with pytest.raises(Invalid) as caught:
        intake.refuse_case(
            no=case.no, reason=" ", right_organ="", actor=centre.wen, clock=centre.clock
        )
    assert set(caught.value.fields) == {"reason", "right_organ"}
    case.refresh_from_db()
    assert case.state == CaseState.RECEIVED


@pytest.mark.parametrize(
    "state", [CaseState.RECEIVED, CaseState.CORRECTION, CaseState.ACCEPTED, CaseState.REVIEW]
)
def test_the_applicant_may_withdraw_before_a_proposal(centre: Centre, state: CaseState) -> None:
    case = centre.withdraw(centre.case_in(state))
    assert case.state == CaseState.WITHDRAWN
    assert last(case).body["reason"] == "申请人来函撤回。"


def test_a_withdrawal_has_a_reason(centre: Centre) -> None:
    case = centre.receive()
    with pytest.raises(Invalid):
        intake.withdraw_case(no=case.no, reason=" ", actor=centre.wen, clock=centre.clock)
    assert len(story(case)) == 1


def test_only_the_window_works_at_the_window(centre: Centre) -> None:
    case = centre.receive()
    for actor in (centre.rui, centre.chen, centre.tao, centre.alice):
        with pytest.raises(Forbidden):
            intake.accept_case(no=case.no, handed_in=(), actor=actor, clock=centre.clock)
    case.refresh_from_db()
    assert case.state == CaseState.RECEIVED


def test_an_unknown_case_is_not_found(centre: Centre) -> None:
    with pytest.raises(NotFound):
        intake.accept_case(no="SL1", handed_in=(), actor=centre.wen, clock=centre.clock)
