"""The department (部门): review, proposal, decision. Who proposes never decides. ALL 34-38."""

from django.db import transaction
from django.utils.translation import gettext as _

from approvals import events, permissions
from approvals.locks import lock_case
from approvals.models import Case
from approvals.rules.case_states import CASE_TABLE, CaseState
from approvals.services.intake import stream_of
from audit.services import record
from kernel.actors import Actor
from kernel.clock import CHINA, Clock
from kernel.errors import Invalid
from kernel.machine import step

GRANT, DENY = "grant", "deny"


@transaction.atomic(durable=True)
def start_review(*, no: str, actor: Actor, clock: Clock) -> Case:
    """Takes an accepted case into review (审查)."""
    permissions.require(actor, "start_review")
    case = lock_case(no)
    case.state = step(CASE_TABLE, CaseState(case.state), "start_review").next
    case.save(update_fields=["state"])
    event = events.ReviewStarted(case.no)
    record(stream=stream_of(case), event=event, actor=actor, at=clock.now())
    return case


@transaction.atomic(durable=True)
def propose_decision(*, no: str, proposal: str, opinion: str, actor: Actor, clock: Clock) -> Case:
    """Proposes to grant or to deny, with an opinion (拟办意见)."""
    permissions.require(actor, "propose_decision")
    case = lock_case(no)
    move = step(CASE_TABLE, CaseState(case.state), "propose")
    require_opinion(proposal, opinion)
    case.state, case.proposal = move.next, proposal
    case.opinion, case.proposer = opinion.strip(), actor.id
    case.save(update_fields=["state", "proposal", "opinion", "proposer"])
    event = events.DecisionProposed(case.no, case.opinion, proposal)
    record(stream=stream_of(case), event=event, actor=actor, at=clock.now())
    return case


def require_opinion(proposal: str, opinion: str) -> None:
    """Invalid unless the choice is grant or deny and the opinion is there."""
    faults: dict[str, object] = {}
    if proposal not in {GRANT, DENY}:
        faults["proposal"] = _("请选择准予或不予。")
    if not opinion.strip():
        faults["opinion"] = _("请写明审查意见。")
    if faults:
        raise Invalid(fields=faults)


@transaction.atomic(durable=True)
def decide_case(
    *, no: str, decision: str, reason: str, actor: Actor, clock: Clock, remedies: str = ""
) -> Case:
    """Grants or denies (决定); both clocks stop. A denial needs its reason and tells the
    remedies. ALL 38."""
    permissions.require(actor, "decide_case")
    case = lock_case(no)
    permissions.require_other_than(actor, case.proposer)
    require_decision(decision, reason, remedies)
    require_own_reason(case, decision, reason)
    move = step(CASE_TABLE, CaseState(case.state), decision)
    now = clock.now()
    case.state, case.decided_by = move.next, actor.id
    case.reason = reason.strip() or case.opinion
    case.remedies = remedies.strip() if decision == DENY else ""
    case.decided_on = now.astimezone(CHINA).date()
    case.save(update_fields=["state", "reason", "remedies", "decided_by", "decided_on"])
    event = events.CaseDecided(
        case.no,
        case.project_no,
        decision,
        case.reason,
        case.decided_on.isoformat(),
        is_on_time(case),
        case.remedies,
    )
    record(stream=stream_of(case), event=event, actor=actor, at=now)
    return case


def require_decision(decision: str, reason: str, remedies: str) -> None:
    """Invalid unless it is a grant, or a denial with reason and remedies."""
    faults: dict[str, object] = {}
    if decision not in {GRANT, DENY}:
        faults["decision"] = _("请选择准予或不予。")
    if decision == DENY and not reason.strip():
        faults["reason"] = _("不予许可须写明理由。")
    if decision == DENY and not remedies.strip():
        faults["remedies"] = _("不予许可须告知救济途径。")
    if faults:
        raise Invalid(fields=faults)


def require_own_reason(case: Case, decision: str, reason: str) -> None:
    """Invalid if the chief decides otherwise than proposed without saying why: the reviewer's
    opinion argues for the contrary and must not stand as the reason."""
    if decision != case.proposal and not reason.strip():
        raise Invalid(fields={"reason": _("决定与拟办意见不一致的，须写明理由。")})


def is_on_time(case: Case) -> bool:
    """On time means decided on or before the promised day (R4)."""
    return bool(case.decided_on and case.due_com_on and case.decided_on <= case.due_com_on)


@transaction.atomic(durable=True)
def return_proposal(*, no: str, reason: str, actor: Actor, clock: Clock) -> Case:
    """Sends a proposal back to review with the reason; the clocks run on."""
    permissions.require(actor, "return_proposal")
    if not reason.strip():
        raise Invalid(fields={"reason": _("请写明退回理由。")})
    case = lock_case(no)
    case.state = step(CASE_TABLE, CaseState(case.state), "return").next
    case.save(update_fields=["state"])
    event = events.ProposalReturned(case.no, reason.strip())
    record(stream=stream_of(case), event=event, actor=actor, at=clock.now())
    return case
