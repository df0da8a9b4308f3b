"""Sealing: committed entries get their place in the tree, and the tree's root is signed.

One leaf sequencer and one signer at a time hold the tree's row. The signer reads the rows again
and recomputes their hashes; what does not fit is never signed.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery

from audit.chain import GENESIS, Head, first_fault
from audit.checkpoint import Tip, checkpoint_text, sign_note
from audit.locks import lock_tree
from audit.models import Checkpoint, Entry, Leaf, LedgerFault, Pending, TreeNode
from audit.selectors import STORED_HEIGHT, tree_nodes
from audit.services.keys import LOG, origin, signing_key
from audit.tree import Frontier, root_of
from kernel.clock import Clock

logger = logging.getLogger(__name__)

BATCH = 250
RANGES = 100
READ = 1000


class LedgerBroken(Exception):
    """Rows do not fit their hashes any more; nothing is signed until people have looked."""

    def __init__(self, stream: str, seq: int, field: str) -> None:
        super().__init__(f"{stream}#{seq}: {field} does not hold")
        self.stream, self.seq, self.field = stream, seq, field


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


def signed_size() -> int:
    return Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0


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


def report(broken: LedgerBroken, clock: Clock) -> None:
    """Makes a fault visible: a critical line in the log, one open row until a seal succeeds."""
    place = {"stream": broken.stream, "seq": broken.seq, "field": broken.field}
    logger.critical("the ledger does not fit its hashes; nothing is signed", extra=place)
    with transaction.atomic(durable=True):
        lock_tree()
        if not LedgerFault.objects.filter(**place, closed_at=None).exists():
            LedgerFault.objects.create(**place, found_at=clock.now())


def seal(*, clock: Clock) -> CheckpointView | None:
    """Gives every entry committed before the call its leaf and signs the root; returns the newest
    checkpoint, None for an empty ledger. Several may call it at once, and what is written
    meanwhile does not keep it. LedgerBroken if rows were tampered with."""
    newest = Pending.objects.order_by("-pk").values_list("pk", flat=True).first()
    while newest is not None and Pending.objects.filter(pk__lte=newest).exists():
        give_leaves()
    placed = leaf_count()
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
    with transaction.atomic(durable=True):
        lock = lock_tree()
        gone, _by_model = Pending.objects.filter(pk__in=[item.pk for item in ranges]).delete()
        if gone != len(ranges):  # another sequencer was faster: its leaves stand, ours never were
            transaction.set_rollback(True)
            return True
        Leaf.objects.bulk_create(
            Leaf(index=lock.size + place, entry_id=pk) for place, pk in enumerate(entry_ids)
        )
        lock.size += len(entry_ids)
        lock.save(update_fields=["size"])
    return True


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
    return [
        ids[item.stream, seq] for item in ranges for seq in range(item.first_seq, item.last_seq + 1)
    ]


def sign(*, clock: Clock) -> CheckpointView | None:
    """Signs the tree as it stands, unless it is signed already."""
    before = Checkpoint.objects.order_by("-size").first()
    size, signed = leaf_count(), before.size if before else 0
    if size == signed:
        return _view(before) if before else None
    nodes = tree_nodes()
    try:
        if before and root_of(nodes, signed) != bytes(before.root):
            raise LedgerBroken("the tree", signed, "root")
        frontier = Frontier(nodes, signed)
    except LookupError as error:
        raise LedgerBroken("the tree", signed, "leaf") from error
    kept: list[TreeNode] = []
    for leaf_hash in _checked_hashes(signed, size):
        kept += [
            TreeNode(level=node.height // STORED_HEIGHT, index=node.index, hash=node.hash)
            for node in frontier.append(leaf_hash)
            if node.height and node.height % STORED_HEIGHT == 0
        ]
    if frontier.size != size:
        raise LedgerBroken("the tree", frontier.size, "leaf")
    return _store(Tip(origin(), size, frontier.root()), signed, kept, clock)


def _checked_hashes(start: int, end: int) -> Iterator[bytes]:
    """Reads the entries of leaves [start, end) again and yields their recomputed hashes."""
    previous = Entry.objects.filter(
        stream=OuterRef("entry__stream"), seq=OuterRef("entry__seq") - 1
    )
    leaves = (
        Leaf.objects.filter(index__gte=start, index__lt=end)
        .order_by("index")
        .select_related("entry")
        .annotate(previous_hash=Subquery(previous.values("hash")[:1]))
    )
    place = start
    for leaf in leaves.iterator(chunk_size=READ):
        link = leaf.entry.as_link()
        stored = leaf.previous_hash
        head = GENESIS if stored is None else Head(link.seq - 1, bytes(stored))
        fault = "leaf" if leaf.index != place else first_fault(link, head)
        if fault:
            raise LedgerBroken(link.stream, link.seq, fault)
        yield link.hash
        place += 1


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
            _close_faults(clock)
    return _view(newest) if newest else None


def _close_faults(clock: Clock) -> None:
    """Closes the faults that are mended: a sound seal looks at new rows only, so the row that an
    open fault names is looked at again."""
    for fault in LedgerFault.objects.filter(closed_at=None):
        row = Entry.objects.filter(stream=fault.stream, seq=fault.seq).first()
        if row is not None:
            link = row.as_link()
            if first_fault(link, GENESIS if link.seq == 1 else Head(link.seq - 1, link.prev)):
                continue
        fault.closed_at = clock.now()
        fault.save(update_fields=["closed_at"])


def _view(row: Checkpoint) -> CheckpointView:
    return CheckpointView(row.size, bytes(row.root), row.note, row.signed_at)
