"""Letters: tasks whose handler failed and is tried again; dead ones, that failed too often, visible
and revivable."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from audit import relay
from audit.clock import database_now
from audit.models import Outbox
from audit.selectors import find_entry


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A task given up; `place` is `stream#seq` of its entry."""

    id: int
    place: str
    handler: str
    error: str
    given_up_at: datetime


@dataclass(frozen=True, slots=True)
class FailingLetter:
    """A task that failed and is tried again; `since` is when its entry was written."""

    id: int
    place: str
    handler: str
    error: str
    attempts: int
    since: datetime
    next_try_at: datetime


def failing() -> QuerySet[Outbox]:
    """What is not done and has failed, or was begun more than once because its process died."""
    is_open = Q(state__in=[Outbox.State.PENDING, Outbox.State.CLAIMED])
    return Outbox.objects.filter(is_open, ~Q(last_error="") | Q(attempts__gt=1))


def count_failing_letters() -> int:
    """Returns how many there are; one query."""
    return failing().count()


def list_failing_letters(limit: int = 200) -> list[FailingLetter]:
    """Returns those that wait longest first."""
    found = []
    for row in failing().order_by("pk")[:limit]:
        entry = find_entry(row.stream, row.seq)
        since = entry.at if entry else row.next_at
        found.append(
            FailingLetter(
                row.pk,
                f"{row.stream}#{row.seq}",
                row.handler,
                row.last_error or relay.DIED,
                row.attempts,
                since,
                row.next_at,
            )
        )
    return found


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
