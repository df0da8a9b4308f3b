"""Who may keep people, organisations and roles. An action missing here is nobody's."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor, Role
from kernel.errors import Forbidden

ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
TABLE: Mapping[str, frozenset[Role]] = {
    "see_people": frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    "register_organisation": ADMINISTRATOR,
    "create_person": ADMINISTRATOR,
    "add_member": ADMINISTRATOR,
    "grant_role": ADMINISTRATOR,
    "revoke_role": ADMINISTRATOR,
    "suspend_person": ADMINISTRATOR,
    "reinstate_person": ADMINISTRATOR,
    "reset_access": ADMINISTRATOR,
    "confirm_reset": frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
}


def may(actor: Actor, action: str) -> bool:
    """Whether the actor's roles allow the action."""
    return actor.is_system or actor.has(*TABLE[action])


def require(actor: Actor, action: str) -> None:
    """Raises Forbidden unless the actor may do it."""
    if not may(actor, action):
        raise Forbidden("not_allowed", _("您的岗位不能进行这项操作。"), params={"action": action})
