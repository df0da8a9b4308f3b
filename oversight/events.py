"""Exports of the ledger are themselves in the ledger. Stream `audit/exports`."""

from dataclasses import dataclass
from typing import ClassVar

STREAM = "audit/exports"


@dataclass(frozen=True, slots=True)
class ExportRequested:
    kind: ClassVar[str] = "oversight.export_requested"
    export: str
    format: str
    filter: dict[str, object]
    rows: int
    attempt: int


@dataclass(frozen=True, slots=True)
class ExportFinished:
    """`rows_sha256` is over the rows' own hashes in their order; a sum beyond what the ledger holds
    as a number stands as text."""

    kind: ClassVar[str] = "oversight.export_finished"
    export: str
    rows: int
    sum_fen: int | str
    rows_sha256: str
    sha256: str
    tree_size: int


@dataclass(frozen=True, slots=True)
class ExportDownloaded:
    kind: ClassVar[str] = "oversight.export_downloaded"
    export: str
    format: str
    rows: int
    sha256: str
