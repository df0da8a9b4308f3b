"""What happens to papers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar


@dataclass(frozen=True)
class PaperDrawn:
    """The paper's words: this body is attached to the PDF, byte by byte."""

    kind: ClassVar[str] = "documents.paper_drawn"
    number: str
    paper: str
    code: str
    subject: str
    title: str
    issuer: str
    content: dict[str, Any]


@dataclass(frozen=True)
class DocumentIssued:
    """The signed file; `signer` is the SHA-256 of the certificate."""

    kind: ClassVar[str] = "documents.document_issued"
    number: str
    paper: str
    code: str
    subject: str
    sha256: str
    size: int
    drawn_seq: int
    drawn_hash: str
    signer: str
    signed_at: datetime


@dataclass(frozen=True)
class DocumentSuperseded:
    kind: ClassVar[str] = "documents.document_superseded"
    number: str
    by: str


@dataclass(frozen=True)
class DocumentRevoked:
    kind: ClassVar[str] = "documents.document_revoked"
    number: str
    reason: str
