"""Every lock of the ledger. Streams are locked last of all, the tree's row never with them."""

from django.db.models import QuerySet

from audit.chain import ZERO
from audit.models import Outbox, Stream, TreeLock

TREE_ROW = 1


def ensure_stream(name: str) -> None:
    """Creates the stream's row if it is new; safe when several do."""
    Stream.objects.bulk_create([Stream(name=name, head=ZERO)], ignore_conflicts=True)


def lock_stream(name: str) -> Stream:
    """Returns the stream's row, locked until the end of the transaction; new streams begin here."""
    query = Stream.objects.select_for_update(no_key=True)
    found = query.filter(pk=name).first()
    if found is None:
        ensure_stream(name)
        found = query.get(pk=name)
    return found


def lock_tree() -> TreeLock:
    """Returns the tree's row, locked: one gives leaves or signs at a time."""
    return TreeLock.objects.select_for_update().get(pk=TREE_ROW)


def lock_free_rows(due: QuerySet[Outbox], limit: int) -> list[Outbox]:
    """Returns the oldest of the due rows that no other relay holds just now, locked."""
    return list(due.order_by("pk").select_for_update(skip_locked=True)[:limit])
