"""What the ledger holds of a paper, in the bytes that it hashes, and what it tells of its life.

The row of a paper can be changed by whoever has the database's password: nothing is said of a paper
that its entries do not say."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from audit.chain import Head, Link, first_fault
from audit.selectors import find_entry, has_open_faults, links_of
from documents.events import DocumentIssued, DocumentRevoked, DocumentSuperseded, PaperDrawn
from documents.models import Document
from documents.rules.states import DocumentState
from kernel.clock import parse_instant
from kernel.errors import NotFound

ENDS = {
    DocumentSuperseded.kind: DocumentState.SUPERSEDED,
    DocumentRevoked.kind: DocumentState.REVOKED,
}


@dataclass(frozen=True)
class Recorded:
    """An entry's body and its hash in hex."""

    body: dict[str, Any]
    hash: str


@dataclass(frozen=True)
class Life:
    """A paper as its entries tell it: the words, the signed file, whether it still holds."""

    drawn: dict[str, Any]
    issued: dict[str, Any]
    state: DocumentState
    signed_at: datetime


def read_record(stream: str, seq: int | None) -> Recorded:
    """Returns the entry. NotFound if the ledger has none there."""
    entry = find_entry(stream, seq) if seq is not None else None
    if entry is None:
        raise NotFound("no_such_entry", params={"stream": stream, "seq": seq})
    return Recorded(cast("dict[str, Any]", entry.body), entry.hash.hex())


def read_life(document: Document) -> Life | None:
    """Returns what the ledger tells of the paper; None if an entry is gone, does not fit its
    hashes, or tells anything else than the row. Two queries."""
    stream = document.stream
    links = links_of(stream, (document.drawn_seq, document.entry_seq or 0), tuple(ENDS))
    if has_open_faults(stream) or any(is_altered(item) for item in links):
        return None
    by_seq = {item.seq: item for item in links}
    drawn, issued = by_seq.get(document.drawn_seq), by_seq.get(document.entry_seq or 0)
    if drawn is None or issued is None:
        return None
    if (drawn.kind, issued.kind) != (PaperDrawn.kind, DocumentIssued.kind):
        return None
    end = end_of(links, document.number)
    told = (*facts_of(drawn, issued), *end)
    row = (*facts_of_row(document), *end_of_row(document))
    if told != row:
        return None
    words, file = json.loads(drawn.body), json.loads(issued.body)
    return Life(words, file, end[0], parse_instant(file["signed_at"]))


def is_altered(item: Link) -> bool:
    return first_fault(item, Head(item.seq - 1, item.prev)) is not None


def facts_of(drawn: Link, issued: Link) -> tuple[object, ...]:
    """Returns what the two entries say of the paper; each twice-told fact in both."""
    words, file = json.loads(drawn.body), json.loads(issued.body)
    both = ("number", "paper", "code", "subject")
    return (
        tuple(words.get(name) for name in both),
        tuple(file.get(name) for name in both),
        (words.get("title"), drawn.hash.hex(), file.get("drawn_hash"), issued.hash.hex()),
        (file.get("sha256"), file.get("size"), parse_instant(str(file.get("signed_at")))),
    )


def facts_of_row(document: Document) -> tuple[object, ...]:
    """Returns the same of the row."""
    both = (document.number, document.kind, document.code, document.subject)
    hashes = (document.drawn_hash, document.drawn_hash, document.entry_hash)
    return (
        both,
        both,
        (document.title, *hashes),
        (document.sha256, document.size, document.signed_at),
    )


End = tuple[DocumentState, str, datetime | None]


def end_of(links: Sequence[Link], number: str) -> End:
    """Returns the last end of the paper: how, by which paper or why, and when."""
    found: End = (DocumentState.VALID, "", None)
    for item in links:
        body = json.loads(item.body) if item.kind in ENDS else {}
        if body.get("number") == number:
            why = str(body.get("by") or body.get("reason") or "")
            found = ENDS[item.kind], why, item.at
    return found


def end_of_row(document: Document) -> End:
    """Returns the same of the row."""
    state = DocumentState(document.state)
    newer = document.superseded_by.number if document.superseded_by else ""
    why = newer if state == DocumentState.SUPERSEDED else document.ended_reason
    return state, why, document.ended_at


def canonical(body: dict[str, Any]) -> bytes:
    """The bytes that the ledger hashes (RFC 8785 for values that need none of its finesse)."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()
