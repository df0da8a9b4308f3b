"""A room as everybody may know it: what is committed, and nothing else.

Reading waits for no decision: a long record is read beside the engine, never under its lock."""

import threading
from collections import deque
from typing import NamedTuple
from zlib import crc32

from bidding.models import Room
from bidding.rules.state import FINAL, State
from bidding.rules.terms import Terms
from bidding.sequencer.books import OFFERS_KEPT, Book, Frame, blank, folded, offer_of, unread
from bidding.sequencer.shelf import Shelf

READERS = tuple(threading.Lock() for _n in range(16))
"""A crowd before one cold room reads its record once."""


class View(NamedTuple):
    """A room as it is committed: its state and its last offers, oldest first."""

    terms: Terms
    state: State
    offers: tuple[Frame, ...] = ()

    def is_at(self, seq: int, sealed_seq: int) -> bool:
        """Whether it knows the record up to those numbers."""
        return self.state.seq >= seq and self.state.sealed_seq >= sealed_seq


_views: Shelf[View] = Shelf()
_publishing = threading.Lock()


def current(room: Room) -> View:
    """The room as it is committed, at least up to its row."""
    known = _views.get(room.code)
    if known is not None and known.is_at(room.seq, room.sealed_seq):
        return known
    with READERS[crc32(room.code.encode()) % len(READERS)]:
        known = _views.get(room.code)
        if known is not None and known.is_at(room.seq, room.sealed_seq):
            return known
        view = read_on(room.code, known)
        publish(view)
        return view


def read_on(code: str, known: View | None) -> View:
    """Folds what the record says beyond what is known."""
    if known is None:
        terms, state = blank(code)
        known = View(terms, state)
    state, offers = known.state, deque(known.offers, maxlen=OFFERS_KEPT)
    for entry, is_sealed in unread(state):
        state = folded(state, entry, is_sealed=is_sealed)
        if entry.kind == "offer_placed" and not is_sealed:
            offers.append(offer_of(entry))
    return View(known.terms, state, tuple(offers))


def publish(view: View) -> None:
    """Shows a newer view; any other changes nothing. Two readers, or a reader and the engine, may
    come at once."""
    code = view.state.code
    with _publishing:
        known = _views.get(code)
        if known is None or view.is_at(known.state.seq, known.state.sealed_seq):
            _views.put(code, view, is_ended=view.state.phase in FINAL)


def show(book: Book) -> None:
    """Publishes the working copy; called once it is committed."""
    publish(View(book.terms, book.state, tuple(book.offers)))


def forget_view(code: str) -> None:
    """Drops what is shown of a room whose record was set back."""
    _views.drop(code)


def forget_views() -> None:
    """Shows nothing any more; tests that swap the database need it."""
    _views.clear()
