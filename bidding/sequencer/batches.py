"""Batches under the lock: one short transaction, answers only after the commit."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from audit import relay
from audit.clock import DatabaseClock
from audit.services.statements import Statement
from bidding.models import Room
from bidding.sequencer import pulse
from bidding.sequencer.books import (
    SIGNED_OUT,
    Act,
    Book,
    Frame,
    Reply,
    book_of,
    forget,
    keep,
    known_book,
    read_book,
    signed,
    unknown_frame,
)
from bidding.sequencer.guard import Watched, guard
from bidding.sequencer.shown import forget_view, show
from bidding.sequencer.store import Asked, Held, Moment, RoomLocked, Row, transact, vendor
from bidding.sequencer.turns import Turn
from bidding.sequencer.waiting import TRY_SECONDS
from bidding.sequencer.writing import batch_statements
from kernel.clock import Clock
from kernel.errors import Refusal

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """What a batch made public in one room, for the hub."""

    code: str
    events: tuple[Frame, ...]
    at: datetime


@dataclass(slots=True)
class Outcome:
    """What follows from a batch once it is committed. `served_at`: when it was decided, without the
    test clock's offset, unless a silence came before it."""

    published: list[Published] = field(default_factory=list)
    touched: list[Book] = field(default_factory=list)
    served_at: datetime | None = None


Batch = Sequence[tuple[str, Act]]
Listener = Callable[[Sequence[Published]], None]
STEP = timedelta(seconds=1)
LOCK_PATIENCE_SECONDS = 1.0
listeners: list[Listener] = []
_deciding = threading.RLock()


def commit(batch: Batch, clock: Clock | None = None) -> list[Published]:
    """Decides a batch, commits it, answers. For whoever waits for the answer in this thread. A room
    that others hold is asked for again, for a while: in between the other rooms go on."""
    until = time.monotonic() + LOCK_PATIENCE_SECONDS
    published, is_first = None, True
    while published is None:
        try:
            published = decide_and_commit(batch, clock, is_patient=is_first)
        except RoomLocked:
            if time.monotonic() >= until:
                raise
            is_first = False
            time.sleep(TRY_SECONDS)
    announce(batch, published)
    return published


def decide_and_commit(
    batch: Batch, clock: Clock | None = None, *, is_patient: bool = True
) -> list[Published]:
    """Decides a batch in one transaction. Any error drops the caches it touched, so that the next
    batch reads the ledger again. RoomLocked when others hold one of its rooms: after a short wait,
    or at once if it is not patient."""
    if isinstance(clock, DatabaseClock):
        clock = None  # the present is read under the lock, and watched
    codes = {code for code, _act in batch}
    pairs = {(act.session_key, act.user_id) for _code, act in batch if act.user_id is not None}
    outcome = Outcome()
    warm(codes)
    with _deciding:
        try:
            asked = Asked(codes, pairs, is_patient)
            transact(asked, clock, lambda held: decide_under_lock(batch, held, outcome))
        except RoomLocked:
            raise  # nothing was decided, nothing is spoilt
        except BaseException:
            forget(codes)
            raise
        for book in outcome.touched:
            keep(book)
            show(book)
    if pairs and outcome.served_at is not None:
        # Who serves people is alive, even if its heartbeat is late.
        pulse.note_beat(outcome.served_at)
    return outcome.published


def decide_under_lock(batch: Batch, held: Held, outcome: Outcome) -> list[Statement]:
    """What to write, while the locks hold; the outcome counts once it is committed."""
    now, seen = watched(held.moment)
    turns = {row.code: turn_at(row, now) for row in held.rows}
    if seen is not None and look_after(turns.values(), seen):
        outcome.served_at = seen.bare
    settle_acts(batch, held, turns)
    written = [(turn, turn.write()) for turn in turns.values()]
    for turn, news in written:
        if news.shown:
            outcome.published.append(Published(turn.row.code, tuple(news.shown), turn.now))
    outcome.touched.extend(turn.book for turn in turns.values())
    changed = [turn for turn, news in written if news.runs]
    runs = [run for _turn, news in written for run in news.runs]
    return batch_statements(changed, runs, vendor())


