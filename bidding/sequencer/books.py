"""What this process remembers of a room, and the frames that answer its senders.

A book is a cache of the record, keyed by `seq`: worthless as soon as the row says otherwise. Only
whoever decides touches it; everybody else reads the `View` of what is committed."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from audit.chain import Head
from audit.selectors import EntryView, entries_after, read_head
from audit.services.keys import sign_receipt
from bidding.data import preset as preset_row
from bidding.events import parse_event
from bidding.models import Room
from bidding.rules import commands as c
from bidding.rules.fold import evolve
from bidding.rules.state import State, initial
from bidding.rules.terms import Terms, parse_terms
from kernel.clock import iso_ms
from kernel.errors import Refusal

PAGE = 2000
OFFERS_KEPT = 50
OFFER_FIELDS = ("seq", "at", "plate", "amount_fen", "receipt_no")
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


class Settled(NamedTuple):
    """What a token was first used for, and what was answered."""

    amount_fen: int | None
    frame: Frame


class View(NamedTuple):
    """A room as it is committed: its state and its last offers, oldest first."""

    terms: Terms
    state: State
    offers: tuple[Frame, ...] = ()


@dataclass(slots=True)
class Book:
    """The working copy. `seen_at` is the instant of the room's last entry in either stream."""

    terms: Terms
    state: State
    heads: dict[str, Head]
    tokens: dict[str, Settled] = field(default_factory=dict)
    offers: deque[Frame] = field(default_factory=lambda: deque(maxlen=OFFERS_KEPT))
    refused_in: tuple[int, dict[str, int]] = (0, {})
    seen_at: datetime | None = None
    shown: View | None = None

    def show(self) -> View:
        """Publishes the working copy; called once it is committed."""
        self.shown = View(self.terms, self.state, tuple(self.offers))
        return self.shown


_books: dict[str, Book] = {}


def open_stream(code: str) -> str:
    return f"room/{code}"


def sealed_stream(code: str) -> str:
    return f"room/{code}/sealed"


def book_of(code: str, seq: int, sealed_seq: int) -> Book:
    """The room's book, brought up to those numbers; read from the ledger when behind."""
    book = _books.get(code)
    if book is None:
        room = Room.objects.only("preset", "preset_version", "terms").get(code=code)
        terms = parse_terms(preset_row(room.preset, room.preset_version), room.terms)
        book = Book(terms, initial(terms, code=code), {})
    if book.state.seq >= seq and book.state.sealed_seq >= sealed_seq and book.heads:
        return book
    catch_up(book, code)
    book.show()
    _books[code] = book
    return book


def shown_of(code: str, seq: int, sealed_seq: int) -> View | None:
    """What is committed, if this process knows it up to those numbers; needs no lock."""
    book = _books.get(code)
    shown = book.shown if book else None
    if shown and shown.state.seq >= seq and shown.state.sealed_seq >= sealed_seq:
        return shown
    return None


def catch_up(book: Book, code: str) -> None:
    """Folds the entries this process has not seen."""
    for stream, is_sealed in ((open_stream(code), False), (sealed_stream(code), True)):
        while True:
            seen = book.state.sealed_seq if is_sealed else book.state.seq
            entries = entries_after(stream, seen, PAGE)
            for entry in entries:
                fold(book, entry, is_sealed=is_sealed)
            if entries:
                book.heads[stream] = Head(entries[-1].seq, entries[-1].hash)
            if len(entries) < PAGE:
                break
        if stream not in book.heads:
            head = read_head(stream)
            if head is not None:
                book.heads[stream] = head


def fold(book: Book, entry: EntryView, *, is_sealed: bool) -> None:
    event = parse_event(entry.kind, entry.at, dict(entry.body), sealed=is_sealed)
    book.state = evolve(book.state, event)
    book.seen_at = max(entry.at, book.seen_at or entry.at)
    if entry.kind == "offer_placed" and not is_sealed:
        note_offer(book, {"seq": entry.seq, "at": iso_ms(entry.at), **entry.body})
    if ":" in entry.idem and not entry.idem.startswith("seq:"):
        remember(book, entry)


def note_offer(book: Book, shown: Mapping[str, object]) -> None:
    """Keeps an offer for the snapshot's list."""
    book.offers.append({name: shown[name] for name in OFFER_FIELDS})


def remember(book: Book, entry: EntryView) -> None:
    """Keeps the answer that a token got, for ever."""
    values = entry.body
    amount = values.get("amount_fen")
    token = entry.idem.partition(":")[2]
    if entry.kind in {"offer_refused", "join_refused"}:
        frame = refused_frame(token, str(values.get("code")), values.get("min_valid_fen"))
    else:
        frame = ack_frame(token, entry, values.get("receipt_no"))
    book.tokens[entry.idem] = Settled(amount if isinstance(amount, int) else None, frame)


class Place(NamedTuple):
    """Where an entry stands in the ledger."""

    stream: str
    seq: int
    at: datetime
    hash: bytes


def ack_frame(token: str, place: Place | EntryView, receipt_no: object) -> Frame:
    """The acknowledgement of a settled command; `signed` completes it. A place in the sealed stream
    is not numbered: seats and refusals stand there too, so the number would count them. AUC-01."""
    is_sealed = place.stream.endswith("/sealed")
    return {
        "v": 1,
        "type": "ack",
        "client_token": token,
        "stream": place.stream,
        "seq": None if is_sealed else place.seq,
        "at": iso_ms(place.at),
        "hash": place.hash.hex(),
        "receipt_no": receipt_no,
    }


def signed(frame: Frame) -> Frame:
    """Adds the receipt's signature to an acknowledgement: after the commit, off the lock, once."""
    if frame.get("type") == "ack" and "sig" not in frame:
        frame["sig"] = sign_receipt(bytes.fromhex(str(frame["hash"])))
    return frame


def refused_frame(token: str, code: str, min_valid: object) -> Frame:
    return {
        "v": 1,
        "type": "refused",
        "client_token": token,
        "code": code,
        "message": code,
        "min_valid_fen": min_valid,
    }


def unknown_frame(token: str) -> Frame:
    """The batch could not be committed: ask again under the same token."""
    return {"v": 1, "type": "unknown", "client_token": token}


SIGNED_OUT: Frame = {"v": 1, "type": "signed_out"}


def forget(codes: set[str]) -> None:
    """Drops books that a failed batch may have spoiled."""
    for code in codes:
        _books.pop(code, None)


def forget_books() -> None:
    """Empties the cache; tests that swap the database need it."""
    _books.clear()
