"""Writing the ledger: `record` for one event, `append_entries` for many of one stream."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast

from django.db import connection, transaction

from audit import relay
from audit.chain import Body, Draft, Head, Link, check_value, link, plain
from audit.events import AttemptRefused, Event
from audit.locks import ensure_stream, lock_stream
from audit.models import AttemptSource, Entry, Outbox, Pending, Stream
from kernel.actors import Actor
from kernel.clock import cut_ms
from kernel.errors import Conflict

ATTEMPT_SPAN = timedelta(seconds=1)
ATTEMPTS_SEEN = 100


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request came from: personal data, kept apart from the ledger and erasable."""

    address: str
    agent: str = ""


def record(
    *, stream: str, event: Event, actor: Actor, at: datetime, idem: str | None = None
) -> Entry:
    """Appends the event to its stream, with one task for each handler that hears it.

    Called inside another's transaction; RuntimeError without one. An idempotency key that the
    stream knows already returns the entry that stands, whatever the new body says; of another
    kind it is a Conflict. ValueError if the event holds what the ledger cannot.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{event.kind} must be recorded in the transaction of its change")
    row = lock_stream(stream)
    if idem and (standing := Entry.objects.filter(stream=stream, idem=idem).first()):
        if standing.kind != event.kind:
            raise Conflict("idem_reused", params={"stream": stream, "idem": idem})
        return standing
    body = event_body(event, actor)
    if actor.origin and row.last_seq == 0:
        body["origin"] = actor.origin
    item = link(row.tip, stream, Draft(event.kind, body, idem or ""), cut_ms(at))
    entry = Entry.objects.create(**item._asdict())
    _move(row.tip, [item])
    return entry


def event_body(event: Event, actor: Actor) -> Body:
    """Returns the event's fields as ledger values, with the actor's opaque id."""
    body = cast(Body, plain(event))
    if "actor" in body:
        raise ValueError(f"{event.kind}: the actor is added by the ledger")
    return {**body, "actor": actor.id}


def append_entries(*, after: Head, links: Sequence[Link]) -> None:
    """Writes links of one stream made with `chain.extend`. Called inside another's transaction;
    Conflict if the stream does not stand at `after` any more."""
    if not connection.in_atomic_block:
        raise RuntimeError("entries must be appended in the transaction of their change")
    if not links:
        return
    Entry.objects.bulk_create([Entry(**item._asdict()) for item in links])
    _move(after, links)


def _move(after: Head, links: Sequence[Link]) -> None:
    """Advances the stream, notes the range for the tree, writes the handlers' tasks."""
    stream, last = links[0].stream, links[-1]
    moved = Stream.objects.filter(pk=stream, last_seq=after.seq, head=after.hash).update(
        last_seq=last.seq, head=last.hash
    )
    if not moved:
        raise Conflict("stream_moved", params={"stream": stream})
    Pending.objects.create(stream=stream, first_seq=links[0].seq, last_seq=last.seq)
    tasks = relay.tasks_of(links)
    if tasks:
        Outbox.objects.bulk_create(tasks)
        transaction.on_commit(relay.wake)


def record_attempt(
    *,
    stream: str,
    action: str,
    actor: Actor,
    at: datetime,
    code: str,
    params: Mapping[str, object] | None = None,
    source: Source | None = None,
) -> Entry | None:
    """Records a refused attempt in a transaction of its own; None when the same actor was refused
    the same action less than a second ago. What the ledger cannot hold of `params` becomes text."""
    if is_repeated(stream, action, actor, at):  # asked before any lock: a flood only reads
        return None
    with transaction.atomic(durable=True):
        lock_stream(stream)
        if is_repeated(stream, action, actor, at):
            return None
        event = AttemptRefused(
            action=action,
            code=code,
            params={key: ledger_value(value) for key, value in (params or {}).items()},
            source_hash=note_source(source, at) if source else None,
        )
        return record(stream=stream, event=event, actor=actor, at=at)


def is_repeated(stream: str, action: str, actor: Actor, at: datetime) -> bool:
    """Whether the stream holds the actor's same refused action of the last second."""
    lately = Entry.objects.filter(
        stream=stream, kind=AttemptRefused.kind, at__gt=at - ATTEMPT_SPAN, at__lte=at
    )
    bodies = (entry.read_body() for entry in lately.order_by("-seq")[:ATTEMPTS_SEEN])
    return any(body["actor"] == actor.id and body["action"] == action for body in bodies)


def ledger_value(value: object) -> object:
    """Returns the value as the ledger holds it, or as text if it cannot."""
    found = plain(value)
    try:
        check_value(found, "params")
    except ValueError:
        return str(value)
    return found


def note_source(source: Source, at: datetime) -> str:
    """Keeps the plain text aside and returns its salted hash (64 hex digits) for the ledger."""
    salt = secrets.token_hex(16)
    plain_text = f"{salt}\n{source.address}\n{source.agent}"
    digest = sha256(plain_text.encode()).hexdigest()
    AttemptSource.objects.create(
        digest=digest,
        salt=salt,
        address=source.address[:64],
        agent=source.agent[:400],
        noted_at=at,
    )
    return digest


@transaction.atomic(durable=True)
def erase_sources(*, before: datetime) -> int:
    """Erases the plain text noted before an instant and returns how many; the ledger keeps the
    salted hashes, which say nothing without it."""
    erased, _by_model = AttemptSource.objects.filter(noted_at__lt=before).delete()
    return erased


def open_stream(name: str) -> None:
    """Creates a stream's row ahead of its first entry (a room does, so that its sequencer finds
    the row to move). Called inside another's transaction or alone."""
    ensure_stream(name)
