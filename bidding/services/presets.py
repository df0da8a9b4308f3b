"""Presets that a centre adds without a release: checked, tried out, proposed by one administrator
and put in force by another. Stream `law/presets`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from audit.services import record
from bidding import catalogue, permissions
from bidding.locks import lock_proposal
from bidding.models import PresetProposal
from bidding.rules import preset_rows
from bidding.rules.dry_run import dry_run, require_success
from bidding.rules.presets import parse_preset
from kernel.actors import Actor
from kernel.clock import Clock
from kernel.errors import Conflict, Invalid
from kernel.machine import step
from law.rules.proposal_states import PROPOSAL_TABLE, ProposalState

STREAM = "law/presets"


@dataclass(frozen=True, slots=True)
class PresetProposed:
    kind: ClassVar[str] = "law.preset_proposed"
    proposal_id: int
    row: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class PresetApproved:
    kind: ClassVar[str] = "law.preset_approved"
    proposal_id: int
    preset: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class PresetRejected:
    kind: ClassVar[str] = "law.preset_rejected"
    proposal_id: int
    reason: str


@transaction.atomic(durable=True)
def propose_preset(
    *, row: preset_rows.Row, vectors: Sequence[Mapping[str, Any]], actor: Actor, clock: Clock
) -> PresetProposal:
    """Proposes a row. Invalid if its figures contradict each other or a vector does not hold;
    Conflict while another proposal for the same preset is open."""
    permissions.require(actor, "propose_preset")
    require_sound(row, vectors)
    proposal = PresetProposal(
        preset=row["preset"],
        version=row["version"],
        row=row,
        vectors=list(vectors),
        digest=preset_rows.digest(row, vectors),
        proposer=actor.id,
        proposed_at=clock.now(),
    )
    try:
        with transaction.atomic():
            proposal.save()
    except IntegrityError:  # the table keeps one open proposal, whoever comes at the same time
        text = _("这个模板还有一项提议等待批准，请先处理。")
        raise Conflict("proposal_open", text) from None
    event = PresetProposed(proposal.pk, row, proposal.digest)
    record(stream=STREAM, event=event, actor=actor, at=proposal.proposed_at)
    return proposal


def require_sound(row: preset_rows.Row, vectors: Sequence[Mapping[str, Any]]) -> None:
    """Invalid with every fault by field, or with the vectors that do not hold."""
    found = preset_rows.check_row(row, vectors, catalogue.presets())
    if found.faults:
        raise Invalid(fields=dict(found.faults))
    require_success(dry_run(parse_preset(row), vectors))


@transaction.atomic(durable=True)
def approve_preset(*, pk: int, actor: Actor, clock: Clock) -> PresetProposal:
    """Puts the row in force, by another administrator; it is checked and tried out once more."""
    permissions.require(actor, "decide_preset")
    proposal = lock_proposal(pk)
    move = step(PROPOSAL_TABLE, ProposalState(proposal.state), "approve")
    permissions.require_second_person(actor, proposal.proposer)
    require_sound(proposal.row, proposal.vectors)
    proposal.state, proposal.decider, proposal.decided_at = move.next, actor.id, clock.now()
    proposal.save(update_fields=["state", "decider", "decided_at"])
    event = PresetApproved(proposal.pk, proposal.preset, proposal.version, proposal.digest)
    record(stream=STREAM, event=event, actor=actor, at=proposal.decided_at)
    return proposal


@transaction.atomic(durable=True)
def reject_preset(*, pk: int, reason: str, actor: Actor, clock: Clock) -> PresetProposal:
    """Drops a proposal, with the reason; the proposer may do so as well."""
    permissions.require(actor, "decide_preset")
    if not reason.strip():
        raise Invalid(fields={"reason": _("请写明否决的理由。")})
    proposal = lock_proposal(pk)
    move = step(PROPOSAL_TABLE, ProposalState(proposal.state), "reject")
    proposal.state, proposal.decider, proposal.decided_at = move.next, actor.id, clock.now()
    proposal.reason = reason.strip()[:300]
    proposal.save(update_fields=["state", "decider", "decided_at", "reason"])
    event = PresetRejected(proposal.pk, proposal.reason)
    record(stream=STREAM, event=event, actor=actor, at=proposal.decided_at)
    return proposal
