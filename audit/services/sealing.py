"""Sealing: committed entries get their place in the tree, and the tree's root is signed.

One leaf sequencer and one signer at a time hold the tree's row. The signer reads the rows again
and recomputes their hashes; what does not fit is never signed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from audit.checkpoint import Tip, checkpoint_text, sign_note
from audit.locks import lock_tree
from audit.models import Checkpoint, Entry, Leaf, Pending, TreeNode
from audit.selectors import STORED_HEIGHT, tree_nodes
from audit.services.examining import (
    THE_TREE,
    LedgerBroken,
    misplaced,
    placed_between,
    signed_size,
)
from audit.services.faults import close_mended, report
from audit.services.keys import LOG, origin, signing_key
from audit.tree import Frontier, root_of
from kernel.clock import Clock

BATCH = 250
RANGES = 100


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """A signed root."""

    size: int
    root: bytes
    note: str
    signed_at: datetime


def is_dirty() -> bool:
    """Whether entries wait for their place or leaves for a signature."""
    return Pending.objects.exists() or leaf_count() != signed_size()


def leaf_count() -> int:
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def newest_checkpoint() -> CheckpointView | None:
    """Returns the last signed root."""
    row = Checkpoint.objects.order_by("-size").first()
    return _view(row) if row else None


def seal_or_report(*, clock: Clock) -> CheckpointView | None:
    """Seals what waits, if anything does. A broken ledger is logged and kept as an open fault for
    the readiness page, and None is returned; the next sound seal closes the fault."""
    if not is_dirty():
        return newest_checkpoint()
    try:
        return seal(clock=clock)
    except LedgerBroken as broken:
        report(broken, clock)
        return None


def seal(*, clock: Clock) -> CheckpointView | None:
    """Gives every entry committed before the call its leaf and signs the root; returns the newest
    checkpoint, None for an empty ledger. Several may call it at once, and what is written
    meanwhile does not keep it. LedgerBroken if rows were tampered with."""
    newest = Pending.objects.order_by("-pk").values_list("pk", flat=True).first()
    while newest is not None and Pending.objects.filter(pk__lte=newest).exists():
        give_leaves()
    placed = leaf_count()
    if lost := misplaced():
        raise lost
    while True:
        checkpoint = sign(clock=clock)
        if checkpoint is None or checkpoint.size >= placed:
            return checkpoint


def give_leaves() -> bool:
    """Places one batch of committed entries behind the last leaf; False if nothing waits.

    Reads first and locks last: on SQLite a write transaction stops every room while it lasts."""
    ranges = _next_ranges()
    if not ranges:
        return False
    entry_ids = _entry_ids(ranges)
    try:
        _place(ranges, entry_ids)
    except IntegrityError as error:  # a range is there twice: some entry has its leaf already
        raise LedgerBroken(ranges[0].stream, ranges[0].first_seq, "leaf") from error
    return True


def _place(ranges: list[Pending], entry_ids: list[int]) -> None:
    with transaction.atomic(durable=True):
        lock = lock_tree()
        gone, _by_model = Pending.objects.filter(pk__in=[item.pk for item in ranges]).delete()
        if gone != len(ranges):  # another sequencer was faster: its leaves stand, ours never were
            transaction.set_rollback(True)
            return
        Leaf.objects.bulk_create(
            Leaf(index=lock.size + place, entry_id=pk) for place, pk in enumerate(entry_ids)
        )
        lock.size += len(entry_ids)
        lock.save(update_fields=["size"])


def _next_ranges() -> list[Pending]:
    """Returns the oldest ranges, about BATCH entries of them."""
    found: list[Pending] = []
    entries = 0
    for item in Pending.objects.order_by("pk")[:RANGES]:
        found.append(item)
        entries += item.last_seq - item.first_seq + 1
        if entries >= BATCH:
            break
    return found


def _entry_ids(ranges: list[Pending]) -> list[int]:
    """Returns the ids of the entries in the ranges, in the order of the ranges."""
    wanted = Q()
    for item in ranges:
        wanted |= Q(stream=item.stream, seq__range=(item.first_seq, item.last_seq))
    rows = Entry.objects.filter(wanted).values_list("stream", "seq", "pk")
    ids = {(stream, seq): pk for stream, seq, pk in rows}
    places = [
        (item.stream, seq) for item in ranges for seq in range(item.first_seq, item.last_seq + 1)
    ]
    for place in places:
        if place not in ids:
            raise LedgerBroken(*place, "missing")
    return [ids[place] for place in places]


def sign(*, clock: Clock) -> CheckpointView | None:
    """Signs the tree as it stands, unless it is signed already."""
    before = Checkpoint.objects.order_by("-size").first()
    size, signed = leaf_count(), before.size if before else 0
    if size == signed:
        return _view(before) if before else None
    nodes = tree_nodes()
    try:
        if before and root_of(nodes, signed) != bytes(before.root):
            raise LedgerBroken(THE_TREE, signed, "root")
        frontier = Frontier(nodes, signed)
    except LookupError as error:
        raise LedgerBroken(THE_TREE, signed, "leaf") from error
    kept: list[TreeNode] = []
    for leaf_hash in _checked_hashes(signed, size):
        kept += [
            TreeNode(level=node.height // STORED_HEIGHT, index=node.index, hash=node.hash)
            for node in frontier.append(leaf_hash)
            if node.height and node.height % STORED_HEIGHT == 0
        ]
    if frontier.size != size:
        raise LedgerBroken(THE_TREE, frontier.size, "leaf")
    return _store(Tip(origin(), size, frontier.root()), signed, kept, clock)


def _checked_hashes(start: int, end: int) -> Iterator[bytes]:
    """Reads the entries of leaves [start, end) again and yields their recomputed hashes."""
    for place, found in enumerate(placed_between(start, end), start):
        if found.leaf != place:
            raise LedgerBroken(found.link.stream, found.link.seq, "leaf")
        if fault := found.fault():
            raise fault
        yield found.link.hash


def _store(tip: Tip, signed: int, kept: list[TreeNode], clock: Clock) -> CheckpointView | None:
    """Signs and keeps the checkpoint, unless another signer was faster: then his stands."""
    key = signing_key(LOG)
    note = sign_note(checkpoint_text(tip), key.verifier.name, key.private)
    with transaction.atomic(durable=True):
        lock_tree()
        newest = Checkpoint.objects.order_by("-size").first()
        if (newest.size if newest else 0) == signed:
            TreeNode.objects.bulk_create(kept)
            newest = Checkpoint.objects.create(
                size=tip.size, root=tip.root, note=note, signed_at=clock.now()
            )
            close_mended(clock)
    return _view(newest) if newest else None


def _view(row: Checkpoint) -> CheckpointView:
    return CheckpointView(row.size, bytes(row.root), row.note, row.signed_at)
