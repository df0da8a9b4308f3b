"""The app's row locks: counters first, then documents by key."""

from documents.models import Counter, Document
from kernel.errors import NotFound


def lock_counter(prefix: str, year: int) -> Counter:
    """Locks the counter of a kind and year; also keeps two drawings of one paper apart."""
    Counter.objects.get_or_create(prefix=prefix, year=year)
    return Counter.objects.select_for_update().get(prefix=prefix, year=year)


def lock_documents(*numbers: str) -> dict[str, Document]:
    """Locks the documents in key order. NotFound unless all exist."""
    rows = Document.objects.select_for_update().filter(number__in=numbers).order_by("pk")
    found = {row.number: row for row in rows}
    if set(found) != set(numbers):
        raise NotFound("no_such_document")
    return found
