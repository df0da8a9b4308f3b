"""Somebody else holds one room's row: that room waits, and no other."""

import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from audit.models import Entry
from bidding.rules import commands as c
from bidding.sequencer import batches, committer
from bidding.sequencer.books import Act, forget_books
from bidding.sequencer.committer import Sequencer
from bidding.sequencer.store import RoomLocked
from tests.worlds.rooms import Table, lay_table, new_token, terms_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PATIENCE = 20.0
Answers = queue.SimpleQueue[dict[str, Any]]


@pytest.fixture
def engine() -> Iterator[Sequencer]:
    forget_books()
    found = Sequencer()
    yield found
    found.stop()
    forget_books()


class Holder:
    """Holds a room's row until it is let go; its connection is its own."""

    def __init__(self, code: str) -> None:
        self.code, self.is_held, self.may_end = code, threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM bidding_room WHERE code = %s FOR UPDATE", [self.code])
            self.is_held.set()
            self.may_end.wait(PATIENCE)
            cursor.execute("ROLLBACK")
        connection.close()

    def __enter__(self) -> "Holder":
        self.thread.start()
        assert self.is_held.wait(PATIENCE)
        return self

    def __exit__(self, *_why: object) -> None:
        self.let_go()

    def let_go(self) -> None:
        self.may_end.set()
        self.thread.join()


def rooms(count: int) -> list[Table]:
    return [lay_table("alice", terms=terms_of(own_outbid=True)) for _n in range(count)]


def offer_in(table: Table, fen: int, heard: Answers | None = None) -> Act:
    seat = table.alice
    reply = heard.put if heard else None
    return Act(c.Offer(None, fen), new_token(), seat.user.pk, seat.session_key, reply)


def test_a_batch_goes_around_a_locked_room(engine: Sequencer) -> None:
    """One batch of three rooms: two are acknowledged while the third is still held."""
    first, locked, third = rooms(3)
    batch = [(table.code, offer_in(table, 1000)) for table in (first, locked, third)]
    with Holder(locked.code):
        published = engine.commit(batch)
    assert [act.answer.get("type") for _code, act in batch] == ["ack", None, "ack"]
    assert {item.code for item in published} == {first.code, third.code}


def test_the_others_are_served_while_one_room_is_held(engine: Sequencer) -> None:
    """However long: they are answered, again and again, before the row is let go."""
    locked, free = rooms(2)
    late: Answers = queue.SimpleQueue()
    with Holder(locked.code) as holder:
        for fen in (1000, 1100):
            engine.submit(locked.code, offer_in(locked, fen, late))
        for step in range(20):
            heard: Answers = queue.SimpleQueue()
            engine.submit(free.code, offer_in(free, 1000 + 100 * step, heard))
            assert heard.get(timeout=PATIENCE)["type"] == "ack"
        assert late.empty()
        engine.submit(locked.code, offer_in(locked, 1200, late))
        holder.let_go()
        answers = [late.get(timeout=PATIENCE) for _n in range(3)]
    assert [answer["type"] for answer in answers] == ["ack"] * 3
    assert [answer["seq"] for answer in answers] == [2, 3, 4]  # in the order in which they came


def test_a_held_room_is_tried_without_waiting(
    engine: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only its first try may cost the others the short wait."""
    locked, free = rooms(2)
    patient: list[bool] = []
    decide = committer.decide_and_commit

    def watched(batch: Any, **given: bool) -> Any:
        if batch[0][0] == locked.code:
            patient.append(given.get("is_patient", True))
        return decide(batch, **given)

    monkeypatch.setattr(committer, "decide_and_commit", watched)
    late: Answers = queue.SimpleQueue()
    with Holder(locked.code) as holder:
        engine.submit(locked.code, offer_in(locked, 1000, late))
        while len(patient) < 4:
            heard: Answers = queue.SimpleQueue()
            engine.submit(free.code, Act(c.Tick(), reply=heard.put))
            heard.get(timeout=PATIENCE)
        holder.let_go()
        assert late.get(timeout=PATIENCE)["type"] == "ack"
    assert patient[0]
    assert not any(patient[1:])


def test_who_waited_in_vain_asks_again_under_the_same_token(
    engine: Sequencer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "PATIENCE_SECONDS", 0.6)
    (locked,) = rooms(1)
    heard: Answers = queue.SimpleQueue()
    act = offer_in(locked, 1000, heard)
    with Holder(locked.code):
        engine.submit(locked.code, act)
        assert heard.get(timeout=PATIENCE)["type"] == "unknown"
    again = Act(act.command, act.token, act.user_id, act.session_key, heard.put)
    engine.submit(locked.code, again)
    assert heard.get(timeout=PATIENCE)["type"] == "ack"
    assert Entry.objects.filter(kind="offer_placed").count() == 1


def test_who_acts_in_his_own_thread_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host's act on a held room: between its tries the engine is free for the other rooms."""
    locked, free = rooms(2)

    def others_go_on(_seconds: float) -> None:
        assert free.place("alice", 1000)["type"] == "ack"
        monkeypatch.setattr(batches, "LOCK_PATIENCE_SECONDS", 0.0)
        monkeypatch.setattr(batches.time, "sleep", lambda _s: None)

    monkeypatch.setattr(batches.time, "sleep", others_go_on)
    with Holder(locked.code), pytest.raises(RoomLocked):
        locked.act(c.Announce("稍候", "u:1"))
    assert Entry.objects.filter(stream=f"room/{free.code}", kind="offer_placed").count() == 1
