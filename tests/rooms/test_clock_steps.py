"""Whoever moves the database's clock closes nothing, opens nothing and spoils no stream: the rooms
are paused at the time that really is, and go on with their time once the clock is right again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from audit.clock import set_offset, system_clock
from audit.models import Entry
from bidding.models import Heartbeat
from bidding.rules import commands as c
from bidding.rules.staff import CLOCK
from bidding.sequencer.guard import Watched, guard
from bidding.sequencer.pulse import forget_pulse
from bidding.services import outage, rooms
from bidding.views.rooms import health_of
from config import timekeeper
from kernel.actors import Actor, Role
from kernel.clock import iso_ms, parse_instant
from tests.worlds.clocks import Mover, movable_clock
from tests.worlds.rooms import Table, lay_table, terms_of

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
HOST = Actor("u:HOST", roles=frozenset({Role.HOST}))
both_ways = pytest.mark.parametrize("step", [HOUR, -HOUR, 9 * SECOND], ids=str)


@pytest.fixture
def move(each_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mover]:
    monkeypatch.setattr("bidding.sequencer.guard.SETTLE_US", 0)
    yield movable_clock(monkeypatch)
    guard.forget()


def entries(table: Table) -> list[tuple[str, datetime]]:
    """Both streams of a room, each in its order."""
    found = []
    for stream in (f"room/{table.code}", f"room/{table.code}/sealed"):
        rows = Entry.objects.filter(stream=stream).order_by("seq")
        found += rows.values_list("kind", "at")
    return found


def kinds(table: Table) -> list[str]:
    rows = Entry.objects.filter(stream=f"room/{table.code}").order_by("seq")
    return list(rows.values_list("kind", flat=True))


def last(table: Table, kind: str) -> dict[str, Any]:
    return Entry.objects.filter(stream=f"room/{table.code}", kind=kind).latest("seq").read_body()


def ending_soon() -> Table:
    """A room that ends in a minute, whose processes have watched the clock."""
    ends_at = system_clock().now() + timedelta(minutes=1)
    table = lay_table("alice", "bob", terms=terms_of(ends_at=iso_ms(ends_at), soft_close_s=0))
    outage.beat("web")
    return table


@both_ways
def test_an_offer_after_the_step_is_told_that_the_room_is_paused(
    move: Mover, step: timedelta
) -> None:
    table = ending_soon()
    ack = table.place("alice", 1000)
    true_now = system_clock().now()
    move(step)

    answer = table.place("bob", 1100)

    assert (ack["type"], answer["code"]) == ("ack", "paused")
    assert kinds(table) == ["opened", "offer_placed", "paused"]
    assert last(table, "paused")["reason"] == "clock"
    assert all(at - true_now < 30 * SECOND for _kind, at in entries(table))


@both_ways
def test_no_hand_closes_a_room_by_the_clock(move: Mover, step: timedelta) -> None:
    """Neither the timekeeper's turn nor the heartbeat, whichever sees it first."""
    by_turn, by_beat = ending_soon(), ending_soon()
    move(step)
    timekeeper.tick_rooms()
    outage.beat("web")
    timekeeper.tick_rooms()
    for table in (by_turn, by_beat):
        assert kinds(table) == ["opened", "paused"]


@both_ways
def test_after_the_step_is_undone_the_host_lets_the_room_go_on_with_its_time(
    move: Mover, step: timedelta
) -> None:
    table = ending_soon()
    move(step)
    outage.beat("web")
    early = rooms.resume_room(room_code=table.code, actor=HOST)
    assert early is not None
    assert early.code == "clock_unsure"
    move(timedelta(0))
    outage.beat("web")
    assert kinds(table) == ["opened", "paused"]

    assert rooms.resume_room(room_code=table.code, actor=HOST) is None

    left = parse_instant(str(last(table, "resumed")["ends_at"])) - entries(table)[2][1]
    assert 30 * SECOND < left <= timedelta(minutes=1)
    ack = table.place("bob", 1000)
    assert ack["type"] == "ack"
    assert kinds(table) == ["opened", "paused", "resumed", "offer_placed"]
    moments = [at for _kind, at in entries(table)[:4]]
    assert moments == sorted(moments)


