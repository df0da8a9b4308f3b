"""What happened to people and organisations. Stream `account/<public id>`; no names, no phones."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class OrganisationRegistered:
    """Stream `account/<credit code>`: a public fact of a legal person."""

    kind: ClassVar[str] = "accounts.organisation_registered"
    code: str
    is_inner_valid: bool
    """False: the code is lawful but its inner check (GB 11714) is not; somebody should look."""


@dataclass(frozen=True, slots=True)
class PersonCreated:
    kind: ClassVar[str] = "accounts.person_created"
    person: str
    organisation_code: str


@dataclass(frozen=True, slots=True)
class MemberAdded:
    kind: ClassVar[str] = "accounts.member_added"
    person: str
    organisation_code: str


@dataclass(frozen=True, slots=True)
class MemberLeft:
    kind: ClassVar[str] = "accounts.member_left"
    person: str
    organisation_code: str


@dataclass(frozen=True, slots=True)
class RoleGranted:
    kind: ClassVar[str] = "accounts.role_granted"
    person: str
    role: str
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class RoleRevoked:
    kind: ClassVar[str] = "accounts.role_revoked"
    person: str
    role: str


@dataclass(frozen=True, slots=True)
class PersonSuspended:
    kind: ClassVar[str] = "accounts.person_suspended"
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class PersonReinstated:
    kind: ClassVar[str] = "accounts.person_reinstated"
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class AccessReset:
    """An administrator gave a new first password; every second factor was taken away."""

    kind: ClassVar[str] = "accounts.access_reset"
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class ResetConfirmed:
    """A second keeper confirmed that the person themself got the new access."""

    kind: ClassVar[str] = "accounts.reset_confirmed"
    person: str


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """The person changed their own password or second factor; `what` names the change."""

    kind: ClassVar[str] = "accounts.access_changed"
    person: str
    what: str
