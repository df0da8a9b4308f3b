"""Nobody may ask so much of the house that others wait: limits by socket, session and address."""

import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection

from bidding import api, limits
from bidding.broadcast import take_hint
from bidding.consumers import sequencer
from bidding.limits import Bucket, Doors, Sender, Senders
from bidding.transport import BUDGET_BYTES, SCOPE_KEY, Pipe, prepare
from tests.rooms.test_http_offers import bid, post
from tests.worlds.rooms import Client, Table, in_thread, lay_table, offer

RESYNC = json.dumps({"v": 1, "type": "resync", "after": 0})
PING = json.dumps({"v": 1, "type": "ping", "t": 1})


@pytest.fixture
def table() -> Table:
    return lay_table("alice")


@pytest.mark.parametrize(
    ("frame", "honest"), [(RESYNC, 5), (PING, 60), ("{", 60)], ids=["resync", "ping", "malformed"]
)
async def test_a_flood_of_idle_frames_ends_its_own_socket(
    table: Table, frame: str, honest: int
) -> None:
    """Given as many as a page may need, all are answered; a flood is closed with 4429."""
    async with Client(table.code) as watcher, Client(table.code, table.alice) as alice:
        await watcher.receive()
        for _n in range(honest):
            await watcher.send(frame)
            await watcher.receive()
        for _n in range(limits.SOCKET_MOST + 40):
            await watcher.send(frame)
        assert await watcher.close_code() == 4429
        assert (await alice.answer(offer(1000)))["type"] == "ack"


async def test_offers_of_somebody_who_is_nobody_are_limited_as_well(table: Table) -> None:
    async with Client(table.code) as watcher:
        for _n in range(limits.SOCKET_MOST + 40):
            await watcher.send(offer(1000))
        assert await watcher.close_code() == 4429


async def test_an_address_holds_so_many_sockets_and_no_more(table: Table, settings: Any) -> None:
    settings.BEHIND_PROXY = True
    settings.ROOM_SOCKETS_PER_ADDRESS = 2
    here = {"x-forwarded-for": "6.6.6.6, 203.0.113.7"}
    there = {"x-forwarded-for": "203.0.113.7, 203.0.113.8"}
    async with Client(table.code, headers=here), Client(table.code, headers=here) as second:
        async with Client(table.code, headers=here) as third:
            assert await third.close_code() == 4429
        async with Client(table.code, headers=there) as other:
            assert (await other.receive())["type"] == "snapshot"
        await second.socket.disconnect()
        async with Client(table.code, headers=here) as again:
            assert (await again.receive())["type"] == "snapshot"


async def test_who_has_no_seat_takes_no_place_in_the_committer_for_ever(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a bidder of another room who sends without end, the committer hears so many."""
    other = await in_thread(lay_table, "carol")
    heard: list[Any] = []
    submit = sequencer.submit

    def count(code: str, act: Any) -> None:
        heard.append(act)
        submit(code, act)

    monkeypatch.setattr(sequencer, "submit", count)
    most = limits.REFUSALS_MOST + limits.IN_FLIGHT
    async with Client(table.code, other.carol) as carol:
        await carol.receive()
        codes = [(await carol.answer(offer(1000)))["code"] for _n in range(most + 100)]
    assert set(codes) == {"not_seated", "too_fast"}
    assert len(heard) == codes.count("not_seated")
    assert len(heard) < len(codes)


def test_accepted_commands_are_never_limited() -> None:
    sender = Sender()
    for _n in range(10_000):
        assert sender.admit()
        sender.answered("ack")


def test_a_session_waits_for_so_many_answers() -> None:
    sender = Sender()
    assert sum(sender.admit() for _n in range(1000)) == limits.IN_FLIGHT
    sender.answered("ack")
    assert sender.admit()


def test_an_address_that_comes_back_without_end_is_kept_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A hall of five comes and comes back at once; one that hangs up and knocks again does not."""
    now = [100.0]
    monkeypatch.setattr("bidding.limits.time.monotonic", lambda: now[0])
    doors = Doors()

    def come(times: int) -> int:
        found = 0
        for _time in range(times):
            if doors.enter("203.0.113.7", 5):
                doors.leave("203.0.113.7")
                found += 1
        return found

    assert come(5) == 5
    assert come(5) == 5
    assert come(100) == 0
    now[0] += 30
    assert come(100) == 10
    assert doors.enter("203.0.113.8", 5)


async def test_a_resync_that_fails_sends_the_reader_away_to_come_again(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Client(table.code) as watcher:
        await watcher.receive()

        def fail(*_args: object) -> None:
            raise OperationalError("the connection is closed")

        monkeypatch.setattr("bidding.consumers.selectors.access_room", fail)
        await watcher.send(RESYNC)
        assert await watcher.close_code() == 1011


def test_a_bucket_fills_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("bidding.limits.time.monotonic", lambda: now[0])
    bucket = Bucket(2, 1)
    assert [bucket.take(), bucket.take(), bucket.take()] == [True, True, False]
    now[0] += 1
    assert [bucket.take(), bucket.take()] == [True, False]
    now[0] += 1000
    assert [bucket.take(), bucket.take(), bucket.take()] == [True, True, False]


def test_sessions_heard_long_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SESSIONS_KEPT", 2)
    senders = Senders()
    first = senders.of("a")
    assert senders.of("a") is first
    senders.of("b")
    senders.of("c")
    assert list(senders.known) == ["b", "c"]


def test_a_waiting_post_keeps_no_connection(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """The committer may need the very connection that waits for it."""
    held: list[Any] = []

    class Done(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            held.append(connection.connection)
            return super().wait(timeout)

    monkeypatch.setattr(api, "threading", SimpleNamespace(Event=Done))
    response = post(table, bid(1000))
    assert response.json()["type"] == "ack"
    assert held == [None]


def test_a_hint_that_is_none_is_passed_over() -> None:
    heard: list[tuple[str, int]] = []
    for data in (b"ROOM:7", b"", b"ROOM", b"ROOM:x", b"\xff:\xff", b"ROOM:" + b"9" * 5000, b"A:8"):
        take_hint(data, lambda code, seq: heard.append((code, seq)))
    assert heard == [("ROOM", 7), ("A", 8)]


class Wrapped:
    """A transport that encrypts: what waits stands in the one below."""

    def __init__(self, waiting: int) -> None:
        self.transport = type("Plain", (), {"dataBuffer": b"", "offset": 0, "_tempDataLen": 0})()
        self.transport._tempDataLen = waiting


@pytest.mark.parametrize(("waiting", "is_served"), [(0, True), (BUDGET_BYTES + 1, False)])
def test_the_budget_holds_on_other_ways_out_too(waiting: int, is_served: bool) -> None:
    class Protocol:
        STATE_OPEN = state = 3
        transport = Wrapped(waiting)
        said: list[bytes] = []

        def sendMessage(self, payload: bytes, _is_binary: bool) -> None:
            self.said.append(payload)

    async def send(_message: dict[str, Any]) -> None:
        raise AssertionError("not by ASGI")

    protocol = Protocol()
    assert Pipe({SCOPE_KEY: protocol}, send).write(prepare("x")) is is_served
    assert bool(protocol.said) is is_served
    protocol.said.clear()
