"""Who may fetch which paper, and how often anybody may try a code."""

from collections.abc import Mapping

from django.core.cache import cache

from documents.rules.papers import (
    AcceptanceNotice,
    Audience,
    DealConfirmation,
    GrantDecision,
    Qualification,
)
from kernel.actors import Actor, Role

CASE_STAFF = frozenset(
    {
        Role.WINDOW_CLERK,
        Role.DEPARTMENT_REVIEWER,
        Role.SECTION_CHIEF,
        Role.SUPERVISOR,
        Role.AUDITOR,
    }
)
SALE_STAFF = frozenset(
    {Role.NOTICE_CLERK, Role.NOTICE_REVIEWER, Role.FINANCE, Role.SUPERVISOR, Role.AUDITOR}
)
TABLE: Mapping[str, frozenset[Role]] = {
    DealConfirmation.kind: SALE_STAFF,  # it names the winner before the result notice does
    Qualification.kind: frozenset(),  # who bids under which plate is nobody's business (AUC-01)
    AcceptanceNotice.kind: CASE_STAFF,
    GrantDecision.kind: CASE_STAFF,
}
"""Roles that may fetch a paper of the kind beside its holder; a public paper needs no role."""

LOOKUPS_A_MINUTE = 60
MINUTE_S = 60


def may_fetch(actor: Actor, *, kind: str, audience: str, holder_id: int | None) -> bool:
    """Whether the actor may have the signed bytes."""
    if audience == Audience.PUBLIC:
        return True
    is_holder = holder_id is not None and actor.organisation_id == holder_id
    return is_holder or actor.has(*TABLE.get(kind, frozenset()))


def readable_kinds(actor: Actor) -> list[str]:
    """The holder-only kinds that the actor's roles may fetch."""
    return [kind for kind, roles in TABLE.items() if roles and actor.has(*roles)]


def may_look_up(address: str) -> bool:
    """Counts a look-up from an address; False above 60 a minute. Codes cannot be tried out."""
    key = f"documents.lookups.{address}"
    cache.add(key, 0, MINUTE_S)
    try:
        return cache.incr(key) <= LOOKUPS_A_MINUTE
    except ValueError:  # it expired between the two calls
        return True
