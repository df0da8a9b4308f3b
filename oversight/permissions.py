"""Who may look at the ledger. An action missing here is nobody's."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor, Role
from kernel.errors import Forbidden

WATCHERS = frozenset({Role.AUDITOR, Role.SUPERVISOR})
TABLE: Mapping[str, frozenset[Role]] = {"see_ledger": WATCHERS, "export_ledger": WATCHERS}


def may(actor: Actor, action: str) -> bool:
    """Whether the actor's roles allow the action."""
    return actor.is_system or actor.has(*TABLE[action])


def require(actor: Actor, action: str) -> None:
    """Raises Forbidden unless the actor may do it."""
    if not may(actor, action):
        raise Forbidden(
            "not_allowed", _("只有审计和监管人员可以查阅台账。"), params={"action": action}
        )
