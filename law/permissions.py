"""Who may do what to the law's tables. An action missing here is nobody's."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor, Role
from kernel.errors import Forbidden

ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
TABLE: Mapping[str, frozenset[Role]] = {
    "see_calendars": frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    "propose_calendar": ADMINISTRATOR,
    "decide_calendar": ADMINISTRATOR,
}


def may(actor: Actor, action: str) -> bool:
    """Whether the actor's roles allow the action."""
    return actor.is_system or actor.has(*TABLE[action])


def require(actor: Actor, action: str) -> None:
    """Raises Forbidden unless the actor may do it."""
    if not may(actor, action):
        raise Forbidden("not_allowed", _("您的岗位不能进行这项操作。"), params={"action": action})


def require_second_person(actor: Actor, proposer: str) -> None:
    """Raises Forbidden when the decider made the proposal."""
    if actor.id == proposer:
        raise Forbidden("own_proposal", _("日历变更须由另一位管理员批准。"))
