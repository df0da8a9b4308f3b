"""A fault in one act, one room or one answer is its own: everybody else is served."""

import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError
from django.test import Client as Browser

from audit.models import Entry
from bidding.rules import commands as c
from bidding.sequencer import batches, books, committer
from bidding.sequencer.books import Act, known_book
from bidding.sequencer.committer import Sequencer
from bidding.sequencer.waiting import Waiting
from tests.worlds.rooms import Seated, Table, lay_table, new_token, terms_of

PATIENCE = 5.0
POISON = "poison"
Answers = queue.SimpleQueue[dict[str, Any]]


@pytest.fixture
def engine() -> Iterator[Sequencer]:
    found = Sequencer()
    yield found
    found.stop()


def poisoned(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    """The database refuses every batch that holds the poisoned token, every time alike."""
    decide = committer.decide_and_commit

    def refuse(batch: Any) -> Any:
        if any(act.token == POISON for _code, act in batch):
            raise error("violates a constraint")
        return decide(batch)

    monkeypatch.setattr(committer, "decide_and_commit", refuse)


def offer_of(seat: Seated, fen: int, token: str = "", reply: Any = None) -> Act:
    return Act(c.Offer(None, fen), token or new_token(), seat.user.pk, seat.session_key, reply)


def ask(engine: Sequencer, table: Table, act: Act) -> dict[str, Any]:
    heard: Answers = queue.SimpleQueue()
    act.reply = heard.put
    engine.submit(table.code, act)
    return heard.get(timeout=PATIENCE)


# ── committing ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("each_database")
def test_a_batch_that_the_database_itself_refuses(engine: Sequencer) -> None:
    """A real constraint: the record already holds the token, behind the memory of this process."""
    table = lay_table("alice", "bob", terms=terms_of(own_outbid=True))
    token = new_token()
    table.place("alice", 1000, token)
    known_book(table.code).tokens.clear()
    batch = [
        (table.code, offer_of(table.bob, 1100)),
        (table.code, offer_of(table.alice, 1200, token)),
        (table.code, offer_of(table.bob, 1300)),
    ]

    engine.commit(batch)

    kinds = [act.answer.get("code") or act.answer["type"] for _code, act in batch]
    assert kinds == ["ack", "token_reused", "ack"]  # the books were read again


@pytest.mark.parametrize("error", [IntegrityError, DataError, RuntimeError])
def test_a_fault_that_stays_is_its_sender_s_alone(
    monkeypatch: pytest.MonkeyPatch, engine: Sequencer, error: type[Exception]
) -> None:
    """One poisoned act among two rooms: nobody waits, everybody else is acknowledged."""
    first, second = (
        lay_table("alice", "bob", terms=terms_of(own_outbid=True)) for _room in range(2)
    )
    poisoned(monkeypatch, error)
    monkeypatch.setattr(committer.time, "sleep", lambda _s: pytest.fail("it was tried again"))
    batch = [
        (first.code, offer_of(first.alice, 1000)),
        (first.code, offer_of(first.bob, 1100, POISON)),
        (second.code, offer_of(second.alice, 1000)),
        (first.code, offer_of(first.alice, 1200)),
        (second.code, offer_of(second.bob, 1100)),
    ]

    published = engine.commit(batch)

    kinds = [act.answer["type"] for _code, act in batch]
    assert kinds == ["ack", "unknown", "ack", "ack", "ack"]
    offers = Entry.objects.filter(kind="offer_placed").order_by("stream", "seq")
    assert offers.count() == 4
    assert sum(len(item.events) for item in published) == 4


def test_the_other_room_is_committed_in_one_piece(
    monkeypatch: pytest.MonkeyPatch, engine: Sequencer
) -> None:
    """The batch is split by room first: only the room with the fault goes act by act."""
    first, second = lay_table("alice"), lay_table("alice", "bob")
    poisoned(monkeypatch, IntegrityError)
    tried: list[int] = []
    decide = committer.decide_and_commit
    monkeypatch.setattr(
        committer, "decide_and_commit", lambda batch: tried.append(len(batch)) or decide(batch)
    )

    engine.commit(
        [
            (second.code, offer_of(second.alice, 1000)),
            (first.code, offer_of(first.alice, 1000, POISON)),
            (second.code, offer_of(second.bob, 1100)),
        ]
    )

    assert tried == [3, 2, 1]


def test_a_database_that_is_away_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, engine: Sequencer
) -> None:
    table = lay_table("alice")
    decide, failures = committer.decide_and_commit, iter([OperationalError("away")])

    def flaky(batch: Any) -> Any:
        for error in failures:
            raise error
        return decide(batch)

    monkeypatch.setattr(committer, "decide_and_commit", flaky)
    monkeypatch.setattr(committer, "REST_SECONDS", 0)
    act = offer_of(table.alice, 1000)

    engine.commit([(table.code, act)])

    assert act.answer["type"] == "ack"


