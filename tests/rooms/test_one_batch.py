"""Frames that arrive together are decided in one batch, and are still one intention each."""

import pytest

from audit.models import Entry
from bidding.rules import commands as c
from bidding.sequencer.batches import commit
from bidding.sequencer.books import Act, forget_books
from tests.worlds.rooms import Seated, Table, lay_table, listing_in_inquiry, new_token, terms_of

COPIES = 3


def act_of(seat: Seated, command: c.Command, token: str) -> Act:
    return Act(command, token, seat.user.pk, seat.session_key, reply=lambda _frame: None)


def together(table: Table, *acts: Act) -> list[dict]:
    """Lets the acts be decided in one batch; returns their answers."""
    commit([(table.code, act) for act in acts])
    return [act.answer for act in acts]


def repeated(table: Table, command: c.Command, token: str) -> list[dict]:
    """The same frame several times in one batch."""
    return together(table, *(act_of(table.alice, command, token) for _copy in range(COPIES)))


def kinds_under(table: Table, token: str) -> list[str]:
    rows = Entry.objects.filter(stream__startswith=f"room/{table.code}", idem__endswith=token)
    return [row.kind for row in rows]


def one_quote_table() -> Table:
    terms = terms_of(guide_fen=100_000)
    return lay_table("alice", "bob", preset="SZ1", terms=terms)


@pytest.mark.parametrize("own_outbid", [False, True])
def test_an_offer_repeated_in_one_batch_is_one_offer_with_one_answer(own_outbid: bool) -> None:
    table, token = lay_table("alice", terms=terms_of(own_outbid=own_outbid)), new_token()

    answers = repeated(table, c.Offer(None, 1000), token)

    assert answers[0]["type"] == "ack"
    assert answers == [answers[0]] * COPIES
    assert "sig" in answers[-1]
    assert kinds_under(table, token) == ["offer_placed"]
    forget_books()
    assert repeated(table, c.Offer(None, 1000), token) == answers


@pytest.mark.usefixtures("each_database")
def test_a_join_repeated_in_one_batch_is_one_join() -> None:
    table, token = listing_in_inquiry("alice", "bob"), new_token()

    answers = repeated(table, c.Join(None), token)

    assert answers[0]["type"] == "ack"
    assert answers == [answers[0]] * COPIES
    assert kinds_under(table, token) == ["joined"]


def test_a_sealed_quote_repeated_in_one_batch_is_one_quote() -> None:
    table, token = one_quote_table(), new_token()

    answers = repeated(table, c.Offer(None, 130_000), token)

    assert answers[0]["type"] == "ack"
    assert answers == [answers[0]] * COPIES
    assert kinds_under(table, token) == ["offer_sealed"]


def test_a_refused_offer_repeated_in_one_batch_is_refused_once() -> None:
    table, token = lay_table("alice"), new_token()

    answers = repeated(table, c.Offer(None, 900), token)

    assert answers == [answers[0]] * COPIES
    assert answers[0]["code"] == "below_start"
    assert kinds_under(table, token) == ["offer_refused"]


def test_another_amount_under_the_token_is_refused_and_the_first_answer_stands() -> None:
    table, token = lay_table("alice"), new_token()

    first, other, again = together(
        table, *(act_of(table.alice, c.Offer(None, fen), token) for fen in (1000, 1100, 1000))
    )

    assert first["type"] == "ack"
    assert other["code"] == "token_reused"
    assert again == first
    assert table.place("alice", 1000, token) == first


def test_a_join_and_an_offer_under_one_token_are_two_intentions() -> None:
    table, token = listing_in_inquiry("alice", "bob"), new_token()

    join, offer = together(
        table,
        act_of(table.alice, c.Join(None), token),
        act_of(table.alice, c.Offer(None, 1000), token),
    )

    assert (join["type"], offer["code"]) == ("ack", "token_reused")


def test_others_in_the_batch_are_judged_between_the_copies() -> None:
    """A rival's higher offer between two copies changes nothing about the first answer."""
    table, token = lay_table("alice", "bob"), new_token()
    mine = [act_of(table.alice, c.Offer(None, 1000), token) for _copy in range(2)]

    first, rival, again = together(
        table, mine[0], act_of(table.bob, c.Offer(None, 1100), new_token()), mine[1]
    )

    assert (first["type"], rival["type"], again) == ("ack", "ack", first)


def test_one_token_of_two_seats_is_two_intentions() -> None:
    table, token = lay_table("alice", "bob"), new_token()

    answers = together(
        table,
        act_of(table.alice, c.Offer(None, 1000), token),
        act_of(table.bob, c.Offer(None, 1100), token),
    )

    assert [answer["type"] for answer in answers] == ["ack", "ack"]
