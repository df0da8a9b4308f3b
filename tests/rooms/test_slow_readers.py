"""A reader that takes nothing is sent away with 4408 and delays nobody else."""

import asyncio
import json
from typing import Any

import pytest
from django.db import OperationalError

from bidding.hub import Hub
from bidding.transport import BUDGET_BYTES, Pipe, prepare
from tests.worlds.rooms import eventually


class Watcher:
    """A connection whose reader may have stopped reading."""

    user_id = None
    session_key = ""

    def __init__(self, *, reads: bool) -> None:
        self.seq = 0
        self.got: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        if reads:
            self.reads.set()
        self.pipe = Pipe({}, self.send)

    async def send(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        self.got.append(message)

    def deliver(self, frame: dict[str, object]) -> None:
        raise AssertionError("nobody answered")


def event(seq: int) -> dict[str, Any]:
    at = "2026-04-21T10:00:00.000+08:00"
    return {"seq": seq, "kind": "announced", "at": at, "text": "x" * 9000}


async def test_a_slow_reader_is_closed_and_the_others_get_everything() -> None:
    hub = Hub(asyncio.get_running_loop())
    slow, quick = Watcher(reads=False), Watcher(reads=True)
    feed = hub.arrive("ROOM", slow, 0)
    hub.arrive("ROOM", quick, 0)
    for watcher in (slow, quick):
        await hub.enter(feed, watcher, 0)
    frames = BUDGET_BYTES // 9000 + 5
    for seq in range(1, frames + 1):
        hub.take(feed, [event(seq)])
        hub.flush(feed)
        await asyncio.sleep(0)
    assert slow not in feed.live
    assert quick in feed.live
    assert quick.seq == frames
    slow.reads.set()
    while not slow.got or slow.got[-1]["type"] != "websocket.close":
        await asyncio.sleep(0)
    assert slow.got[-1]["code"] == 4408


def test_a_frame_is_built_as_the_protocol_says() -> None:
    for size, head in ((5, b"\x81\x05"), (126, b"\x81\x7e\x00\x7e"), (70_000, b"\x81\x7f")):
        frame = prepare("x" * size).frame
        assert frame.startswith(head)
        assert frame.endswith(b"x" * size)


async def test_signs_of_life_wait_for_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a database that never answers, a reader still hears that the house lives."""

    async def never(_codes: list[str]) -> dict[str, int]:
        await asyncio.Event().wait()
        raise AssertionError("it never answers")

    monkeypatch.setattr("bidding.hub.read_seqs", never)
    monkeypatch.setattr("bidding.hub.LOOK_SECONDS", 0.01)
    monkeypatch.setattr("bidding.hub.LIFE_SECONDS", 0.02)
    hub = Hub(asyncio.get_running_loop())
    watcher = Watcher(reads=True)
    await hub.enter(hub.arrive("ROOM", watcher, 0), watcher, 0)
    watching = asyncio.create_task(hub.watch())
    try:
        await eventually(lambda: len(watcher.got) >= 2)
    finally:
        watching.cancel()
    assert json.loads(watcher.got[-1]["text"])["events"] == []


async def test_a_gap_that_cannot_be_read_is_read_at_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a reader's connection that is dead once, the room goes on."""
    answers: list[Any] = [OperationalError("the connection is closed"), [event(1), event(2)], []]

    async def read(_code: str, _after: int) -> list[dict[str, Any]]:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return list(found)

    monkeypatch.setattr("bidding.hub.read_events", read)
    hub = Hub(asyncio.get_running_loop())
    watcher = Watcher(reads=True)
    feed = hub.arrive("ROOM", watcher, 0)
    await hub.enter(feed, watcher, 0)
    await hub.catch_up(feed)
    assert feed.seq == 0
    await hub.catch_up(feed)
    assert (feed.seq, watcher.seq) == (2, 2)
