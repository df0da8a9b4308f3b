"""Faults of the ledger: kept open in plain sight until what they name is as it was."""

import logging

from django.db import transaction

from audit.locks import lock_tree
from audit.models import Entry, Leaf, LedgerFault
from audit.selectors import BLOCK
from audit.services.examining import (
    THE_TREE,
    LedgerBroken,
    faults_between,
    is_linked,
    is_proven,
    is_whole,
    misplaced,
    signed_size,
    tip_at,
)
from kernel.clock import Clock

logger = logging.getLogger(__name__)


def report(broken: LedgerBroken, clock: Clock) -> None:
    """Makes a fault visible: a critical line in the log, one open row until it is mended."""
    place = {"stream": broken.stream, "seq": broken.seq, "field": broken.field}
    logger.critical("the ledger does not fit its hashes", extra=place)
    with transaction.atomic(durable=True):
        lock_tree()
        if LedgerFault.objects.filter(**place, closed_at=None).exists():
            return
        row = Entry.objects.filter(stream=broken.stream, seq=broken.seq).first()
        stored = bytes(row.hash) if row else b""
        LedgerFault.objects.create(**place, hash=stored, size=signed_size(), found_at=clock.now())


def close_mended(clock: Clock) -> None:
    """Closes the faults whose rows are as they were."""
    for fault in LedgerFault.objects.filter(closed_at=None):
        if is_mended(fault):
            fault.closed_at = clock.now()
            fault.save(update_fields=["closed_at"])


def is_mended(fault: LedgerFault) -> bool:
    """Whether the row is there, links to its neighbours and leads to the root that was signed
    before the fault was found. What was not signed by then must bear the hash that it had: who
    rewrites the rest of the stream to fit his change closes nothing."""
    if fault.stream == THE_TREE:
        return is_tree_mended(fault)
    row = Entry.objects.filter(stream=fault.stream, seq=fault.seq).first()
    leaf = Leaf.objects.filter(entry=row).values_list("index", flat=True).first() if row else None
    if row is None or leaf is None or not is_linked(row):
        return False
    was_signed = leaf < fault.size
    if not was_signed and fault.hash and bytes(row.hash) != bytes(fault.hash):
        return False
    tip = tip_at(fault.size if was_signed else signed_size())
    return tip is not None and is_proven(bytes(row.hash), leaf, tip)


def is_tree_mended(fault: LedgerFault) -> bool:
    if fault.field == "count":
        return misplaced() is None
    tip = tip_at(signed_size())
    start = fault.seq // BLOCK * BLOCK
    return tip is not None and is_whole(tip) and not any(faults_between(start, tip))
