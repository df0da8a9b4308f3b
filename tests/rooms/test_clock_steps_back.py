"""A clock that is set back never takes a room back: no entry is older than the one before it."""

from datetime import timedelta
from typing import Any

import pytest

from audit.clock import system_clock
from audit.models import Entry
from bidding.rules import commands as c
from bidding.sequencer.batches import commit
from bidding.sequencer.books import Act, forget_books
from kernel.clock import FixedClock, iso_ms
from tests.worlds.rooms import Table, lay_table, new_token, terms_of

HOUR = timedelta(hours=1)


@pytest.fixture
def table() -> Table:
    return lay_table("alice", "bob")


def place_at(table: Table, name: str, fen: int, back: timedelta) -> dict[str, Any]:
    """An offer that is decided by a clock so far behind."""
    seat = table.seats[name]
    act = Act(c.Offer(None, fen), new_token(), seat.user.pk, seat.session_key)
    commit([(table.code, act)], FixedClock(system_clock().now() - back))
    return act.answer


def moments(table: Table) -> list[Any]:
    rows = Entry.objects.filter(stream=f"room/{table.code}").order_by("seq")
    return list(rows.values_list("at", flat=True))


@pytest.mark.parametrize("is_cold", [False, True])
def test_time_stands_still_until_the_clock_has_caught_up(table: Table, *, is_cold: bool) -> None:
    first = table.place("alice", 1000)
    if is_cold:
        forget_books()

    ack = place_at(table, "bob", 1100, HOUR)

    assert (ack["type"], ack["at"]) == ("ack", first["at"])
    assert moments(table) == sorted(moments(table))
    assert place_at(table, "alice", 1200, timedelta(0))["at"] > ack["at"]


def test_the_end_that_passed_stays_passed() -> None:
    now = system_clock().now()
    terms = terms_of(opens_at=iso_ms(now - 2 * HOUR), ends_at=iso_ms(now - HOUR), soft_close_s=0)
    table = lay_table("alice", terms=terms)
    table.act(c.Tick())
    before = moments(table)

    assert place_at(table, "alice", 1000, 2 * HOUR - timedelta(minutes=1))["code"] == "not_open"
    assert moments(table) == before


def test_a_refusal_in_secret_keeps_the_order_of_both_streams(table: Table) -> None:
    table.place("alice", 1000)
    assert place_at(table, "bob", 900, HOUR)["code"] == "below_start"
    sealed = Entry.objects.filter(stream=f"room/{table.code}/sealed").latest("seq")
    assert sealed.kind == "offer_refused"
    assert sealed.at >= moments(table)[-1]


def test_two_rooms_in_one_batch_keep_their_own_time(table: Table) -> None:
    """Only the room that is ahead of the clock waits for it."""
    ahead, other = table, lay_table("carol")
    commit([(ahead.code, Act(c.Announce("x")))], FixedClock(system_clock().now() + HOUR / 2))
    batch = [(ahead.code, Act(c.Announce("y"))), (other.code, Act(c.Announce("z")))]
    published = {item.code: item.at for item in commit(batch)}
    assert moments(ahead)[-1] == moments(ahead)[-2] == published[ahead.code]
    assert moments(other)[-1] == published[other.code] < published[ahead.code]
