"""An offer on the socket: acknowledged after the commit with a receipt, or refused."""

from base64 import b64decode
from datetime import timedelta

import pytest
from django.db import IntegrityError

from audit.clock import system_clock
from audit.models import Entry
from audit.services.keys import RECEIPT, signing_key
from bidding.rules import commands as c
from bidding.services import rooms
from kernel.clock import iso_ms
from tests.worlds.rooms import (
    Client,
    Table,
    eventually,
    in_thread,
    lay_table,
    new_token,
    offer,
    terms_of,
)


@pytest.fixture
def table() -> Table:
    return lay_table("alice", "bob")


async def test_the_acknowledgement_names_the_entry_of_the_record(table: Table) -> None:
    async with Client(table.code, table.alice) as alice:
        ack = await alice.answer(offer(1000, token := new_token()))
    entry = await in_thread(lambda: Entry.objects.get(stream=ack["stream"], seq=ack["seq"]))
    assert ack["client_token"] == token
    assert ack["stream"] == f"room/{table.code}"
    assert ack["hash"] == entry.hash_hex
    assert ack["receipt_no"] == f"R-{table.code}-{ack['seq']:06d}"
    assert entry.read_body()["plate"] == table.alice.plate
    assert entry.read_body()["amount_fen"] == 1000


async def test_the_receipt_s_signature_verifies_over_the_hash(table: Table) -> None:
    async with Client(table.code, table.alice) as alice:
        ack = await alice.answer(offer(1000))
    public = signing_key(RECEIPT).private.public_key()
    public.verify(b64decode(ack["sig"]), bytes.fromhex(ack["hash"]))


async def test_nobody_is_told_before_the_commit(table: Table, monkeypatch) -> None:
    """When an answer or an event leaves, another connection already reads the entry."""
    found: list[bool] = []

    def look(act, _reply) -> None:
        frame = act.answer
        found.append(Entry.objects.filter(stream=frame["stream"], seq=frame["seq"]).exists())

    monkeypatch.setattr("bidding.sequencer.batches.answer", look)
    async with Client(table.code, table.alice) as alice:
        await alice.send(offer(1000))
        await eventually(lambda: found)
    assert found == [True]


async def test_a_failed_commit_tells_nothing_and_leaves_nothing(table: Table, monkeypatch) -> None:
    def fail(*_args: object) -> None:
        raise IntegrityError("the disk is full")

    before = await in_thread(lambda: table.row.seq)
    monkeypatch.setattr("bidding.sequencer.committer.PATIENCE_SECONDS", 0.3)
    async with Client(table.code, table.alice) as alice:
        await alice.receive()
        with monkeypatch.context() as broken:
            broken.setattr("bidding.sequencer.writing.append_statements", fail)
            await alice.send(offer(1000, token := new_token()))
            assert await alice.socket.receive_nothing(timeout=1, interval=0.05)
        assert await in_thread(lambda: table.row.seq) == before
        ack = await alice.answer(offer(1000, token))
    assert ack["type"] == "ack"
    assert ack["seq"] == before + 1


REFUSED = {
    "below_start": 900,
    "equal_offer": 1000,
    "below_minimum": 1050,
    "off_step": 1150,
    "above_cap": 2100,
}


@pytest.mark.parametrize("code", REFUSED)
def test_an_amount_is_refused_for_its_first_reason(code: str) -> None:
    table = lay_table("alice", "bob", terms=terms_of(cap_fen=2000))
    assert table.place("alice", 1000)["type"] == "ack"
    refused = table.place("bob", REFUSED[code])
    assert (refused["type"], refused["code"]) == ("refused", code)
    assert refused["min_valid_fen"] == 1100


def test_the_leader_may_not_outbid_themselves(table: Table) -> None:
    table.place("alice", 1000)
    assert table.place("alice", 1100)["code"] == "already_leading"


def test_a_room_that_has_not_opened_takes_no_offer() -> None:
    later = iso_ms(system_clock().now() + timedelta(minutes=5))
    table = lay_table("alice", terms=terms_of(opens_at=later))
    assert table.place("alice", 1000)["code"] == "not_open"


def test_a_paused_room_takes_no_offer_however_wrong(table: Table) -> None:
    table.act(c.Pause("系统检查"))
    assert table.place("alice", 1)["code"] == "paused"


async def test_a_watcher_s_offer_is_not_seated(table: Table) -> None:
    async with Client(table.code) as watcher:
        refused = await watcher.answer(offer(1000))
    assert refused["code"] == "not_seated"
    assert await in_thread(lambda: table.row.seq) == 1


async def test_a_seat_of_another_room_is_no_seat_here(table: Table) -> None:
    other = await in_thread(lay_table, "carol")
    async with Client(table.code, other.carol) as carol:
        assert (await carol.answer(offer(1000)))["code"] == "not_seated"


async def test_another_s_plate_in_the_frame_is_ignored(table: Table) -> None:
    async with Client(table.code, table.alice) as alice:
        await alice.answer(offer(1000, plate=table.bob.plate))
        while not alice.events():
            await alice.receive()
    assert alice.events()[0]["plate"] == table.alice.plate


async def test_a_refusal_speaks_the_reader_s_language(table: Table) -> None:
    async with Client(table.code, headers={"accept-language": "zh-CN,zh;q=0.9"}) as watcher:
        assert "席位" in (await watcher.answer(offer(1000)))["message"]


def test_a_barred_seat_is_refused_at_once(table: Table) -> None:
    rooms.bar_seat(room_code=table.code, plate=table.alice.plate)
    assert table.place("alice", 1000)["code"] == "not_seated"