def test_until_the_clock_has_agreed_for_a_while_nobody_lets_a_room_go_on(
    move: Mover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bidding.sequencer.guard.SETTLE_US", 10**12)
    table = ending_soon()
    move(HOUR)
    outage.beat("web")
    move(timedelta(0))
    outage.beat("web")
    assert guard.state() == "settling"
    refused = rooms.resume_room(room_code=table.code, actor=HOST)
    assert refused is not None
    acted = Entry.objects.get(stream=f"room/{table.code}/sealed", kind="host_acted").read_body()
    assert (acted["action"], acted["result"]) == ("resume", "clock_unsure")
    assert kinds(table) == ["opened", "paused"]


def test_a_room_that_is_not_open_yet_does_not_open_early(move: Mover) -> None:
    opens_at = system_clock().now() + HOUR / 2
    terms = terms_of(opens_at=iso_ms(opens_at), ends_at=iso_ms(opens_at + HOUR))
    table = lay_table("alice", terms=terms)
    outage.beat("web")
    move(HOUR)
    timekeeper.tick_rooms()
    outage.beat("web")
    assert table.place("alice", 1000)["code"] == "not_open"
    assert kinds(table) == []
    move(timedelta(0))
    timekeeper.tick_rooms()
    assert table.row.phase == "scheduled"


def test_a_heartbeat_never_comes_from_the_future(move: Mover) -> None:
    """It would hide the next silence until that time has come."""
    ending_soon()
    before = Heartbeat.objects.get().at
    move(HOUR)
    outage.beat("web")
    assert timedelta(0) <= Heartbeat.objects.get().at - before < HOUR / 2


def test_the_rows_that_are_due_wait_for_the_clock(
    move: Mover, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notice or a refund has a time as well."""
    asked: list[str] = []
    monkeypatch.setattr(timekeeper, "take_rows", lambda rows: asked.append(rows.name) or 0)
    timekeeper.take_turn()
    seen, asked[:] = list(asked), []
    move(HOUR)
    timekeeper.take_turn()
    assert seen
    assert not asked
    move(timedelta(0))
    timekeeper.take_turn()
    assert asked == seen


@pytest.mark.parametrize("step", [timedelta(milliseconds=100), timedelta(milliseconds=-100)])
def test_a_small_step_pauses_nothing(move: Mover, step: timedelta) -> None:
    table = ending_soon()
    move(step)
    outage.beat("web")
    assert table.place("alice", 1000)["type"] == "ack"
    assert kinds(table) == ["opened", "offer_placed"]


@pytest.mark.parametrize("is_cold", [False, True])
def test_the_test_clock_moves_on_purpose(each_database: str, settings: Any, is_cold: bool) -> None:
    settings.TEST_CLOCK = True
    table = lay_table("alice", terms=terms_of(ends_at=iso_ms(system_clock().now() + 3 * HOUR)))
    if not is_cold:
        outage.beat("web")
    set_offset(HOUR)
    outage.beat("web")
    assert table.place("alice", 1000)["type"] == "ack"
    assert (kinds(table), guard.state()) == (["opened", "offer_placed"], "agrees")
    set_offset(timedelta(0))


def test_a_process_that_starts_believes_the_clock(move: Mover) -> None:
    """It has nothing to compare with; how long the house was silent, the heartbeats say."""
    table = ending_soon()
    guard.forget()
    move(HOUR)
    outage.beat("other")
    assert kinds(table) == ["opened", "paused", "resumed"]
    assert last(table, "paused")["reason"] == "outage"


@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=str)
def test_a_new_time_that_is_right_is_taken_by_starting_again(move: Mover, step: timedelta) -> None:
    """The room stays paused over the restart and has its time when the host lets it go on."""
    table = ending_soon()
    move(step)
    outage.beat("web")
    guard.forget()
    outage.beat("web")
    assert kinds(table) == ["opened", "paused"]
    assert rooms.resume_room(room_code=table.code, actor=HOST) is None
    left = parse_instant(str(last(table, "resumed")["ends_at"])) - entries(table)[2][1]
    assert 30 * SECOND < left <= timedelta(minutes=1)
    assert table.place("bob", 1000)["type"] == "ack"


def test_monitors_and_the_host_are_told(move: Mover) -> None:
    ending_soon()
    browser = Browser()
    assert "clock" not in browser.get("/readyz").json()
    move(HOUR)
    outage.beat("web")
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.json()["clock"]) == (200, "off")
    figures = dict(line.split() for line in browser.get("/metrics").content.decode().splitlines())
    assert abs(int(figures["yangguang_clock_step_ms"]) - 3_600_000) < 1000
    assert figures["yangguang_clock_steps"] == "1"


def test_a_host_has_no_words_that_are_the_houses() -> None:
    table = lay_table("alice")
    refused = rooms.pause_room(room_code=table.code, reason="clock", actor=HOST)
    assert refused is not None
    table.act(c.Tick())
    assert kinds(table) == ["opened"]


def test_once_the_clock_is_right_no_page_and_no_desk_is_late(move: Mover) -> None:
    """On SQLite other readers of the clock stand still until it has caught up."""
    table = ending_soon()
    true_now = system_clock().now()
    for off in (HOUR, timedelta(0)):
        move(off)
        system_clock().now()
        outage.beat("web")
        snapshot = Browser().get(f"/api/rooms/{table.code}/snapshot").json()
        assert parse_instant(snapshot["server_at"]) - true_now < HOUR / 2
    assert rooms.resume_room(room_code=table.code, actor=HOST) is None
    health = health_of(table.row)
    assert (health["late_ms"], health["clock"]) == (0, "agrees")


def test_a_reserve_that_is_typed_now_closes_no_room_by_the_clock(move: Mover) -> None:
    """The installation's own clock, handed down by a page, is watched like any other reading."""
    opens_at = system_clock().now() + HOUR / 4
    terms = terms_of(opens_at=iso_ms(opens_at), ends_at=iso_ms(opens_at + HOUR / 4))
    table = lay_table("alice", terms=terms)
    outage.beat("web")
    move(HOUR)
    rooms.set_reserve(room_code=table.code, fen=100_000, clock=system_clock())
    assert (kinds(table), table.row.phase) == ([], "scheduled")


@pytest.mark.usefixtures("each_database")
def test_an_outage_with_a_step_gives_the_lost_time_back_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The end fell into the outage, and the clock has stepped: neither closes the room."""
    table = ending_soon()
    later = system_clock().now() + timedelta(minutes=2)
    forget_pulse()
    off = Watched(now=later, bare=later, is_off=True, is_settled=False)
    monkeypatch.setattr(guard, "watch", lambda _reading: off)
    outage.recover()
    assert kinds(table) == ["opened", "paused", "resumed", "paused"]
    assert last(table, "paused")["reason"] == CLOCK
