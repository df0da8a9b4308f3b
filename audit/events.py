"""What an event is, and the ledger's own events."""

from dataclasses import dataclass
from typing import ClassVar, Protocol


class Event(Protocol):
    """A frozen dataclass in the past tense: ids and values only, never personal data."""

    @property
    def kind(self) -> str: ...


@dataclass(frozen=True, slots=True)
class AttemptRefused:
    """Somebody tried what they may not, or what cannot be done now."""

    kind: ClassVar[str] = "audit.attempt_refused"
    action: str
    code: str
    params: dict[str, object]
    source_hash: str | None = None


@dataclass(frozen=True, slots=True)
class BundleExported:
    """A bundle left the house; the digest binds the streams' ends that a complete one holds."""

    kind: ClassVar[str] = "audit.bundle_exported"
    filter: dict[str, object]
    is_complete: bool
    streams_sha256: str
