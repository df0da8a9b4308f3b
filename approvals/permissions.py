"""Who may do what to a case. Trading staff appear nowhere: the centre never approves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from approvals.rules.case_states import CaseState
from kernel.actors import Actor, Role
from kernel.errors import Forbidden

if TYPE_CHECKING:
    from approvals.models import Case

WINDOW = frozenset({Role.WINDOW_CLERK})
REVIEWER = frozenset({Role.DEPARTMENT_REVIEWER})
CHIEF = frozenset({Role.SECTION_CHIEF})
TABLE: Mapping[str, frozenset[Role]] = {
    "receive_case": WINDOW,
    "notify_correction": WINDOW,
    "accept_case": WINDOW,
    "refuse_case": WINDOW,
    "withdraw_case": WINDOW,
    "start_review": REVIEWER,
    "propose_decision": REVIEWER,
    "decide_case": CHIEF,
    "return_proposal": CHIEF,
    "see_cases": WINDOW | REVIEWER | CHIEF | {Role.SUPERVISOR, Role.AUDITOR},
    "publish_item": frozenset({Role.ADMINISTRATOR}),
}


def may(actor: Actor, action: str) -> bool:
    """Whether the actor's roles allow the action."""
    return actor.is_system or actor.has(*TABLE[action])


def require(actor: Actor, action: str) -> None:
    """Raises Forbidden unless the actor may do it."""
    if not may(actor, action):
        raise Forbidden("not_allowed", _("您的岗位不能进行这项操作。"), params={"action": action})


def is_own_proposal(actor: Actor, case: Case) -> bool:
    """Whether the actor stands before a proposal of their own."""
    return case.state == CaseState.PROPOSED and case.proposer == actor.id


def require_other_than(actor: Actor, proposer: str) -> None:
    """Raises Forbidden when the decider proposed the decision."""
    if actor.id == proposer:
        raise Forbidden("own_proposal", _("提出拟办意见的人不能作出决定。"))
