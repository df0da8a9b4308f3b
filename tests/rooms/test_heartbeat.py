"""The house's heartbeat hangs on nothing that a crowd of sockets or one broken room can hold up."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.clock import database_now, set_offset
from bidding.models import Heartbeat, Room
from bidding.rules import commands as c
from bidding.sequencer import batches, pulse
from bidding.sequencer.guard import Watched, guard
from bidding.sequencer.pulse import forget_pulse
from bidding.services import outage
from config import serve
from tests.worlds.rooms import lay_table, terms_of


def wait_for(holds: Any) -> None:
    deadline = threading.Event()
    for _try in range(500):
        if holds():
            return
        deadline.wait(0.01)
    raise AssertionError("not within five seconds")


def test_it_beats_while_the_thread_of_the_sockets_is_taken() -> None:
    stop, free = threading.Event(), threading.Event()
    taken = SyncToAsync.single_thread_executor.submit(free.wait)
    beating = threading.Thread(target=serve.heartbeats, args=(stop,))
    beating.start()
    try:
        wait_for(Heartbeat.objects.exists)
        assert not taken.done()
    finally:
        free.set()
        stop.set()
        beating.join()


def test_a_broken_room_keeps_no_heartbeat_and_no_other_room_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a silence and two rooms, one of which cannot be decided; then both were tried."""
    broken, sound = lay_table("alice"), lay_table("bob")
    Heartbeat.objects.create(process="web", at=database_now() - timedelta(seconds=30))
    forget_pulse()
    looked: list[str] = []

    def settle(code: str, act: Any) -> None:
        looked.append(code)
        if code == broken.code:
            raise ValueError(code)

    monkeypatch.setattr(outage, "settle_alone", settle)
    outage.beat("other")
    assert set(looked) == {broken.code, sound.code}
    assert Heartbeat.objects.filter(process="other").exists()


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Rooms that are looked at, each of which takes a while of a clock that nothing else moves:
    `looked` names them, the room of `long` takes longer than any silence."""
    told, found = [guard.look()], list[str]()

    def pass_time(span: timedelta) -> None:
        told[0] = told[0]._replace(now=told[0].now + span, bare=told[0].bare + span)

    def settle(code: str, _act: Any) -> None:
        found.append(code)
        title = Room.objects.get(code=code).title
        pass_time(3 * pulse.QUIET if title == "long" else pulse.QUIET / 2)

    def look() -> Watched:
        pass_time(timedelta(milliseconds=1))
        return told[0]

    Heartbeat.objects.create(process="web", at=told[0].bare - timedelta(seconds=30))
    monkeypatch.setattr(guard, "look", look)
    monkeypatch.setattr(outage, "settle_alone", settle)
    return found


def test_a_look_at_many_rooms_is_no_silence_however_long(looked: list[str]) -> None:
    tables = [lay_table("alice") for _room in range(6)]
    for _beat in range(3):
        outage.beat("web")
    assert sorted(looked) == sorted(table.code for table in tables)


def test_who_stood_still_over_one_room_looks_at_all_again(looked: list[str]) -> None:
    """The process may have been stopped there: what was looked at before has lost that time."""
    before, slow = lay_table("alice"), lay_table("alice")
    Room.objects.filter(code=slow.code).update(title="long")
    outage.beat("web")
    Room.objects.update(title="")
    for _beat in range(2):
        outage.beat("web")
    assert sorted(looked) == sorted([before.code, slow.code] * 2)


def test_a_process_that_serves_people_is_alive_though_its_heartbeat_is_late() -> None:
    """The row of the heartbeat may be old: what was committed for a bidder says more."""
    busy, quiet = lay_table("alice"), lay_table("bob")
    Heartbeat.objects.create(process="web", at=database_now())
    busy.place("alice", 1000)
    Heartbeat.objects.update(at=database_now() - timedelta(seconds=30))
    quiet.act(c.Tick())
    assert quiet.row.seq == 1
    assert pulse.alive_at(database_now()) is None


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=20)], ids=str)
def test_while_the_house_beats_nobody_asks_when_it_last_did(
    settings: Any, ahead: timedelta
) -> None:
    """Beats know nothing of the test clock, however far it was moved."""
    settings.TEST_CLOCK = True
    table = lay_table("alice", terms=terms_of(ends_at="2099-01-01T00:00:00+08:00"))
    set_offset(ahead)
    outage.beat("web")
    with CaptureQueriesContext(connection) as asked:
        table.place("alice", 1000)
        table.place("alice", 1100)
    assert "bidding_heartbeat" not in " ".join(query["sql"] for query in asked)
    assert pulse.alive_at(database_now()) is None


def test_the_first_who_is_served_hides_the_silence_from_no_other_room() -> None:
    """After an outage a bidder in one room comes before the look at all rooms: until that was
    taken, every other room must still see the silence."""
    table = lay_table("alice")
    Heartbeat.objects.create(process="web", at=database_now() - timedelta(seconds=30))
    forget_pulse()
    table.place("alice", 1000)
    table.place("alice", 1100)
    assert pulse.alive_at(database_now()) is not None
    outage.beat("web")
    assert pulse.alive_at(database_now()) is None


def test_what_the_house_does_by_itself_is_no_sign_that_it_serves() -> None:
    table = lay_table("alice")
    Heartbeat.objects.create(process="web", at=database_now() - timedelta(seconds=30))
    forget_pulse()
    batches.settle_alone(table.code, batches.Act(c.Tick()))
    assert pulse.alive_at(database_now()) is not None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_committer_decides_while_requests_hold_the_whole_pool() -> None:
    """Given a pool of one that is taken, a thread of the house's own still reads and writes."""
    held = connection.settings_dict
    pool = {"min_size": 0, "max_size": 1, "timeout": 0.2}
    pooled = {**held, "OPTIONS": {**held["OPTIONS"], "pool": pool}}
    seen: list[object] = []

    def ask(*, alone: bool) -> None:
        from bidding.sequencer.store import own_connection

        connection.settings_dict = {**pooled, "OPTIONS": dict(pooled["OPTIONS"])}
        if alone:
            own_connection()
        try:
            seen.append(Room.objects.count())
        except Exception as wrong:  # the pool is spent
            seen.append(type(wrong).__name__)
        finally:
            connection.close()

    connection.close()
    connection.settings_dict = pooled
    try:
        Room.objects.count()  # takes the only one
        for alone in (False, True):
            thread = threading.Thread(target=ask, kwargs={"alone": alone})
            thread.start()
            thread.join()
        assert seen == ["OperationalError", 0]
    finally:
        connection.close()
        connection.close_pool()
        connection.settings_dict = held
