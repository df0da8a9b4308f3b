"""Batches under the lock: one short transaction, answers only after the commit."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.selectors import live_bidders
from audit import relay
from audit.chain import Draft, Link
from audit.clock import database_now
from bidding.locks import lock_rooms
from bidding.models import Room, Seat
from bidding.sequencer.books import Act, Book, Frame, book_of, forget
from bidding.sequencer.turns import Turn
from kernel.clock import Clock, cut_ms, iso_ms
from kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Published:
    """What a batch made public in one room, for the hub."""

    code: str
    events: tuple[Frame, ...]
    at: datetime


Listener = Callable[[Sequence[Published]], None]
listeners: list[Listener] = []
_deciding = threading.RLock()

Batch = Sequence[tuple[str, Act]]


def commit(batch: Batch, clock: Clock | None = None) -> list[Published]:
    """Decides a batch in one transaction and answers after it. Any error drops the caches it
    touched, so that the next batch reads the ledger again."""
    codes = {code for code, _act in batch}
    with _deciding:
        try:
            with transaction.atomic(durable=True):
                published = decide_batch(batch, codes, clock)
        except BaseException:
            forget(codes)
            raise
    announce(batch, published)
    return published


def decide_batch(batch: Batch, codes: set[str], clock: Clock | None) -> list[Published]:
    pks = list(Room.objects.filter(code__in=codes).values_list("pk", flat=True))
    rooms = lock_rooms(pks)
    # The clock is read after the locks: an offer that waited for them is judged when it is heard.
    now = clock.now() if clock is not None else cut_ms(database_now())
    turns = {room.code: Turn(room, book_of(room), now) for room in rooms}
    seats, live = who(batch, [room.pk for room in rooms])
    for code, act in batch:
        turn = turns[code]
        plate, rank = seats.get((turn.room.pk, act.user_id or 0), (None, None))
        is_live = act.user_id is None or (act.session_key, act.user_id) in live
        turn.settle(act, plate, rank, is_live=is_live)
    published = []
    for turn in turns.values():
        links = turn.write()
        drafts = turn.public
        if links:
            events = tuple(shown(item, draft) for item, draft in zip(links, drafts, strict=True))
            published.append(Published(turn.room.code, events, now))
    return published


def shown(item: Link, draft: Draft) -> Frame:
    """A public entry as frames and pages carry it."""
    return {"seq": item.seq, "kind": item.kind, "at": iso_ms(item.at), **dict(draft.body)}


Seats = dict[tuple[int, int], tuple[str, int | None]]


def who(batch: Batch, room_pks: list[int]) -> tuple[Seats, set[tuple[str, int]]]:
    """The seats of the people in the batch, and which sessions are still alive. Three queries,
    however many commands; none when only the house acts."""
    pairs = {(act.session_key, act.user_id) for _code, act in batch if act.user_id is not None}
    people = {user for _key, user in pairs if user is not None}
    if not people:
        return {}, set()
    rows = Seat.objects.filter(room_id__in=room_pks, user_id__in=people, is_barred=False)
    seats = {
        (room, user): (plate, rank)
        for room, user, plate, rank in rows.values_list(
            "room_id", "user_id", "plate", "priority_rank"
        )
    }
    return seats, live_bidders({(key, user) for key, user in pairs if user is not None})


def announce(batch: Batch, published: Sequence[Published]) -> None:
    """After the commit: answers to the senders, events to the hubs, work to the relay."""
    for _code, act in batch:
        if act.reply is not None:
            act.reply(act.answer)
    if published:
        for listener in list(listeners):
            listener(published)
        relay.wake()


def settle_alone(code: str, act: Act, clock: Clock | None = None) -> Refusal | None:
    """Decides one act now, in this thread; for hosts, ticks, demo worlds and tests."""
    commit([(code, act)], clock)
    return act.refusal


def current(room: Room) -> Book:
    """The room's book as of its row, for reading only."""
    with _deciding:
        return book_of(room)
