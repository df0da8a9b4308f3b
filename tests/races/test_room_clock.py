"""The clock that decides is read after the lock. First the race as it is, then ours without it."""

import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from audit.clock import system_clock
from audit.models import Entry
from bidding.rules import commands as c
from bidding.sequencer.batches import settle_alone
from bidding.sequencer.books import Act, forget_books
from kernel.clock import FixedClock, iso_ms, parse_instant
from tests.worlds.rooms import Table, lay_table, new_token, terms_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
HELD_SECONDS = 0.7


@pytest.fixture(autouse=True)
def _own_books() -> Any:
    forget_books()
    yield
    forget_books()


class Holder(threading.Thread):
    """Holds a room's row lock for a while and then is killed, or rolls back: nothing changes."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code, self.is_held = code, threading.Event()

    def run(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT 1 FROM bidding_room WHERE code = %s FOR NO KEY UPDATE", [self.code]
            )
            self.is_held.set()
            cursor.execute("SELECT pg_sleep(%s)", [HELD_SECONDS])
            cursor.execute("ROLLBACK")
        connection.close()


def waited_clock(code: str, sql: str) -> tuple[datetime, datetime]:
    """What a clock says that this locking statement reads, and when the lock was really had."""
    holder = Holder(code)
    holder.start()
    holder.is_held.wait()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(sql, [code])
        read = cursor.fetchone()[-1]
        cursor.execute("SELECT clock_timestamp()")
        had = cursor.fetchone()[0]
        cursor.execute("COMMIT")
    holder.join()
    return read, had


@pytest.mark.parametrize("clock", ["clock_timestamp()", "now()"])
def test_a_clock_in_the_locking_select_is_stale_by_the_whole_wait(clock: str) -> None:
    """The race exists: PostgreSQL computes the column below the lock, before the wait."""
    table = lay_table("alice")
    sql = f"SELECT id, {clock} FROM bidding_room WHERE code = %s ORDER BY id FOR NO KEY UPDATE"
    read, had = waited_clock(table.code, sql)
    assert had - read > timedelta(seconds=HELD_SECONDS / 2)


def ending_table() -> Table:
    ends_at = system_clock().now() + timedelta(seconds=5)
    return lay_table("alice", terms=terms_of(ends_at=iso_ms(ends_at), soft_close_s=0))


def quote_across_the_end(table: Table, *, with_early_clock: bool = False) -> dict[str, Any]:
    """An offer made before the end, that has to wait for the lock until after it."""
    while system_clock().now() < table_end(table) - timedelta(seconds=HELD_SECONDS / 2):
        time.sleep(0.01)
    early = FixedClock(system_clock().now()) if with_early_clock else None
    holder = Holder(table.code)
    holder.start()
    holder.is_held.wait()
    seat = table.alice
    act = Act(c.Offer(None, 1000), new_token(), seat.user.pk, seat.session_key)
    settle_alone(table.code, act, early)
    holder.join()
    return act.answer


def test_with_a_clock_read_before_the_lock_a_late_offer_is_accepted() -> None:
    """The race exists: it was committed after the end, and nobody would know."""
    table = ending_table()
    answer = quote_across_the_end(table, with_early_clock=True)
    assert answer["type"] == "ack"
    assert system_clock().now() > table_end(table)


def table_end(table: Table) -> datetime:
    return parse_instant(str(table.row.terms["ends_at"]))


def test_an_offer_that_waited_beyond_the_end_is_refused_and_the_room_closed() -> None:
    table = ending_table()
    answer = quote_across_the_end(table)
    assert (answer["type"], answer["code"]) == ("refused", "not_open")
    kinds = Entry.objects.filter(stream=f"room/{table.code}").order_by("seq")
    assert list(kinds.values_list("kind", flat=True)) == ["opened", "closed", "passed_in"]


def test_a_lock_that_is_held_too_long_gives_up_and_changes_nothing() -> None:
    table = lay_table("alice")
    begun = time.monotonic()
    stop = threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM bidding_room FOR NO KEY UPDATE")
            held.set()
            stop.wait(10)
            cursor.execute("ROLLBACK")
        connection.close()

    held = threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    try:
        with pytest.raises(Exception, match="lock timeout"):
            settle_alone(table.code, Act(c.Announce("公告")))
        assert time.monotonic() - begun < 8
    finally:
        stop.set()
        holder.join()
    assert table.row.seq == 1
    table.act(c.Announce("公告"))
    assert table.row.seq == 2
