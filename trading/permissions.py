"""Who may do what in a sale. An action missing here is nobody's."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor, Role
from kernel.errors import Forbidden

CLERK = frozenset({Role.NOTICE_CLERK})
STAFF = frozenset(
    {
        Role.NOTICE_CLERK,
        Role.NOTICE_REVIEWER,
        Role.HOST,
        Role.FINANCE,
        Role.SUPERVISOR,
        Role.AUDITOR,
    }
)
TABLE: Mapping[str, frozenset[Role]] = {
    "register_project": CLERK,
    "draft_lot": CLERK,
    "edit_lot": CLERK,
    "publish_lot": CLERK,
    "note_contract": CLERK,
    "see_drafts": STAFF,
    "register": frozenset({Role.BIDDER}),
    # An organisation's own people; which organisation is asked of the lot.
    "type_reserve": frozenset({Role.BIDDER}),
    "withdraw_registration": frozenset({Role.BIDDER}),
    "import_bank": frozenset({Role.FINANCE}),
    "refund_deposit": frozenset({Role.FINANCE}),
    "see_deposits": frozenset({Role.FINANCE, Role.SUPERVISOR, Role.AUDITOR}),
    # Who has paid is who will bid: until the end that is finance's alone to handle (AUC-01).
    "see_running_deposits": frozenset({Role.FINANCE}),
}


def may(actor: Actor, action: str) -> bool:
    """Whether the actor's roles allow the action."""
    return actor.is_system or actor.has(*TABLE[action])


def require(actor: Actor, action: str) -> None:
    """Raises Forbidden unless the actor may do it."""
    if not may(actor, action):
        raise Forbidden("not_allowed", _("您的岗位不能进行这项操作。"), params={"action": action})