# ── reading ───────────────────────────────────────────────────────────────────────────────────


class SlowRecord:
    """Reading one room's record takes until somebody lets it go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
        self.code, self.warm = code, committer.warm
        self.is_reading, self.may_end = threading.Event(), threading.Event()
        monkeypatch.setattr(committer, "warm", self)

    def __call__(self, codes: set[str]) -> None:
        if self.code in codes:
            self.is_reading.set()
            assert self.may_end.wait(PATIENCE)
        self.warm(codes)


def test_a_long_record_makes_no_live_room_wait(
    monkeypatch: pytest.MonkeyPatch, engine: Sequencer
) -> None:
    cold, live = lay_table("alice", "bob"), lay_table("alice", "bob")
    books.forget({cold.code})
    slow = SlowRecord(monkeypatch, cold.code)
    heard: Answers = queue.SimpleQueue()
    engine.submit(cold.code, offer_of(cold.alice, 1000, reply=heard.put))
    assert slow.is_reading.wait(PATIENCE)

    assert ask(engine, live, offer_of(live.alice, 1000))["type"] == "ack"
    assert heard.empty()
    slow.may_end.set()

    assert heard.get(timeout=PATIENCE)["type"] == "ack"
    assert ask(engine, live, offer_of(live.bob, 1100))["type"] == "ack"


def test_what_was_set_aside_keeps_its_order(
    monkeypatch: pytest.MonkeyPatch, engine: Sequencer
) -> None:
    """Acts that come while and just after the record is read stay behind those before them."""
    cold = lay_table("alice", terms=terms_of(own_outbid=True))
    books.forget({cold.code})
    slow = SlowRecord(monkeypatch, cold.code)
    heard: Answers = queue.SimpleQueue()
    for step in range(40):
        if step == 20:
            assert slow.is_reading.wait(PATIENCE)
            slow.may_end.set()
        engine.submit(cold.code, offer_of(cold.alice, 1000 + 100 * step, reply=heard.put))

    answers = [heard.get(timeout=PATIENCE) for _step in range(40)]

    assert [answer["type"] for answer in answers] == ["ack"] * 40
    assert [answer["seq"] for answer in answers] == list(range(2, 42))
    assert not engine._aside[cold.code]


def test_a_record_that_cannot_be_read_is_told_to_its_senders_alone(
    monkeypatch: pytest.MonkeyPatch, engine: Sequencer
) -> None:
    broken, live = lay_table("alice"), lay_table("alice")
    books.forget({broken.code})

    def fail(codes: set[str]) -> None:
        if broken.code in codes:
            raise ValueError("no such preset any more")

    monkeypatch.setattr(committer, "warm", fail)
    monkeypatch.setattr(batches, "warm", fail)

    assert ask(engine, broken, offer_of(broken.alice, 1000))["type"] == "unknown"
    assert ask(engine, live, offer_of(live.alice, 1000))["type"] == "ack"


def test_a_room_that_is_none_is_answered(engine: Sequencer) -> None:
    heard: Answers = queue.SimpleQueue()
    for _copy in range(3):
        engine.submit("00000000", Act(c.Tick(), "token", reply=heard.put))
    assert [heard.get(timeout=PATIENCE)["type"] for _copy in range(3)] == ["unknown"] * 3


# ── answering ─────────────────────────────────────────────────────────────────────────────────


def test_a_listener_that_fails_silences_nobody(
    monkeypatch: pytest.MonkeyPatch, engine: Sequencer
) -> None:
    table, told = lay_table("alice"), []

    def broken(_published: Any) -> None:
        raise ValueError("a hub without a loop")

    monkeypatch.setattr(batches, "listeners", [broken, told.append])

    answers = [ask(engine, table, offer_of(table.alice, 900)), table.place("alice", 1000)]

    assert [answer["type"] for answer in answers] == ["refused", "ack"]
    assert len(told) == 1
    assert ask(engine, table, offer_of(table.alice, 900))["type"] == "refused"
    assert engine.faults() == {}


def test_a_receipt_that_cannot_be_signed_is_unknown_and_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, engine: Sequencer
) -> None:
    table, token, sign = lay_table("alice"), new_token(), books.sign_receipt

    def fail(_hash: bytes) -> str:
        raise PermissionError("receipt.json")

    monkeypatch.setattr(books, "sign_receipt", fail)
    assert ask(engine, table, offer_of(table.alice, 1000, token))["type"] == "unknown"
    monkeypatch.setattr(books, "sign_receipt", sign)

    ack = ask(engine, table, offer_of(table.alice, 1000, token))

    assert (ack["type"], ack["seq"]) == ("ack", 2)
    assert ack["sig"]


def test_a_sender_who_is_gone_spoils_nothing(engine: Sequencer) -> None:
    table = lay_table("alice", "bob")

    def gone(_frame: Any) -> None:
        raise ValueError("no socket")

    engine.submit(table.code, offer_of(table.alice, 1000, reply=gone))

    assert ask(engine, table, offer_of(table.bob, 1100))["type"] == "ack"


# ── what a monitor hears ──────────────────────────────────────────────────────────────────────


def readiness() -> tuple[int, dict[str, str]]:
    answer = Browser().get("/readyz")
    return answer.status_code, answer.json()["faults"]


def crash(monkeypatch: pytest.MonkeyPatch, engine: Sequencer, name: str) -> None:
    """Lets a thread end as no guard can prevent: something calls for the interpreter's exit."""

    def end(*_args: Any) -> None:
        raise SystemExit

    steps = {"committer": "decide_and_commit", "answering": "announce", "reading": "warm"}
    step = steps[name]
    monkeypatch.setattr(committer, step, end)
    engine.submit("7KQ2MX9D", Act(c.Tick()))
    next(thread for thread in engine.threads if thread.name == name).join(PATIENCE)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("name", ["committer", "answering", "reading"])
