"""Signs of life, and what follows when there were none for too long (AUC-15)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from audit.clock import database_now
from bidding.models import Heartbeat, Room
from bidding.rules.commands import Repair
from bidding.rules.decide import outage
from bidding.sequencer.batches import commit, current
from bidding.sequencer.books import Act
from kernel.clock import cut_ms

QUIET = timedelta(seconds=2)
KEEP = timedelta(days=1)


def beat(process: str) -> None:
    """Writes a sign of life; before the first one after a silence, freezes what it touched."""
    now = cut_ms(database_now())
    last = Heartbeat.objects.aggregate(last=Max("at"))["last"]
    if last is not None and now - last > QUIET:
        recover(last, now)
    with transaction.atomic():
        Heartbeat.objects.update_or_create(process=process, defaults={"at": now})
        Heartbeat.objects.filter(at__lt=now - KEEP).delete()


def recover(alive_at: datetime, now: datetime) -> int:
    """Freezes and repairs every live room that nobody could reach for longer than its terms
    allow; returns how many. Idempotent: a repaired room is no longer behind."""
    frozen = 0
    for room in Room.objects.exclude(due_at=None).order_by("pk"):
        book = current(room)
        freeze = outage(book.terms, book.state, alive_at, now)
        if freeze is not None:
            commit([(room.code, Act(freeze)), (room.code, Act(Repair()))])
            frozen += 1
    return frozen
