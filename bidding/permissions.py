"""Who may do what in a room. Nobody may change a price, delete an offer or shorten a period."""

from collections.abc import Mapping

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils.translation import gettext_lazy as _

from kernel.actors import Actor, Role
from kernel.errors import Forbidden

HOST = frozenset({Role.HOST})
SUPERVISOR = frozenset({Role.SUPERVISOR})
ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})
TABLE: Mapping[str, frozenset[Role]] = {
    "place_offer": frozenset({Role.BIDDER}),
    "join_room": frozenset({Role.BIDDER}),
    "open_room": HOST,
    "announce": HOST,
    "pause_room": HOST,
    "resume_room": HOST,
    "ask_abort": HOST,
    "withdraw_abort": HOST,
    "confirm_abort": SUPERVISOR,
    "decline_abort": SUPERVISOR,
    "see_control": frozenset({Role.HOST, Role.SUPERVISOR}),
    "see_presets": frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    "propose_preset": ADMINISTRATOR,
    "decide_preset": ADMINISTRATOR,
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
        raise Forbidden("own_proposal", _("规则模板须由另一位管理员批准。"))


def is_own_origin(origin: str, host: str, scheme: str) -> bool:
    """Whether a browser's page of this origin is ours: scheme, host and port, never a part of
    them. `host` and `scheme` are those the request itself was sent to."""
    if origin in {settings.PUBLIC_ORIGIN, *settings.ALLOWED_ORIGINS}:
        return True
    if settings.IS_PRODUCTION or not validate_host(
        split_domain_port(host)[0], settings.ALLOWED_HOSTS
    ):
        return False
    return origin == f"{scheme}://{host}"
