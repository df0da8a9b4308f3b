"""Deciding in batches under the room's lock: one short transaction, answers only after the commit.

Commands queue per process; while one batch commits the next one gathers, so a lone offer waits
for nobody. Memory is a cache keyed by `seq`: any process may decide for any room at any time.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import close_old_connections, connection, transaction

from accounts.selectors import live_bidders
from audit import relay
from audit.chain import Draft, Head, Link, extend
from audit.clock import database_now
from audit.selectors import EntryView, entries_after, read_head
from audit.services import append_entries
from audit.services.keys import sign_receipt
from bidding.data import preset as preset_row
from bidding.events import Event, body, parse_event
from bidding.locks import lock_rooms
from bidding.models import Room, Seat
from bidding.rules import commands as c
from bidding.rules.codes import Code
from bidding.rules.decide import Decision, decide, refuse
from bidding.rules.fold import evolve
from bidding.rules.passing import is_due
from bidding.rules.state import State, initial, next_due
from bidding.rules.terms import Terms, parse_terms
from bidding.services import reserve
from kernel.clock import Clock, cut_ms, iso_ms
from kernel.errors import Refusal

logger = logging.getLogger(__name__)
LARGEST_BATCH = 512
PAGE = 2000
Frame = dict[str, object]
Reply = Callable[[Frame], None]


@dataclass(slots=True)
class Act:
    """One command for one room. `user_id` and `session_key` stand for a bidder, whose seat and
    session are looked up again when it is decided; without them the house itself acts."""

    command: c.Command
    token: str = ""
    user_id: int | None = None
    session_key: str = ""
    reply: Reply | None = None
    answer: Frame = field(default_factory=dict)
    refusal: Refusal | None = None


@dataclass(slots=True)
class Settled:
    """What a token was first used for, and what was answered."""

    amount_fen: int | None
    frame: Frame


@dataclass(slots=True)
class Book:
    """What this process remembers of a room; worthless as soon as `seq` differs."""

    terms: Terms
    state: State
    heads: dict[str, Head]
    tokens: dict[str, Settled] = field(default_factory=dict)
    refused_in: tuple[int, dict[str, int]] = (0, {})


@dataclass(frozen=True, slots=True)
class Published:
    """What a batch made public in one room, for the hub."""

    code: str
    events: tuple[Frame, ...]
    at: datetime


Listener = Callable[[Sequence[Published]], None]
listeners: list[Listener] = []
_books: dict[str, Book] = {}
_deciding = threading.RLock()


def open_stream(code: str) -> str:
    return f"room/{code}"


def sealed_stream(code: str) -> str:
    return f"room/{code}/sealed"


# ── the cache ─────────────────────────────────────────────────────────────────────────────────


def book_of(room: Room) -> Book:
    """The room's book, brought up to the locked row's `seq`; read from the ledger when behind."""
    book = _books.get(room.code)
    if book is None:
        terms = parse_terms(preset_row(room.preset, room.preset_version), room.terms)
        book = Book(terms, initial(terms, code=room.code), {})
    if book.state.seq == room.seq and book.state.sealed_seq == room.sealed_seq and book.heads:
        return book
    catch_up(book, room.code)
    _books[room.code] = book
    return book


def catch_up(book: Book, code: str) -> None:
    """Folds the entries this process has not seen."""
    for stream, is_sealed in ((open_stream(code), False), (sealed_stream(code), True)):
        while True:
            seen = book.state.sealed_seq if is_sealed else book.state.seq
            entries = entries_after(stream, seen, PAGE)
            for entry in entries:
                fold(book, entry, is_sealed=is_sealed)
            if len(entries) < PAGE:
                break
        head = read_head(stream)
        if head is not None:
            book.heads[stream] = head


def fold(book: Book, entry: EntryView, *, is_sealed: bool) -> None:
    event = parse_event(entry.kind, entry.at, dict(entry.body), sealed=is_sealed)
    book.state = evolve(book.state, event)
    if ":" in entry.idem and not entry.idem.startswith("seq:"):
        remember(book, entry.idem, entry)


def remember(book: Book, idem: str, entry: EntryView | Link) -> None:
    """Keeps the answer that a token got, for ever."""
    held = entry.body if isinstance(entry.body, dict) else None
    values = held if held is not None else {}
    amount = values.get("amount_fen")
    token = idem.partition(":")[2]
    if entry.kind in {"offer_refused", "join_refused"}:
        frame = refused_frame(token, str(values.get("code")), None)
    else:
        frame = ack_frame(token, entry.stream, entry.seq, entry.at, entry.hash, values)
    book.tokens[idem] = Settled(amount if isinstance(amount, int) else None, frame)


# ── frames ────────────────────────────────────────────────────────────────────────────────────


def ack_frame(
    token: str, stream: str, seq: int, at: datetime, digest: bytes, values: dict[str, object]
) -> Frame:
    """The signed acknowledgement of a settled command."""
    return {
        "v": 1,
        "type": "ack",
        "client_token": token,
        "stream": stream,
        "seq": seq,
        "at": iso_ms(at),
        "hash": digest.hex(),
        "receipt_no": values.get("receipt_no"),
        "sig": sign_receipt(digest),
    }


def refused_frame(token: str, code: str, min_valid: object) -> Frame:
    return {
        "v": 1,
        "type": "refused",
        "client_token": token,
        "code": code,
        "message": code,
        "min_valid_fen": min_valid,
    }


SIGNED_OUT: Frame = {"v": 1, "type": "signed_out"}


# ── deciding ──────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Turn:
    """One room's part of a batch, inside the transaction."""

    room: Room
    book: Book
    now: datetime
    public: list[Draft] = field(default_factory=list)
    sealed: list[Draft] = field(default_factory=list)
    waiting: list[tuple[Act, str, bool, int]] = field(default_factory=list)

    def settle(self, act: Act, plate: str | None, rank: int | None, *, is_live: bool) -> None:
        """Decides one act and notes what it leaves behind."""
        if not is_live:
            act.answer = SIGNED_OUT
            return
        # Without a person behind it the house acts (a tick, a host, a replayed record): only
        # code inside can make such an act, and its plate stands.
        command = act.command if act.user_id is None else seated(act.command, plate, rank)
        plate = plate if act.user_id is not None else getattr(command, "plate", None)
        idem = f"{plate}:{act.token}" if plate and act.token else ""
        known = self.book.tokens.get(idem) if idem else None
        if known is not None and not c.is_malformed(command):
            self.repeat(act, command, known)
            return
        self.take(act, command, self.decided(command, plate), idem)

    def decided(self, command: c.Command, plate: str | None) -> Decision:
        state, terms = self.book.state, self.book.terms
        secret = reserve.open_box(self.room) if is_due(state, self.now) else None
        decision = decide(terms, state, command, self.now, reserve_fen=secret)
        if decision.refusal is None or plate is None or decision.refusal.code == Code.MALFORMED:
            return decision
        if not self.is_too_fast(plate):
            return decision
        # Too many refusals in a second: time still passes, the refusal itself is not chained.
        passed = decide(terms, state, c.Tick(), self.now, reserve_fen=secret)
        refusal = Refusal(Code.TOO_FAST, decision.refusal.params)
        return Decision(passed.state, passed.events, passed.sealed, refusal)

    def is_too_fast(self, plate: str) -> bool:
        """Counts this refusal; True when the seat has spent its allowance of this second."""
        second = int(self.now.timestamp())
        held, counts = self.book.refused_in
        if held != second:
            counts = {}
            self.book.refused_in = (second, counts)
        counts[plate] = counts.get(plate, 0) + 1
        limit = self.book.terms.refusals_per_s
        return bool(limit) and counts[plate] > limit

    def repeat(self, act: Act, command: c.Command, known: Settled) -> None:
        """A token seen before: the same intention gets the same answer, another is refused."""
        amount = command.amount_fen if isinstance(command, c.Offer) else None
        if amount == known.amount_fen:
            act.answer = known.frame
            return
        decision = refuse(self.book.terms, self.book.state, command, Code.TOKEN_REUSED, self.now)
        self.take(act, command, decision, "")

    def take(self, act: Act, command: c.Command, decision: Decision, idem: str) -> None:
        """Adds a decision's events to the batch and plans the answer."""
        self.add(decision.events, self.public, decision.answer, idem, act)
        self.add(decision.sealed, self.sealed, decision.answer, idem, act)
        self.book.state = decision.state
        act.refusal = decision.refusal
        if decision.refusal is None:
            return
        limit = decision.refusal.params.get("min_valid_fen")
        act.answer = refused_frame(act.token, decision.refusal.code, limit)
        settles = decision.sealed and decision.refusal.code not in {Code.TOO_FAST}
        if idem and settles and decision.refusal.code != Code.TOKEN_REUSED:
            amount = command.amount_fen if isinstance(command, c.Offer) else None
            self.book.tokens[idem] = Settled(amount, act.answer)
            last = self.sealed[-1]
            self.sealed[-1] = Draft(last.kind, last.body, idem)

    def add(
        self,
        events: Iterable[Event],
        drafts: list[Draft],
        answer: Event | None,
        idem: str,
        act: Act,
    ) -> None:
        for event in events:
            is_answer = event is answer
            drafts.append(Draft(event.kind, body(event), idem if is_answer else ""))
            if is_answer:
                place = (act, idem, drafts is self.sealed, len(drafts) - 1)
                self.waiting.append(place)

    def write(self) -> list[Link]:
        """Writes both streams and the row; returns the public links."""
        code = self.room.code
        public = self.append(open_stream(code), self.public)
        sealed = self.append(sealed_stream(code), self.sealed)
        for act, idem, is_sealed, index in self.waiting:
            item = (sealed if is_sealed else public)[index]
            draft = (self.sealed if is_sealed else self.public)[index]
            values = dict(draft.body)
            act.answer = ack_frame(act.token, item.stream, item.seq, item.at, item.hash, values)
            if idem:
                amount = values.get("amount_fen")
                kept = amount if isinstance(amount, int) else None
                self.book.tokens[idem] = Settled(kept, act.answer)
        if public or sealed:
            self.save()
        return public

    def append(self, stream: str, drafts: list[Draft]) -> list[Link]:
        if not drafts:
            return []
        head = self.book.heads[stream]
        links = extend(stream, head, drafts, self.now)
        append_entries(after=head, links=links)
        self.book.heads[stream] = Head(links[-1].seq, links[-1].hash)
        return links

    def save(self) -> None:
        state = self.book.state
        self.room.seq, self.room.sealed_seq = state.seq, state.sealed_seq
        self.room.phase, self.room.due_at = state.phase, next_due(state)
        self.room.save(update_fields=["seq", "sealed_seq", "phase", "due_at"])


