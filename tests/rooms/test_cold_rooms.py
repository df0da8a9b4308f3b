"""A room that this process does not know is read beside the engine: no live room waits for it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from django.db import connection

from bidding.rules import commands as c
from bidding.sequencer import batches, books, shown
from bidding.sequencer.books import forget_books
from bidding.sequencer.shown import current, forget_views
from tests.worlds.rooms import Table, lay_table, terms_of

PATIENCE = 5.0
T = TypeVar("T")


@contextmanager
def engine_busy() -> Iterator[None]:
    """Somebody else decides, for as long as this lasts."""
    is_held, end = threading.Event(), threading.Event()

    def decide() -> None:
        with batches._deciding:
            is_held.set()
            end.wait(PATIENCE)

    thread = threading.Thread(target=decide)
    thread.start()
    assert is_held.wait(PATIENCE)
    try:
        yield
    finally:
        end.set()
        thread.join()


def in_time(function: Callable[[], T]) -> T:
    """Calls it in a thread of its own; fails if it has to wait for the engine."""
    found: list[T] = []

    def run() -> None:
        found.append(function())
        connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE / 2)
    assert not thread.is_alive(), "it waited"
    return found[0]


def played() -> Table:
    table = lay_table("alice", "bob", terms=terms_of(own_outbid=True))
    for step in range(60):
        table.place("alice" if step % 3 else "bob", 1000 + 100 * step)
    table.place("bob", 900)
    table.act(c.Announce("公告"))
    return table


def go_cold() -> None:
    forget_books()
    forget_views()


def test_reading_a_cold_room_waits_for_no_decision() -> None:
    table = played()
    go_cold()
    row = table.row
    with engine_busy():
        assert in_time(lambda: current(row)).state.seq == row.seq


def test_a_cold_room_s_record_is_read_before_the_engine_is_locked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table, read, calls = played(), batches.read_book, list[str]()
    go_cold()

    def read_beside(code: str) -> Any:
        assert in_time(is_engine_free)
        return read(code)

    monkeypatch.setattr(batches, "read_book", read_beside)
    monkeypatch.setattr(books, "catch_up", counted(books.catch_up, calls))
    assert table.place("alice", 10_000)["type"] == "ack"
    assert calls == [table.code]  # once, before the lock, and not again under it


def is_engine_free() -> bool:
    is_free = batches._deciding.acquire(timeout=1)
    if is_free:
        batches._deciding.release()
    return is_free


def counted(function: Callable[[Any], None], calls: list[str]) -> Callable[[Any], None]:
    def call(book: Any) -> None:
        calls.append(book.state.code)
        function(book)

    return call


def test_a_reader_knows_what_the_engine_knows() -> None:
    """Read whole, read on from what was shown, or told by the engine: one and the same."""
    table = played()
    told = current(table.row)
    go_cold()
    assert current(table.row) == told
    early = shown.View(told.terms, books.blank(table.code)[1])
    assert shown.read_on(table.code, early) == told
    assert shown.read_on(table.code, told) == told
    assert len(told.offers) == books.OFFERS_KEPT


def test_an_older_view_never_replaces_a_newer_one() -> None:
    table = played()
    old = current(table.row)
    table.place("alice", 10_000)
    shown.publish(old)
    assert current(table.row).state.book.top_fen == 10_000


def test_a_crowd_before_a_cold_room_reads_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table = played()
    go_cold()
    reads: list[str] = []
    read = shown.read_on

    def slow(code: str, known: Any) -> Any:
        reads.append(code)
        return read(code, known)

    monkeypatch.setattr(shown, "read_on", slow)
    row = table.row

    def look() -> None:
        current(row)
        connection.close()

    crowd = [threading.Thread(target=look) for _n in range(8)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(PATIENCE)
    assert reads == [table.code]
