"""What this process remembers of a room, and the frames that answer its senders.

A book is a cache of the record, keyed by `seq`: worthless as soon as the row says otherwise. Only
whoever decides touches it; everybody else reads what is committed (see shown.py)."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from audit.chain import Head
from audit.selectors import EntryView, entries_after, read_head
from audit.services.keys import sign_receipt
from bidding.catalogue import preset as preset_row
from bidding.events import parse_event
from bidding.models import Room
from bidding.rules import commands as c
from bidding.rules.fold import evolve
from bidding.rules.state import FINAL, State, initial
from bidding.rules.terms import Terms, parse_terms
from bidding.sequencer.shelf import Shelf
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
    session are looked up again when it is decided; without them the house itself acts. `box`: the
    sealed reserve, kept only if its commitment is accepted."""

    command: c.Command
    token: str = ""
    user_id: int | None = None
    session_key: str = ""
    reply: Reply | None = None
    answer: Frame = field(default_factory=dict)
    refusal: Refusal | None = None
    box: bytes | None = None


class Settled(NamedTuple):
    """What a token was first used for, and what was answered."""

    amount_fen: int | None
    frame: Frame


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


_books: Shelf[Book] = Shelf()


def open_stream(code: str) -> str:
    return f"room/{code}"


def sealed_stream(code: str) -> str:
    return f"room/{code}/sealed"


def blank(code: str) -> tuple[Terms, State]:
    """The terms of a room and its state before its first event."""
    room = Room.objects.only("preset", "preset_version", "terms").get(code=code)
    terms = parse_terms(preset_row(room.preset, room.preset_version), room.terms)
    return terms, initial(terms, code=code)


def known_book(code: str) -> Book | None:
    return _books.get(code)


def book_of(code: str, seq: int, sealed_seq: int) -> Book:
    """The room's book, brought up to those numbers; read from the ledger when behind. For whoever
    holds the engine's lock."""
    book = _books.get(code) or Book(*blank(code), {})
    if book.state.seq < seq or book.state.sealed_seq < sealed_seq or not book.heads:
        catch_up(book)
        keep(book)
    return book


def read_book(code: str) -> Book:
    """A book read from the record, nobody else's: needs no lock."""
    book = Book(*blank(code), {})
    catch_up(book)
    return book


def keep(book: Book) -> None:
    """Puts a book where the next batch finds it."""
    _books.put(book.state.code, book, is_ended=book.state.phase in FINAL)


def unread(state: State) -> Iterator[tuple[EntryView, bool]]:
    """What both streams of a room's record say beyond a state, and whether it is sealed."""
    places = ((open_stream, state.seq, False), (sealed_stream, state.sealed_seq, True))
    for stream, seq, is_sealed in places:
        entries = entries_after(stream(state.code), seq, PAGE)
        while entries:
            yield from ((entry, is_sealed) for entry in entries)
            if len(entries) < PAGE:
                break
            entries = entries_after(stream(state.code), entries[-1].seq, PAGE)


def catch_up(book: Book) -> None:
    """Folds the entries this process has not seen."""
    for entry, is_sealed in unread(book.state):
        book.state = folded(book.state, entry, is_sealed=is_sealed)
        book.seen_at = max(entry.at, book.seen_at or entry.at)
        book.heads[entry.stream] = Head(entry.seq, entry.hash)
        if entry.kind == "offer_placed" and not is_sealed:
            book.offers.append(offer_of(entry))
        if ":" in entry.idem and not entry.idem.startswith("seq:"):
            remember(book, entry)
    for stream in (open_stream(book.state.code), sealed_stream(book.state.code)):
        head = None if stream in book.heads else read_head(stream)
        if head is not None:
            book.heads[stream] = head


def folded(state: State, entry: EntryView, *, is_sealed: bool) -> State:
    event = parse_event(entry.kind, entry.at, dict(entry.body), sealed=is_sealed)
    return evolve(state, event)


def offer_of(entry: EntryView) -> Frame:
    """An offer as the snapshot lists it."""
    return listed({"seq": entry.seq, "at": iso_ms(entry.at), **entry.body})


def listed(shown: Mapping[str, object]) -> Frame:
    return {name: shown[name] for name in OFFER_FIELDS}


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
        _books.drop(code)


def forget_books() -> None:
    """Empties the cache; tests that swap the database need it."""
    _books.clear()
