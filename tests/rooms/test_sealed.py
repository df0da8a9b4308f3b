"""What nobody may see before the close leaves no trace in frames, pages, counts or times."""

import json
from datetime import timedelta
from typing import Any

import pytest

from audit.clock import set_offset, system_clock
from audit.models import Entry
from bidding.projection import refusal_message
from bidding.rules import commands as c
from bidding.services import rooms
from bidding.templatetags.room_texts import TEXTS
from kernel.actors import Actor, Role
from kernel.clock import iso_ms
from tests.worlds.rooms import (
    Client,
    Table,
    in_thread,
    lay_table,
    listing_in_inquiry,
    new_token,
    offer,
    terms_of,
)

SEEN = ("snapshot", "events?after=0")
HOUR = timedelta(hours=1)


@pytest.fixture
def ends_at(settings: Any) -> str:
    """In an hour, which a test passes with the test clock; the machine may take its time."""
    settings.TEST_CLOCK = True
    return iso_ms(system_clock().now() + HOUR)


def pages(table: Table, client: Any) -> list[dict[str, Any]]:
    found = [client.get(f"/api/rooms/{table.code}/{page}").json() for page in SEEN]
    for page in found:
        page.pop("server_at", None)
    return found


def test_refusals_joins_and_a_reserve_change_nothing_that_is_shown(client: Any) -> None:
    table = lay_table("alice", "bob", preset="MQ", terms=terms_of(countdown_s=60))
    table.place("alice", 1000)
    before = pages(table, client)
    table.place("bob", 1000)
    table.place("bob", 900)
    rooms.set_reserve(room_code=table.code, fen=5000)
    assert pages(table, client) == before
    entries = Entry.objects.filter(stream=f"room/{table.code}/sealed").order_by("seq")
    sealed = entries.values_list("kind", flat=True)
    assert [kind for kind in sealed if kind != "bidder_seated"] == [
        "room_created",
        "offer_refused",
        "offer_refused",
        "reserve_set",
    ]


async def test_a_refusal_is_told_to_its_sender_alone() -> None:
    table = await in_thread(lay_table, "alice", "bob")
    async with Client(table.code) as watcher, Client(table.code, table.bob) as bob:
        await watcher.receive()
        assert (await bob.answer(offer(900)))["code"] == "below_start"
        assert await watcher.socket.receive_nothing(timeout=0.3, interval=0.01)


async def test_a_join_is_acknowledged_in_the_sealed_stream_and_shown_to_nobody_else() -> None:
    table = await in_thread(listing_in_inquiry, "alice", "bob")
    async with Client(table.code) as watcher, Client(table.code, table.alice) as alice:
        before = await watcher.receive()
        join = {"v": 1, "type": "join", "client_token": new_token()}
        ack = await alice.answer(join)
        again = await alice.answer(join)
        assert await watcher.socket.receive_nothing(timeout=0.3, interval=0.01)
    assert before["phase"] == "inquiry"
    assert ack["stream"] == f"room/{table.code}/sealed"
    assert ack["receipt_no"] is None
    assert ack["seq"] is None  # seats stand in that stream: the number would count the bidders
    assert again == ack
    async with Client(table.code, table.alice) as alice:
        assert (await alice.receive())["me"]["joined"] is True
    async with Client(table.code, table.bob) as bob:
        assert (await bob.receive())["me"]["joined"] is False


def one_quote_table() -> Table:
    return lay_table("alice", "bob", "carol", preset="SZ1", terms=terms_of(guide_fen=100_000))


def test_a_sealed_quote_s_receipt_counts_nobody() -> None:
    """The same whether it came first or last, after refusals and joins or before them."""
    table = one_quote_table()
    first = table.place("alice", 130_000)
    table.place("bob", 130_000)
    last = table.place("carol", 131_000)
    for ack, seat in ((first, table.alice), (last, table.carol)):
        assert ack["receipt_no"] == f"R-{table.code}-S{seat.plate}"
        assert ack["seq"] is None


