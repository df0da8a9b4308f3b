"""Pausing gives the whole period back, is announced, and an outage is a pause by itself."""

from datetime import timedelta

import pytest

from audit.clock import database_now, system_clock
from audit.models import Entry
from bidding.models import Heartbeat
from bidding.rules import commands as c
from bidding.sequencer.pulse import forget_pulse
from bidding.services import outage
from kernel.clock import iso_ms, parse_instant
from tests.worlds.rooms import Table, lay_table, terms_of


def kinds(table: Table) -> list[str]:
    rows = Entry.objects.filter(stream=f"room/{table.code}").order_by("seq")
    return list(rows.values_list("kind", flat=True))


def last(table: Table, kind: str) -> dict:
    return Entry.objects.filter(stream=f"room/{table.code}", kind=kind).latest("seq").read_body()


def rolling_table() -> Table:
    """Multi-quote: the free part is over, a countdown of ten minutes runs."""
    now = system_clock().now()
    terms = terms_of(countdown_s=600, opens_at=iso_ms(now - timedelta(seconds=30)))
    del terms["soft_close_s"], terms["ends_at"]
    terms["listing_ends_at"] = iso_ms(now - timedelta(seconds=1))
    return lay_table("alice", "bob", preset="MQ", terms=terms)


def test_a_rolling_countdown_restarts_in_full() -> None:
    table = rolling_table()
    assert table.row.phase == "limited"
    table.act(c.Pause("系统检查"))
    assert last(table, "paused")["reason"] == "系统检查"
    table.act(c.Resume())
    ends_at = parse_instant(str(last(table, "resumed")["ends_at"]))
    resumed = Entry.objects.get(stream=f"room/{table.code}", kind="resumed")
    assert ends_at == resumed.at + timedelta(seconds=600)


def test_pausing_twice_and_resuming_twice_change_nothing() -> None:
    table = lay_table("alice")
    table.act(c.Pause("检查"))
    table.act(c.Pause("再查"))
    table.act(c.Resume())
    table.act(c.Resume())
    assert kinds(table) == ["opened", "paused", "resumed"]


@pytest.fixture
def silent() -> timedelta:
    """Nothing was alive for half a minute."""
    forget_pulse()
    span = timedelta(seconds=30)
    Heartbeat.objects.create(process="web", at=database_now() - span)
    return span


def age(table: Table, span: timedelta) -> None:
    """Makes the room's record look as old as the silence."""
    from bidding.sequencer.books import book_of

    book_of(table.code, 0, 0).seen_at = system_clock().now() - span


def test_whoever_comes_first_after_an_outage_freezes_the_room(silent: timedelta) -> None:
    """Even an offer: it is then judged in the room that has gone on by rule."""
    table = lay_table("alice", opened=False)
    Heartbeat.objects.update(at=database_now())
    table.act(c.Tick())
    forget_pulse()
    Heartbeat.objects.update(at=database_now() - silent)
    age(table, silent)
    ack = table.place("alice", 1000)
    assert kinds(table) == ["opened", "paused", "resumed", "offer_placed"]
    assert last(table, "paused")["reason"] == "outage"
    assert ack["type"] == "ack"


def test_time_lost_in_an_outage_is_given_back(silent: timedelta) -> None:
    table = lay_table("alice", terms=terms_of(soft_close_s=60))
    ends = iso_ms(system_clock().now() + timedelta(hours=1))
    forget_pulse()
    age(table, silent)
    outage.recover()
    assert kinds(table)[-2:] == ["paused", "resumed"]
    assert "closed" not in kinds(table)
    assert str(last(table, "resumed")["ends_at"]) >= ends[:16]


def test_a_recovered_room_is_not_frozen_again(silent: timedelta) -> None:
    table = lay_table("alice")
    age(table, silent)
    forget_pulse()
    outage.recover()
    before = kinds(table)
    forget_pulse()
    outage.recover()
    outage.beat("other")
    assert kinds(table) == before


def test_a_heartbeat_a_second_is_no_outage() -> None:
    table = lay_table("alice")
    outage.beat("web")
    table.act(c.Tick())
    outage.beat("web")
    assert kinds(table) == ["opened"]
