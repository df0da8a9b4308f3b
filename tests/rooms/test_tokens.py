"""One token is one intended offer: its answer stands for ever, over both transports."""

import pytest

from audit.models import Entry
from bidding.sequencer.books import forget_books
from tests.worlds.rooms import Client, Table, in_thread, lay_table, new_token, offer, terms_of


@pytest.fixture
def table() -> Table:
    return lay_table("alice", "bob")


def entries(table: Table) -> int:
    return Entry.objects.filter(stream__startswith=f"room/{table.code}").count()


def test_the_same_offer_twice_is_one_offer_with_one_answer(table: Table) -> None:
    token = new_token()
    first = table.place("alice", 1000, token)
    before = entries(table)
    assert table.place("alice", 1000, token) == first
    assert entries(table) == before


def test_the_answer_stands_when_others_have_outbid_it(table: Table) -> None:
    token = new_token()
    first = table.place("alice", 1000, token)
    table.place("bob", 1100)
    assert table.place("alice", 1000, token) == first


@pytest.mark.parametrize("fen", [1000, 900])
def test_the_answer_survives_the_process(table: Table, fen: int) -> None:
    """Accepted or refused: a process that knows nothing reads it from the record."""
    token = new_token()
    first = table.place("alice", fen, token)
    table.place("bob", 2000)
    forget_books()
    assert table.place("alice", fen, token) == first


def test_another_amount_is_token_reused_and_the_first_answer_stands(table: Table) -> None:
    token = new_token()
    first = table.place("alice", 1000, token)
    assert table.place("alice", 1100, token)["code"] == "token_reused"
    assert table.place("alice", 1000, token) == first


def test_a_refused_token_cannot_be_used_for_a_better_offer(table: Table) -> None:
    token = new_token()
    assert table.place("alice", 900, token)["code"] == "below_start"
    assert table.place("alice", 1000, token)["code"] == "token_reused"


def test_a_token_is_the_seat_s_own(table: Table) -> None:
    token = new_token()
    assert table.place("alice", 1000, token)["type"] == "ack"
    assert table.place("bob", 1100, token)["type"] == "ack"


def test_a_flood_of_reused_tokens_leaves_no_more_than_the_allowance(table: Table) -> None:
    token = new_token()
    table.place("alice", 1000, token)
    before = entries(table)
    codes = {table.place("alice", 2000 + n, token)["code"] for n in range(40)}
    assert codes == {"token_reused"}
    # Five a second, and this may last two or three of them.
    assert entries(table) - before <= 20


def test_too_many_refusals_in_a_second_are_not_chained_and_settle_nothing() -> None:
    table = lay_table("alice", terms=terms_of(refusals_per_s=2))
    tokens = [new_token() for _n in range(30)]
    codes = [table.place("alice", 900, token)["code"] for token in tokens]
    assert set(codes) == {"below_start", "too_fast"}
    refused = Entry.objects.filter(stream=f"room/{table.code}/sealed", kind="offer_refused")
    assert refused.count() == codes.count("below_start")
    # The token of a too_fast is free: the same offer may be sent again.
    token = tokens[codes.index("too_fast")]
    assert table.place("alice", 1000, token)["type"] == "ack"


def test_accepted_offers_are_never_too_fast() -> None:
    table = lay_table("alice", terms=terms_of(refusals_per_s=1, own_outbid=True))
    answers = [table.place("alice", 1000 + 100 * n) for n in range(30)]
    assert {answer["type"] for answer in answers} == {"ack"}


async def test_the_answer_is_the_same_over_http(table: Table, async_client) -> None:
    token = new_token()
    async with Client(table.code, table.alice) as alice:
        ack = await alice.answer(offer(1000, token))
    async_client.cookies["sessionid"] = table.alice.session_key
    response = await async_client.post(
        f"/api/rooms/{table.code}/offers",
        {"client_token": token, "amount_fen": 1000},
        content_type="application/json",
        headers={"Origin": "http://testserver"},
    )
    assert response.status_code == 200
    assert response.json() == ack
    assert await in_thread(lambda: table.row.seq) == 2