def test_a_sealed_receipt_is_verified_after_the_close_only(client: Any, ends_at: str) -> None:
    terms = terms_of(guide_fen=100_000, ends_at=ends_at)
    table = lay_table("alice", "bob", preset="SZ1", terms=terms)
    receipt = table.place("alice", 130_000)["receipt_no"]
    address = f"/verify/receipts/{receipt}/"
    assert client.get(address).status_code == 404
    set_offset(HOUR)
    table.act(c.Tick())
    page = client.get(address)
    assert page.status_code == 200
    assert "1,300.00" in page.content.decode()
    assert client.get(f"/verify/receipts/R-{table.code}-S{table.bob.plate}/").status_code == 404


def test_a_one_quote_room_shows_nothing_until_it_ends(client: Any) -> None:
    table = lay_table("alice", "bob", "carol", preset="OQ", terms=terms_of(soft_close_s=0))
    before = pages(table, client)
    assert table.place("alice", 1200)["type"] == "ack"
    assert table.place("bob", 1200)["type"] == "ack"
    assert table.place("alice", 1300)["code"] == "already_leading"
    assert table.place("carol", 900)["code"] == "below_start"
    assert pages(table, client) == before


def test_a_tie_round_gives_each_of_the_tied_one_receipt_more(client: Any, ends_at: str) -> None:
    """Before the close only the tied plates and their price are known; then every quote is."""
    terms = terms_of(soft_close_s=0, tie_round_s=3600, ends_at=ends_at)
    table = lay_table("alice", "bob", "carol", preset="OQ", terms=terms)
    table.place("alice", 1200)
    table.place("bob", 1200)
    table.place("carol", 1100)
    set_offset(HOUR)
    table.act(c.Tick())
    known = json.dumps(pages(table, client))
    tied = sorted([table.alice.plate, table.bob.plate])
    assert client.get(f"/api/rooms/{table.code}/snapshot").json()["tied"] == tied
    assert table.carol.plate not in known
    assert "1100" not in known
    refused = str(table.place("carol", 1500)["code"])
    assert refused == "not_joined"
    # there was no inquiry and there is no limited bidding: no bidder is told of either alone
    assert "报价相同" in refusal_message(refused)
    assert "限时竞价" not in TEXTS[f"code.{refused}"]
    again = table.place("alice", 1300)
    assert again["receipt_no"] == f"R-{table.code}-S{table.alice.plate}-2"
    assert json.dumps(pages(table, client)) == known
    set_offset(2 * HOUR)
    table.act(c.Tick())
    assert table.row.phase == "sold"
    for receipt, amount in ((again["receipt_no"], "13.00"), (again["receipt_no"][:-2], "12.00")):
        page = client.get(f"/verify/receipts/{receipt}/")
        assert page.status_code == 200
        assert amount in page.content.decode()
    assert client.get(f"/verify/receipts/{again['receipt_no'][:-1]}3/").status_code == 404


def test_the_reserve_lies_nowhere_in_clear() -> None:
    table = lay_table("alice", preset="MQ", terms=terms_of(countdown_s=60))
    rooms.set_reserve(room_code=table.code, fen=123_456_789)
    held = json.dumps([entry.body for entry in Entry.objects.all()])
    assert "123456789" not in held
    assert b"123456789" not in bytes(table.row.reserve_box)


def test_below_the_reserve_only_that_is_said(client: Any, ends_at: str) -> None:
    table = lay_table("alice", preset="MQ", terms=terms_of(ends_at=ends_at, countdown_s=60))
    rooms.set_reserve(room_code=table.code, fen=5000)
    table.place("alice", 1000)
    set_offset(2 * HOUR)
    table.act(c.Tick())
    events = client.get(f"/api/rooms/{table.code}/events?after=0").json()["events"]
    assert [event["kind"] for event in events][-2:] == ["closed", "passed_in"]
    assert (events[-1]["reason"], events[-1]["reserve_met"]) == ("below_reserve", False)
    assert "5000" not in json.dumps(events)


def test_a_host_sees_no_more_than_the_public(client: Any) -> None:
    table = lay_table("alice")
    host = Actor("u:HOST", roles=frozenset({Role.HOST}))
    rooms.pause_room(room_code=table.code, reason="系统检查", actor=host)
    shown = client.get(f"/api/rooms/{table.code}/snapshot").json()
    assert shown["phase"] == "paused"
    assert shown["ends_at"] is None
    assert not {"seats", "reserve", "bidders", "joined"} & shown.keys()
