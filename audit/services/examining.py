"""Looking at stored entries again: does each fit its hashes, its neighbours and the signed root."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, Subquery

from audit.chain import GENESIS, Head, Link, first_fault
from audit.checkpoint import Tip, open_note, parse_checkpoint
from audit.models import Checkpoint, Entry, Leaf, Pending, Stream
from audit.selectors import BLOCK, tree_nodes
from audit.services.keys import LOG, signing_key
from audit.tree import inclusion_proof, root_of, verify_inclusion

THE_TREE = "the tree"
"""Where no stream can be named: the fault is the place of a leaf."""
READ = 1000
PLACES = """
SELECT (SELECT COALESCE(SUM(last_seq), 0) FROM audit_stream),
       (SELECT COALESCE(SUM(last_seq - first_seq + 1), 0) FROM audit_pending),
       (SELECT COALESCE(MAX("index") + 1, 0) FROM audit_leaf)
"""


class LedgerBroken(Exception):
    """Rows do not fit their hashes any more; nothing is signed until people have looked."""

    def __init__(self, stream: str, seq: int, field: str) -> None:
        super().__init__(f"{stream}#{seq}: {field} does not hold")
        self.stream, self.seq, self.field = stream, seq, field


class Placed(NamedTuple):
    """An entry as it stands at its place in the tree, and where its stream stood before it by the
    row that is there; None if that is gone."""

    leaf: int
    link: Link
    before: Head | None

    def fault(self) -> LedgerBroken | None:
        """Recomputes the entry; the row before it may be what is missing."""
        stream, seq = self.link.stream, self.link.seq
        if self.before is None:
            return LedgerBroken(stream, seq - 1, "missing")
        field = first_fault(self.link, self.before)
        return LedgerBroken(stream, seq, field) if field else None


def placed_between(start: int, end: int) -> Iterator[Placed]:
    """Reads the entries of leaves [start, end); a leaf whose entry is gone is left out."""
    previous = Entry.objects.filter(
        stream=OuterRef("entry__stream"), seq=OuterRef("entry__seq") - 1
    )
    leaves = (
        Leaf.objects.filter(index__gte=start, index__lt=end)
        .order_by("index")
        .select_related("entry")
        .annotate(previous_hash=Subquery(previous.values("hash")[:1]))
    )
    for leaf in leaves.iterator(chunk_size=READ):
        link, stored = leaf.entry.as_link(), leaf.previous_hash
        before = Head(link.seq - 1, bytes(stored)) if stored is not None else None
        yield Placed(leaf.index, link, GENESIS if link.seq == 1 else before)


def faults_between(start: int, tip: Tip) -> Iterator[LedgerBroken]:
    """Examines the block of leaves that begins at `start`: each entry by itself, the block under
    the signed root. An insider who recomputed all hashes passes the first and fails the second."""
    place, end = start, min(start + BLOCK, tip.size)
    for found in placed_between(start, end):
        while place < found.leaf:
            yield LedgerBroken(THE_TREE, place, "leaf")
            place += 1
        if fault := found.fault():
            yield fault
        place += 1
    yield from (LedgerBroken(THE_TREE, missing, "leaf") for missing in range(place, end))
    first = Entry.objects.filter(leaf__index=start).values_list("hash", flat=True).first()
    if first is not None and not is_proven(bytes(first), start, tip):
        yield LedgerBroken(THE_TREE, start, "root")


# ── the signed root ───────────────────────────────────────────────────────────────────────────


def signed_tip(note: str) -> Tip | None:
    """Returns what the checkpoint says if this centre's key of its log signed it."""
    try:
        return parse_checkpoint(open_note(note, [signing_key(LOG).verifier]))
    except ValueError:
        return None


def tip_at(size: int) -> Tip | None:
    """Returns the root that was signed at this size; None if none was or its note is forged."""
    row = Checkpoint.objects.filter(size=size).first()
    tip = signed_tip(row.note) if row else None
    return tip if tip and tip.size == size else None


def signed_size() -> int:
    return Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0


def path_of(leaf: int, tip: Tip) -> list[bytes] | None:
    """Returns the siblings on the way up to the root; None if the tree has lost some."""
    try:
        return inclusion_proof(tree_nodes(), leaf, tip.size)
    except LookupError:
        return None


def is_proven(entry_hash: bytes, leaf: int, tip: Tip) -> bool:
    """Whether the entry leads to the signed root from its leaf."""
    path = path_of(leaf, tip) if leaf < tip.size else None
    return path is not None and verify_inclusion(
        entry_hash, index=leaf, size=tip.size, path=path, root=tip.root
    )


def is_whole(tip: Tip) -> bool:
    """Whether the stored tree leads to the signed root."""
    try:
        return root_of(tree_nodes(), tip.size) == tip.root
    except LookupError:
        return False


# ── one entry among its neighbours ────────────────────────────────────────────────────────────


def is_linked(entry: Entry) -> bool:
    """Whether the entry follows the row before it and the row after it, or the stream's end,
    follows it."""
    link = entry.as_link()
    before = GENESIS if link.seq == 1 else _head_of(link.stream, link.seq - 1)
    if before is None or first_fault(link, before):
        return False
    after = Entry.objects.filter(stream=link.stream, seq=link.seq + 1).first()
    if after is not None:
        return bytes(after.prev) == link.hash
    end = Stream.objects.filter(pk=link.stream).first()
    return end is not None and end.tip == Head(link.seq, link.hash)


def _head_of(stream: str, seq: int) -> Head | None:
    row = Entry.objects.filter(stream=stream, seq=seq).values_list("hash", flat=True).first()
    return None if row is None else Head(seq, bytes(row))


# ── every entry has its place ─────────────────────────────────────────────────────────────────


def misplaced() -> LedgerBroken | None:
    """Returns a fault if the streams hold more or fewer entries than have or wait for a leaf: who
    removes a waiting range keeps entries out of the tree. One statement, so one instant."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES)
        written, waiting, placed = map(int, cursor.fetchone())
    if written == waiting + placed:
        return None
    range_of = Pending.objects.filter(
        stream=OuterRef("stream"), first_seq__lte=OuterRef("seq"), last_seq__gte=OuterRef("seq")
    )
    lost = Entry.objects.filter(leaf=None).exclude(Exists(range_of)).order_by("pk")
    row = lost.first()
    return (
        LedgerBroken(row.stream, row.seq, "leaf")
        if row
        else LedgerBroken(THE_TREE, placed, "count")
    )
