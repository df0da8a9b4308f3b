"""Dead letters: tasks whose handler failed too often, visible and revivable."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audit import relay
from audit.clock import database_now
from audit.models import Outbox


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A task given up; `place` is `stream#seq` of its entry."""

    id: int
    place: str
    handler: str
    error: str
    given_up_at: datetime


def list_dead_letters(limit: int = 200) -> list[DeadLetter]:
    """Returns the newest dead letters first."""
    rows = Outbox.objects.filter(state=Outbox.State.DEAD).order_by("-pk")[:limit]
    return [
        DeadLetter(row.pk, f"{row.stream}#{row.seq}", row.handler, row.last_error, row.next_at)
        for row in rows
    ]


def count_dead_letters() -> int:
    """Returns how many there are; one query."""
    return Outbox.objects.filter(state=Outbox.State.DEAD).count()


@transaction.atomic(durable=True)
def retry_dead_letter(letter_id: int) -> bool:
    """Gives a dead letter all its attempts again; False if it is none."""
    dead = Outbox.objects.filter(pk=letter_id, state=Outbox.State.DEAD)
    revived = dead.update(state=Outbox.State.PENDING, attempts=0, next_at=database_now())
    if revived:
        transaction.on_commit(relay.wake)
    return bool(revived)
