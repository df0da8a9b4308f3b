"""What a batch sends: as many statements for many rooms as for one, planned once, and guarded."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError, connection

from audit.models import Entry, Stream
from audit.services.statements import Statement
from bidding.rules import commands as c
from bidding.sequencer import store
from bidding.sequencer.batches import commit
from bidding.sequencer.books import Act, open_stream
from bidding.sequencer.store import Asked, Held, guarded, own_connection, transact
from tests.worlds.rooms import Table, lay_table, new_token, terms_of


def offer_in(table: Table, fen: int) -> tuple[str, Act]:
    seat = table.alice
    return table.code, Act(c.Offer(None, fen), new_token(), seat.user.pk, seat.session_key)


def in_own_connection(work: Callable[[], None]) -> None:
    """Runs the work in a thread with a connection of its own, as the committer does."""
    faults: list[BaseException] = []

    def run() -> None:
        try:
            own_connection()
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if faults:
        raise faults[0]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The texts of what goes to PostgreSQL, a list each round trip."""
    trips: list[list[str]] = []
    real = store.send

    def send(raw: Any, statements: Any) -> Any:
        trips.append([item.sql for item in statements])
        return real(raw, statements)

    monkeypatch.setattr(store, "send", send)
    return trips


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_rooms_take_the_statements_of_one(sent: list[list[str]]) -> None:
    tables = [lay_table("alice", terms=terms_of(own_outbid=True)) for _room in range(3)]
    commit([offer_in(tables[0], 1000)])
    one, sent[:] = sent[-2:], []
    batch = [offer_in(table, 1100) for table in tables] + [offer_in(tables[1], 1200)]
    commit(batch)
    assert [act.answer["type"] for _code, act in batch] == ["ack"] * 4
    assert sent[-2:] == one  # to the letter, so that the plans are those of before


@pytest.mark.usefixtures("each_database")
def test_every_room_of_a_batch_stands_as_its_entries_do() -> None:
    tables = [lay_table("alice", terms=terms_of(own_outbid=True)) for _room in range(3)]
    commit([offer_in(table, 1000 + 100 * turn) for turn in range(2) for table in tables])
    for table in tables:
        last = Entry.objects.filter(stream=open_stream(table.code)).order_by("-seq")[0]
        stream = Stream.objects.get(pk=open_stream(table.code))
        assert (stream.last_seq, bytes(stream.head)) == (last.seq, bytes(last.hash))
        assert table.row.seq == last.seq
        assert (last.kind, last.read_body()["amount_fen"]) == ("offer_placed", 1100)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_connection_of_one_s_own_plans_each_statement_once() -> None:
    table = lay_table("alice", terms=terms_of(own_outbid=True))
    prepared: list[int] = []

    def work() -> None:
        for size in (1, 3, 2, 7):
            fen = 1000 + 10_000 * size
            commit([offer_in(table, fen + 100 * step) for step in range(size)])
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_prepared_statements")
                prepared.append(cursor.fetchone()[0])

    in_own_connection(work)
    assert prepared[0] > 0
    assert prepared == prepared[:1] * 4


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rows", [0, 2])
def test_a_row_count_that_is_wrong_fails_the_batch(rows: int) -> None:
    table = lay_table("alice")
    before = table.row.title

    def decide(_held: Held) -> list[Statement]:
        sql = "UPDATE bidding_room SET title = 'moved' WHERE code = %s"
        return [Statement(sql, (table.code,), rows=rows)]

    with pytest.raises(DataError):
        transact(Asked({table.code}, set()), None, decide)
    assert table.row.title == before


def test_what_counts_no_rows_is_sent_as_it_is() -> None:
    statement = Statement("SELECT 1", ())
    assert guarded(statement) is statement