def seated(command: c.Command, plate: str | None, rank: int | None) -> c.Command:
    """The command as its seat gives it: a plate in the frame is never believed."""
    if isinstance(command, c.Offer):
        return c.Offer(plate, command.amount_fen, rank)
    if isinstance(command, c.Join):
        return c.Join(plate)
    return command


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
            for code in codes:
                _books.pop(code, None)
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


# ── the queue of this process ─────────────────────────────────────────────────────────────────


class Sequencer:
    """One committer thread; `submit` never blocks the caller."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[str, Act] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def submit(self, code: str, act: Act) -> None:
        """Queues an act; its `reply` is called from the committer thread after the commit."""
        self._queue.put((code, act))
        if self._thread is None or not self._thread.is_alive():
            self.start()

    def start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self.run, name="committer", daemon=True)
                self._thread.start()

    def run(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            batch = [first]
            while len(batch) < LARGEST_BATCH:
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
                if item is None:
                    break
                batch.append(item)
            self.commit(batch)

    def commit(self, batch: list[tuple[str, Act]]) -> None:
        """A batch that could not be committed is unknown to its senders: they ask again under the
        same token. Known codes only, so that one wrong room never spoils another."""
        try:
            commit(batch)
        except Exception:
            logger.exception("a batch could not be committed")
            for _code, act in batch:
                if act.reply is not None:
                    act.reply({"v": 1, "type": "unknown", "client_token": act.token})
            connection.close()
            close_old_connections()

    def stop(self) -> None:
        """Lets the committer finish what is queued and end."""
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(timeout=3)
            self._thread = None


sequencer = Sequencer()


def forget_books() -> None:
    """Empties the cache; tests that swap the database need it."""
    _books.clear()


def current(room: Room) -> Book:
    """The room's book as of its row, for reading only."""
    with _deciding:
        return book_of(room)
