"""What this process remembers of a room, and the frames that answer its senders.

A book is a cache of the record, keyed by `seq`: worthless as soon as the row says otherwise."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from audit.chain import Head, Link
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


_books: dict[str, Book] = {}


def open_stream(code: str) -> str:
    return f"room/{code}"


def sealed_stream(code: str) -> str:
    return f"room/{code}/sealed"


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


def forget(codes: set[str]) -> None:
    """Drops books that a failed batch may have spoiled."""
    for code in codes:
        _books.pop(code, None)


def forget_books() -> None:
    """Empties the cache; tests that swap the database need it."""
    _books.clear()
