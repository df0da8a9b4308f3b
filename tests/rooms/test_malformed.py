"""Wrong frames on a living socket: refused one by one, nothing changes, the socket goes on."""

import json
import logging
import re

import pytest

from audit.models import Entry
from config.logs import request_id
from kernel.money import LARGEST_FEN
from tests.worlds.rooms import Client, Table, in_thread, lay_table, offer

TOKEN = "3b0d3f0e-6f0c-4c5e-9a55-0d8f1e2c7a11"
GOOD = {"v": 1, "type": "offer", "client_token": TOKEN, "amount_fen": 1000}
WRONG = [
    "",
    "x",
    "[]",
    "null",
    "[" * 5000,
    '{"v":1,"type":"offer","client_token":"' + TOKEN + '","amount_fen":1e9}',
    '{"v":1,"type":"offer","client_token":"' + TOKEN + '","amount_fen":NaN}',
    '{"v":1,"type":"offer","client_token":"' + TOKEN + '","amount_fen":-5}',
    '{"v":1,"type":"offer","client_token":"' + TOKEN + '","amount_fen":true}',
    '{"v":1,"type":"offer","client_token":"' + TOKEN + '","amount_fen":1000.0}',
    '{"v":1,"type":"offer","client_token":"' + TOKEN + '","amount_fen":"壹仟"}',
    '{"v":1,"type":"offer","client_token":"' + TOKEN + '","amount_fen":"１０００"}',
    '{"v":1,"v":1,"type":"offer","client_token":"' + TOKEN + '","amount_fen":1000}',
    '{"v":2,"type":"offer","client_token":"' + TOKEN + '","amount_fen":1000}',
    '{"v":true,"type":"offer","client_token":"' + TOKEN + '","amount_fen":1000}',
    '{"v":1,"type":"bid","client_token":"' + TOKEN + '","amount_fen":1000}',
    '{"v":1,"type":["offer"],"client_token":"' + TOKEN + '","amount_fen":1000}',
    '{"v":1,"type":"offer","client_token":"' + TOKEN + '","amount_fen":' + "9" * 5000 + "}",
    '{"v":1,"type":"join"}',
    '{"v":1,"type":"resync","after":-1}',
    '{"v":1,"type":"resync","after":"1"}',
    '{"v":1,"type":"ping","t":1e999}',
    '{"v":1,"type":"ping"}',
]


@pytest.fixture
def table() -> Table:
    return lay_table("alice")


async def test_a_socket_survives_every_wrong_frame_and_nothing_changes(table: Table) -> None:
    before = await in_thread(lambda: (table.row.seq, table.row.sealed_seq))
    async with Client(table.code, table.alice) as alice:
        await alice.receive()
        for text in [text for text in WRONG if text]:
            await alice.send(text)
            refused = await alice.receive()
            assert (refused["type"], refused["code"]) == ("refused", "malformed"), text
        await alice.socket.send_to(bytes_data=json.dumps(GOOD).encode())
        assert (await alice.receive())["code"] == "malformed"
        assert await in_thread(lambda: (table.row.seq, table.row.sealed_seq)) == before
        assert (await alice.answer(offer(1000)))["type"] == "ack"


PARTS = [
    ("frame", "x", "JSON"),
    ("version", '{"v":2,"type":"offer"}', "v 须为 1"),
    ("type", '{"v":1,"type":"bid"}', "type"),
    ("token", '{"v":1,"type":"offer","client_token":"short","amount_fen":1}', "client_token"),
    ("amount", json.dumps({**GOOD, "amount_fen": "壹仟"}), "整数分"),
    ("too_large", json.dumps({**GOOD, "amount_fen": LARGEST_FEN + 1}), "金额过大"),
    ("after", '{"v":1,"type":"resync","after":"x"}', "after"),
    ("ping", '{"v":1,"type":"ping","t":"x"}', "ping"),
]


async def test_the_sentence_and_the_log_say_what_is_wrong_with_a_frame(
    table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    async with Client(table.code, table.alice) as alice:
        await alice.receive()
        with caplog.at_level("INFO", logger="bidding.consumers"):
            said = [(await alice.answer_to(text))["message"] for _what, text, _word in PARTS]
    assert [word for (_what, _text, word), got in zip(PARTS, said, strict=True) if word in got] == [
        word for _what, _text, word in PARTS
    ]
    logged = [item.what for item in caplog.records if item.getMessage() == "malformed frame"]
    assert logged == [what for what, _text, _word in PARTS]


async def test_the_sentence_is_in_the_reader_s_language(table: Table) -> None:
    headers = {"accept-language": "en"}
    async with Client(table.code, table.alice, headers=headers) as alice:
        await alice.receive()
        for text, word in (("x", "one JSON object"), ('{"v":2}', "v must be 1")):
            assert word in (await alice.answer_to(text))["message"]


async def test_every_line_of_a_socket_has_its_id(table: Table) -> None:
    ids: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            ids.append(request_id.get())

    keeper, logger = Keeper(), logging.getLogger("bidding.consumers")
    logger.addHandler(keeper)
    level, _unused = logger.level, logger.setLevel("INFO")
    try:
        for given in ("proxys-own-id-1", "§"):
            async with Client(table.code, table.alice, headers={"x-request-id": given}) as alice:
                await alice.receive()
                await alice.answer_to("x")
        async with Client("ZZZZZZZZ") as nobody:  # refused: that has its line too
            assert await nobody.close_code() == 4404
    finally:
        logger.removeHandler(keeper)
        logger.setLevel(level)
    assert ids[0] == "proxys-own-id-1"
    assert len(ids) == len(set(ids)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{16}", made) for made in ids[1:])


async def test_a_malformed_offer_settles_nothing(table: Table) -> None:
    async with Client(table.code, table.alice) as alice:
        assert (await alice.answer(offer("1000", TOKEN)))["code"] == "malformed"
        assert (await alice.answer(offer(1000, TOKEN)))["type"] == "ack"


@pytest.mark.parametrize("size", [16_385, 60_000])
async def test_a_frame_over_16_kb_closes_with_4413(table: Table, size: int) -> None:
    frame = json.dumps(GOOD)
    async with Client(table.code, table.alice) as alice:
        await alice.send(frame[:-1] + " " * (size - len(frame)) + "}")
        assert await alice.close_code() == 4413
    assert await in_thread(lambda: table.row.seq) == 1


async def test_16_kb_exactly_is_a_frame(table: Table) -> None:
    frame = json.dumps(GOOD)
    async with Client(table.code, table.alice) as alice:
        await alice.send(frame[:-1] + " " * (16_384 - len(frame)) + "}")
        assert (await alice.until(lambda got: "client_token" in got))["type"] == "ack"


def test_an_absurd_amount_leaves_no_number_behind(table: Table) -> None:
    """It would be recorded with its refusal, and sums over the ledger would overflow."""
    before = Entry.objects.count()
    assert table.place("alice", LARGEST_FEN + 1)["code"] == "malformed"
    assert Entry.objects.count() == before
    assert table.place("alice", LARGEST_FEN)["type"] == "ack"
