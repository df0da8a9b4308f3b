"""Taking over holiday lists: checked as a whole, proposed by one, approved by another."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from kernel.actors import Actor
from kernel.clock import Clock
from kernel.errors import Conflict, Invalid
from kernel.machine import step
from law import events, permissions, selectors
from law.data import fixed_holidays
from law.locks import lock_proposal
from law.models import CalendarProposal
from law.rules import calendars
from law.rules.proposal_states import PROPOSAL_TABLE, ProposalState


@transaction.atomic(durable=True)
def propose_calendar(
    *, lists: Sequence[calendars.Paper], actor: Actor, clock: Clock
) -> CalendarProposal | None:
    """Proposes the lists that differ from those in force; None if none does. R7.

    Conflict while another proposal is open; BadList if the lists contradict each other."""
    permissions.require(actor, "propose_calendar")
    before = selectors.lists_in_force()
    after = calendars.merged(before.values(), lists)
    new = calendars.changed(before, lists)
    if not new:
        return None
    if selectors.find_open_proposal() is not None:
        raise Conflict("proposal_open", _("还有一项日历变更等待批准，请先处理。"))
    years = sorted(int(paper["year"]) for paper in new)
    changes = [
        {"on": item.on.isoformat(), "name": item.name, "becomes_workday": item.becomes}
        for item in calendars.differences(before, after, touched(new), fixed_holidays())
    ]
    proposal = CalendarProposal.objects.create(
        lists=new,
        digest=calendars.digest(new),
        changes=changes,
        proposer=actor.id,
        proposed_at=clock.now(),
    )
    event = events.CalendarProposed(
        proposal.pk, years, proposal.digest, [str(item["on"]) for item in changes]
    )
    record(stream=events.STREAM, event=event, actor=actor, at=proposal.proposed_at)
    return proposal


def touched(lists: Sequence[calendars.Paper]) -> set[int]:
    """The years in which a day may change: a list names days around its turns."""
    named = {int(day["date"][:4]) for paper in lists for day in paper["days"]}
    return {year for year in named | {int(paper["year"]) for paper in lists} if year >= 2007}


@transaction.atomic(durable=True)
def approve_calendar(*, pk: int, actor: Actor, clock: Clock) -> CalendarProposal:
    """Puts the proposed lists in force, by another administrator."""
    permissions.require(actor, "decide_calendar")
    proposal = lock_proposal(pk)
    move = step(PROPOSAL_TABLE, ProposalState(proposal.state), "approve")
    permissions.require_second_person(actor, proposal.proposer)
    proposal.state, proposal.decider, proposal.decided_at = move.next, actor.id, clock.now()
    proposal.save(update_fields=["state", "decider", "decided_at"])
    years = [int(paper["year"]) for paper in proposal.lists]
    event = events.CalendarApproved(proposal.pk, years, proposal.digest)
    record(stream=events.STREAM, event=event, actor=actor, at=proposal.decided_at)
    return proposal


@transaction.atomic(durable=True)
def reject_calendar(*, pk: int, reason: str, actor: Actor, clock: Clock) -> CalendarProposal:
    """Drops a proposal, with the reason; the proposer may do so as well."""
    permissions.require(actor, "decide_calendar")
    if not reason.strip():
        raise Invalid(fields={"reason": _("请写明否决的理由。")})
    proposal = lock_proposal(pk)
    move = step(PROPOSAL_TABLE, ProposalState(proposal.state), "reject")
    proposal.state, proposal.decider, proposal.decided_at = move.next, actor.id, clock.now()
    proposal.reason = reason.strip()[:300]
    proposal.save(update_fields=["state", "decider", "decided_at", "reason"])
    event = events.CalendarRejected(proposal.pk, proposal.reason)
    record(stream=events.STREAM, event=event, actor=actor, at=proposal.decided_at)
    return proposal
