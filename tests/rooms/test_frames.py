"""What a client is sent: a snapshot or what it missed, then every number once."""

import asyncio

import pytest

from bidding.hub import hub
from tests.worlds.rooms import Client, Table, eventually, in_thread, lay_table, offer, terms_of


@pytest.fixture
def table() -> Table:
    table = lay_table("alice", "bob")
    table.place("alice", 1000)
    table.place("bob", 1100)
    return table


def is_event(frame: dict) -> bool:
    return frame["type"] == "events" and bool(frame["events"])


async def test_a_snapshot_comes_first(table: Table) -> None:
    async with Client(table.code) as watcher:
        first = await watcher.receive()
    assert (first["type"], first["v"], first["seq"]) == ("snapshot", 1, 3)
    assert [offer["amount_fen"] for offer in first["offers"]] == [1000, 1100]
    assert first["top_plate"] == table.bob.plate
    assert "me" not in first


async def test_a_seat_reads_about_itself(table: Table) -> None:
    async with Client(table.code, table.alice) as alice:
        me = (await alice.receive())["me"]
    assert me == {"plate": table.alice.plate, "joined": False, "best_fen": 1000, "state": "outbid"}


async def test_after_is_honoured_with_what_follows(table: Table) -> None:
    async with Client(table.code, after=1) as watcher:
        first = await watcher.receive()
    assert first["type"] == "events"
    assert [event["seq"] for event in first["events"]] == [2, 3]
    assert first["seq"] == 3


async def test_after_the_last_number_there_is_nothing_to_tell(table: Table) -> None:
    async with Client(table.code, after=3) as watcher:
        first = await watcher.receive()
    assert (first["type"], first["events"], first["seq"]) == ("events", [], 3)


@pytest.mark.parametrize("after", [4, 10**12, 10**17, 10**40, "00000000000000000002"])
async def test_after_beyond_the_end_is_answered_with_a_snapshot(
    table: Table, after: int | str
) -> None:
    async with Client(table.code, after=after) as watcher:
        assert (await watcher.receive())["type"] == "snapshot"


async def test_after_too_long_ago_is_answered_with_a_snapshot(monkeypatch, table: Table) -> None:
    monkeypatch.setattr("bidding.selectors.list_events.__defaults__", (1,))
    async with Client(table.code, after=1) as watcher:
        assert (await watcher.receive())["type"] == "snapshot"


async def test_resync_replays_without_a_gap_or_a_repetition(table: Table) -> None:
    async with Client(table.code) as watcher:
        await watcher.receive()
        await watcher.send({"v": 1, "type": "resync", "after": 2})
        replay = await watcher.receive()
        await in_thread(table.place, "alice", 1200)
        following = await watcher.until(is_event)
    assert [event["seq"] for event in replay["events"]] == [3]
    assert [event["seq"] for event in following["events"]] == [4]


async def test_numbers_have_no_gap_whenever_one_joins(table: Table) -> None:
    """Watchers join, leave and resync while bidders quote as fast as they can."""
    many = await in_thread(
        lambda: lay_table("carol", "dave", terms=terms_of(own_outbid=True, step_mode="at_least"))
    )
    amounts = iter(range(10_000, 10**9, 100))

    async def quote(name: str, times: int) -> None:
        async with Client(many.code, many.seats[name]) as bidder:
            while times:
                answer = await bidder.answer(offer(next(amounts)))
                # Whose higher quote is heard first decides the machine, not the test.
                assert answer.get("code", "below_minimum") == "below_minimum"
                times -= answer["type"] == "ack"

    async def watch() -> None:
        async with Client(many.code) as watcher:
            last = (await watcher.receive())["seq"]
            while last < 121:
                frame = await watcher.receive()
                for event in frame["events"]:
                    assert event["seq"] == last + 1
                    last = event["seq"]
                assert frame["seq"] == last

    bidding = [asyncio.create_task(quote(name, 60)) for name in ("carol", "dave")]
    watching = []
    for _n in range(12):
        watching.append(asyncio.create_task(watch()))
        await asyncio.sleep(0.02)
    await asyncio.gather(*bidding, *watching)


async def test_a_gap_that_the_hub_hears_is_read_from_the_record(table: Table, monkeypatch) -> None:
    """What another process committed and no hint told."""
    async with Client(table.code) as watcher:
        await watcher.receive()
        with monkeypatch.context() as deaf:
            deaf.setattr("bidding.sequencer.batches.listeners", [])
            await in_thread(table.place, "alice", 1200)
        await in_thread(table.place, "bob", 1300)
        while sum(len(frame.get("events", ())) for frame in watcher.frames) < 2:
            await watcher.receive()
    assert [event["seq"] for event in watcher.events()] == [4, 5]


async def test_a_silent_room_is_looked_after(table: Table, monkeypatch) -> None:
    """No hint, no commit here: after a silence the record is asked."""
    monkeypatch.setattr("bidding.hub.SILENCE_SECONDS", 0.0)
    async with Client(table.code) as watcher:
        await watcher.receive()
        with monkeypatch.context() as deaf:
            deaf.setattr("bidding.sequencer.batches.listeners", [])
            await in_thread(table.place, "alice", 1200)
        await hub().look()
        frame = await watcher.until(is_event)
    assert frame["seq"] == 4


async def test_an_empty_frame_is_a_sign_of_life(table: Table, monkeypatch) -> None:
    monkeypatch.setattr("bidding.hub.LIFE_SECONDS", 0.0)
    async with Client(table.code) as watcher:
        await watcher.receive()
        hub().show_life()
        frame = await watcher.receive()
    assert (frame["type"], frame["events"], frame["seq"]) == ("events", [], 3)


async def test_a_socket_that_left_is_forgotten(table: Table) -> None:
    async with Client(table.code, table.alice) as alice:
        await alice.receive()
        await eventually(lambda: hub().feeds[table.code].live)
    await eventually(lambda: table.code not in hub().feeds)
    assert not hub().people


async def test_pages_of_events_say_whether_there_are_more(table: Table, async_client) -> None:
    url = f"/api/rooms/{table.code}/events"
    page = (await async_client.get(url, {"after": 1})).json()
    assert [event["seq"] for event in page["events"]] == [2, 3]
    assert (page["seq"], page["more"]) == (3, False)
    beyond = (await async_client.get(url, {"after": 99})).json()
    assert (beyond["events"], beyond["more"], beyond["seq"]) == ([], False, 3)


async def test_pong_says_the_server_s_time(table: Table) -> None:
    async with Client(table.code) as watcher:
        await watcher.receive()
        await watcher.send({"v": 1, "type": "ping", "t": 12.5})
        pong = await watcher.receive()
    assert (pong["type"], pong["t"]) == ("pong", 12.5)
    assert pong["server_at"].endswith("+08:00")


@pytest.mark.parametrize("after", [4, 10**17, 10**40])
async def test_a_resync_beyond_the_end_is_answered_with_a_snapshot(
    table: Table, after: int
) -> None:
    async with Client(table.code) as watcher:
        await watcher.receive()
        await watcher.send({"v": 1, "type": "resync", "after": after})
        assert (await watcher.receive())["type"] == "snapshot"
