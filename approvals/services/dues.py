"""Deadlines follow the calendar: recomputed when a new one comes into force, each move told. R7."""

from datetime import date

from django.db import transaction

from approvals import events
from approvals.locks import lock_case
from approvals.models import Case
from approvals.rules.case_states import OPEN_STATES, CaseState
from approvals.services.intake import day_end, receipt_days, set_dues, stream_of
from audit.services import record
from kernel.actors import SYSTEM
from kernel.clock import Clock
from law import selectors as law

DERIVED = ("effective_received_on", "notice_limit_on", "due_com_on", "due_stat_on")


@transaction.atomic(durable=True)
def recompute_dues(*, no: str, proposal_id: int, clock: Clock) -> bool:
    """Derives a case's days anew from what is stored; says whether one moved. Idempotent.

    Only what is still open moves: who was accepted, or decided, by the old calendar was so."""
    case = lock_case(no)
    old = {name: getattr(case, name) for name in DERIVED}
    derive(case)
    moved = [name for name in DERIVED if getattr(case, name) != old[name]]
    case.save(update_fields=[*DERIVED, "is_provisional", "next_due_at"])
    if not moved:
        return False
    event = events.DueMoved(
        case.no,
        proposal_id,
        {name: told(old[name]) for name in moved},
        {name: told(getattr(case, name)) for name in moved},
    )
    record(stream=stream_of(case), event=event, actor=SYSTEM, at=clock.now())
    return True


def derive(case: Case) -> None:
    """Sets the days that follow from the stored inputs and the calendar in force."""
    work, state = law.calendar(), CaseState(case.state)
    if state == CaseState.RECEIVED:
        days = receipt_days(case.received_at, work)
        case.effective_received_on, case.notice_limit_on = days
        case.next_due_at = day_end(case.notice_limit_on)
    elif state in OPEN_STATES and case.accepted_on is not None:
        set_dues(case, case.accepted_on, work)


def told(on: date | None) -> str:
    return on.isoformat() if on else ""