def watched(moment: Moment) -> tuple[datetime, Watched | None]:
    """The instant that counts, and what the guard says of the clock unless one was given."""
    if isinstance(moment, datetime):
        return moment, None
    seen = guard.watch(moment)
    return seen.now, seen


def settle_acts(batch: Batch, held: Held, turns: Mapping[str, Turn]) -> None:
    """Settles the acts in order."""
    for code, act in batch:
        turn_of = turns.get(code)
        if turn_of is None:  # no such room: one wrong code never spoils the others
            act.answer = unknown_frame(act.token)
            continue
        if act.user_id is None:
            turn_of.settle(act, None, None)
            continue
        may_bid = held.live.get((act.session_key, act.user_id))
        if may_bid is None:
            act.answer = SIGNED_OUT
            continue
        seat = held.seats.get((turn_of.row.pk, act.user_id)) if may_bid else None
        turn_of.settle(act, *(seat or (None, None)))


def look_after(turns: Iterable[Turn], seen: Watched) -> bool:
    """What the present does to rooms before anything else: a silence gives its time back, then a
    clock that stepped halts them. Returns whether there was no silence: a room that is served
    after one must not hide it from the others."""
    pulse.note_clock(seen.now)
    alive_at = pulse.alive_at(seen.now, seen.bare)
    for turn in turns:
        turn.is_settled = seen.is_settled
        turn.recover(alive_at)
        if seen.is_off:
            turn.halt()
    return alive_at is None


def turn_at(row: Row, now: datetime) -> Turn:
    """A room's turn. Its time never goes back: until a clock that was set back has caught up, it
    stands still at the last entry."""
    book = locked_book(row)
    seen_at = book.seen_at or now
    if now < seen_at - STEP:
        logger.warning("the clock is behind the record", extra={"room": row.code})
    return Turn(row, book, max(now, seen_at))


def locked_book(row: Row) -> Book:
    """The book of a locked row. One that is ahead of the row remembers what was never committed
    (or a database that was set back): it is dropped and read again."""
    book = book_of(row.code, row.seq, row.sealed_seq)
    if (book.state.seq, book.state.sealed_seq) == (row.seq, row.sealed_seq):
        return book
    forget({row.code})
    forget_view(row.code)
    return book_of(row.code, row.seq, row.sealed_seq)


def warm(codes: set[str]) -> None:
    """Reads rooms that this process does not know before anybody waits for it: a long record must
    be read neither under the engine's lock nor under a row's."""
    for code in codes:
        if known_book(code) is None and Room.objects.filter(code=code).exists():
            book = read_book(code)
            with _deciding:
                if known_book(code) is None:
                    keep(book)


def announce(batch: Batch, published: Sequence[Published]) -> None:
    """After the commit: events to the hubs, signed answers to the senders, work to the relay. What
    is committed stands, so a fault on the way is logged and stops nobody else's news."""
    if published:
        for listener in list(listeners):
            try:
                listener(published)
            except Exception:
                logger.exception("a listener failed")
        relay.wake()
    for _code, act in batch:
        if act.reply is not None:
            answer(act, act.reply)


def answer(act: Act, reply: Reply) -> None:
    """Hands the answer over. Without a signature it is no receipt: the sender asks again."""
    try:
        frame = signed(act.answer)
    except Exception:
        logger.exception("a receipt could not be signed")
        frame = unknown_frame(act.token)
    try:
        reply(frame)
    except Exception:
        logger.warning("an answer found nobody", exc_info=True)


def settle_alone(code: str, act: Act, clock: Clock | None = None) -> Refusal | None:
    """Decides one act now, in this thread; for hosts, ticks, demo worlds and tests."""
    commit([(code, act)], clock)
    return act.refusal
