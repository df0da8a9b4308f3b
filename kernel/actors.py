"""Who acts: an opaque id, the roles in force, the organisation represented."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may do here (角色)."""

    BIDDER = "bidder"
    NOTICE_CLERK = "notice_clerk"
    NOTICE_REVIEWER = "notice_reviewer"
    HOST = "host"
    FINANCE = "finance"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    WINDOW_CLERK = "window_clerk"
    DEPARTMENT_REVIEWER = "department_reviewer"
    SECTION_CHIEF = "section_chief"
    CASHIER = "cashier"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is opaque ("u:7KQ2MX9D", "system", "public") and the only trace of a person in the
    ledger; `origin` tells a demo or a replay from the real thing."""

    id: str
    user_id: int | None = None
    roles: frozenset[Role] = frozenset()
    organisation_id: int | None = None
    origin: str = ""

    @property
    def is_signed_in(self) -> bool:
        return self.user_id is not None

    @property
    def is_system(self) -> bool:
        """Whether the house itself acts; no person can bear this id."""
        return self.id == "system"

    def has(self, *roles: Role) -> bool:
        """Whether at least one of the roles is held."""
        return not self.roles.isdisjoint(roles)


PUBLIC = Actor(id="public")
SYSTEM = Actor(id="system")
