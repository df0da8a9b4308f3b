"""The states of a proposal (变更提议) for a calendar or a preset: one proposes, another decides."""

from enum import StrEnum

from kernel.actors import Role
from kernel.machine import Table, Transition


class ProposalState(StrEnum):
    """proposed 待批准 · approved 已批准 · rejected 已否决."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})

PROPOSAL_TABLE: Table[ProposalState] = {
    (ProposalState.PROPOSED, "approve"): Transition(
        ProposalState.APPROVED, ADMINISTRATOR, "second person"
    ),
    (ProposalState.PROPOSED, "reject"): Transition(ProposalState.REJECTED, ADMINISTRATOR),
}
