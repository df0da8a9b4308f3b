"""Slow answers to a case's events: its papers. Each may be called twice."""

from datetime import date
from typing import TYPE_CHECKING, Any

from approvals.selectors import find_case, list_on_the_clock
from approvals.services.dues import recompute_dues
from audit.clock import system_clock
from audit.selectors import EntryView
from documents.rules.papers import AcceptanceNotice, GrantDecision
from documents.services import Order, issue_order
from kernel.actors import SYSTEM
from kernel.clock import CHINA

if TYPE_CHECKING:
    from approvals.models import Case


def shared_facts(case: "Case") -> dict[str, Any]:
    """What every paper of a case says of it."""
    return {
        "case_no": case.no,
        "item_code": case.item.code,
        "item_name": case.item.name,
        "organ": case.item.organ,
        "applicant": case.applicant_name,
        "applicant_code": case.applicant_code,
        "project_no": case.project_no or None,
    }


def order_of(entry: EntryView, case: "Case", context: AcceptanceNotice | GrantDecision) -> Order:
    """The order of a case's paper: one for each event, whoever asks again."""
    return Order(
        subject=case.no,
        stream=entry.stream,
        context=context,
        idem=f"entry:{entry.stream}:{entry.seq}",
        holder_id=case.organisation_id,
    )


def on_case_accepted(entry: EntryView) -> None:
    """Draws and signs the acceptance notice (受理通知书)."""
    issue_order(order=acceptance_order(entry), actor=SYSTEM, clock=system_clock())


def acceptance_order(entry: EntryView) -> Order:
    """The acceptance notice with both deadlines."""
    case = find_case(str(entry.body["case_no"]))
    item = case.item
    return order_of(
        entry,
        case,
        AcceptanceNotice(
            **shared_facts(case),
            received_on=case.received_at.astimezone(CHINA).date(),
            accepted_on=date.fromisoformat(str(entry.body["accepted_on"])),
            promised_wd=item.committed_wd,
            statutory_wd=item.statutory_wd,
            promised_on=date.fromisoformat(str(entry.body["due_com_on"])),
            statutory_on=date.fromisoformat(str(entry.body["due_stat_on"])),
            materials=tuple(item.materials),
            fee_note=item.fee_note,
            enquiry=item.enquiry,
        ),
    )


def on_case_decided(entry: EntryView) -> None:
    """Draws the decision (准予行政许可决定书); a denial's paper comes with the approval centre."""
    if entry.body["decision"] == "grant":
        issue_order(order=grant_order(entry), actor=SYSTEM, clock=system_clock())


def grant_order(entry: EntryView) -> Order:
    """The decision that grants, with its grounds."""
    case = find_case(str(entry.body["case_no"]))
    item = case.item
    if case.accepted_on is None:
        raise ValueError("a granted case was never accepted")
    return order_of(
        entry,
        case,
        GrantDecision(
            **shared_facts(case),
            project_name=case.project_name or None,
            decision=f"经审查，准予{item.name}。",
            bases=tuple(item.bases),
            conditions=(),
            accepted_on=case.accepted_on,
            decided_on=date.fromisoformat(str(entry.body["decided_on"])),
            valid_until_on=None,
        ),
    )


def on_calendar_approved(entry: EntryView) -> None:
    """A new calendar is in force: every open case's days are derived anew."""
    proposal_id = int(str(entry.body["proposal_id"]))
    for no in list_on_the_clock():
        recompute_dues(no=no, proposal_id=proposal_id, clock=system_clock())
