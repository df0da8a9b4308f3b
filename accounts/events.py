"""What happened to people and organisations. Stream `account/<public id>`; no names, no phones."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class OrganisationRegistered:
    """Stream `account/<credit code>`: a public fact of a legal person."""

    kind: ClassVar[str] = "accounts.organisation_registered"
    code: str


@dataclass(frozen=True, slots=True)
class PersonCreated:
    kind: ClassVar[str] = "accounts.person_created"
    person: str
    organisation_code: str


@dataclass(frozen=True, slots=True)
class RoleGranted:
    kind: ClassVar[str] = "accounts.role_granted"
    person: str
    role: str


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
