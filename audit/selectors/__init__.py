"""Reading the ledger."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db.models import Q

from audit.chain import Body, Head, Link
from audit.models import (
    AttemptSource,
    Checkpoint,
    Entry,
    Leaf,
    LedgerFault,
    Pending,
    Stream,
    TreeNode,
)
from audit.tree import Nodes, node_hash

STORED_HEIGHT = 8
BLOCK = 1 << STORED_HEIGHT


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


def entries_after(stream: str, seq: int, limit: int = 500) -> list[EntryView]:
    """Returns the entries that follow `seq`, in order."""
    rows = Entry.objects.filter(stream=stream, seq__gt=seq).order_by("seq")[:limit]
    return [view(row) for row in rows]


def are_sources_older(than: datetime) -> bool:
    """Whether the oldest plain text behind an attempt is older; one query by the key, for the rows
    are noted in the order of time."""
    oldest = AttemptSource.objects.order_by("pk").values_list("noted_at", flat=True).first()
    return oldest is not None and oldest < than


@dataclass(frozen=True, slots=True)
class LedgerState:
    """What an operator must know: the last signature, what waits for one, what does not fit."""

    size: int
    signed_at: datetime | None
    waiting: int
    faults: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return not self.faults


def has_open_faults(stream: str = "") -> bool:
    """Whether an entry, of this stream if one is named, was found that does not fit its hashes;
    one query."""
    found = LedgerFault.objects.filter(closed_at=None)
    return (found.filter(stream=stream) if stream else found).exists()


def links_of(stream: str, seqs: tuple[int, ...], kinds: tuple[str, ...]) -> list[Link]:
    """Returns the entries of a stream at these numbers and of these kinds, in order, as they were
    hashed; one query."""
    wanted = Q(seq__in=seqs) | Q(kind__in=kinds)
    rows = Entry.objects.filter(wanted, stream=stream).order_by("seq")
    return [row.as_link() for row in rows]


def ledger_state() -> LedgerState:
    """Returns the state of the ledger; three queries. `waiting` counts ranges without a leaf."""
    newest = Checkpoint.objects.order_by("-size").values_list("size", "signed_at").first()
    size, signed_at = newest or (0, None)
    faults = LedgerFault.objects.filter(closed_at=None).order_by("pk")[:20]
    named = tuple(f"{row.stream}#{row.seq}: {row.field}" for row in faults)
    return LedgerState(size, signed_at, Pending.objects.count(), named)


def tree_nodes() -> Nodes:
    """Returns the tree's nodes as they are stored: leaves, and every eighth level above them.
    LookupError for a node that is not there.

    Blocks of 256 are read at once and kept for the life of the function."""
    known: dict[tuple[int, int], bytes] = {}

    def load(height: int, index: int) -> None:
        start = index // BLOCK * BLOCK
        found: Iterable[tuple[int, bytes | memoryview]]
        if height == 0:
            leaves = Leaf.objects.filter(index__gte=start, index__lt=start + BLOCK)
            found = leaves.values_list("index", "entry__hash")
        else:
            stored = TreeNode.objects.filter(level=height // STORED_HEIGHT)
            inside = stored.filter(index__gte=start, index__lt=start + BLOCK)
            found = inside.values_list("index", "hash")
        known.update({(height, place): bytes(value) for place, value in found})

    def node(height: int, index: int) -> bytes:
        if (height, index) not in known:
            if height % STORED_HEIGHT == 0:
                load(height, index)
            else:
                left, right = node(height - 1, 2 * index), node(height - 1, 2 * index + 1)
                known[height, index] = node_hash(left, right)
        return known[height, index]

    return node
