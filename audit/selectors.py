"""Reading the ledger."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from audit.chain import Body, Head
from audit.models import Entry, Stream


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as handlers and pages see it; `leaf` is unknown until it has its place."""

    stream: str
    seq: int
    kind: str
    at: datetime
    body: Body
    idem: str
    hash: bytes
    leaf: int | None = None


def view(entry: Entry, leaf: int | None = None) -> EntryView:
    """Returns the value of a row."""
    return EntryView(
        stream=entry.stream,
        seq=entry.seq,
        kind=entry.kind,
        at=entry.at,
        body=cast(Body, json.loads(entry.body)),
        idem=entry.idem,
        hash=bytes(entry.hash),
        leaf=leaf,
    )


def read_head(stream: str) -> Head | None:
    """Returns where the stream stands, None if it does not exist."""
    found = Stream.objects.filter(pk=stream).first()
    return found.tip if found else None


def find_entry(stream: str, seq: int) -> EntryView | None:
    """Returns one entry."""
    found = Entry.objects.filter(stream=stream, seq=seq).first()
    return view(found) if found else None


def find_by_idem(stream: str, idem: str) -> EntryView | None:
    """Returns the entry that settled an idempotency key."""
    found = Entry.objects.filter(stream=stream, idem=idem).first()
    return view(found) if found else None


def entries_after(stream: str, seq: int, limit: int = 500) -> list[EntryView]:
    """Returns the entries that follow `seq`, in order."""
    rows = Entry.objects.filter(stream=stream, seq__gt=seq).order_by("seq")[:limit]
    return [view(row) for row in rows]