def test_a_thread_that_ended_is_told(
    monkeypatch: pytest.MonkeyPatch, engine: Sequencer, name: str
) -> None:
    monkeypatch.setattr("config.checks.sequencer", engine)
    assert readiness() == (200, {})
    engine.start()
    assert readiness() == (200, {})

    crash(monkeypatch, engine, name)

    status, faults = readiness()
    assert (status, faults[name]) == (503, "stopped")


def test_a_receipt_key_that_cannot_be_read_is_told(
    monkeypatch: pytest.MonkeyPatch, engine: Sequencer
) -> None:
    def fail(_role: str) -> None:
        raise PermissionError("receipt.json")

    monkeypatch.setattr("config.checks.sequencer", engine)
    monkeypatch.setattr(committer, "signing_key", fail)
    engine.start()

    assert readiness() == (503, {"receipt_key": "cannot be read"})


def test_acts_that_wait_again_keep_their_own_time() -> None:
    """A room whose row is held is tried again and again; who came later may wait as long."""
    waiting = Waiting()
    first, second = (Act(c.Tick()) for _n in range(2))
    waiting.hold([("A", first)], 1.0)
    assert waiting.pass_by([("A", second)], 9.0) == []
    [held] = waiting.take_all()
    waiting.hold([item.item for item in held], 1.0)
    waiting.keep_deadlines(held)
    assert [item.deadline for item in waiting.rooms["A"]] == [1.0, 9.0]
