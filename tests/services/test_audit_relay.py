"""The relay: once claimed, at least once done, retried with patience, given up in the open."""

import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django.test import Client
from kombu import pools

from audit import relay
from audit.clock import database_now
from audit.models import Outbox
from audit.relay import (
    HANDED_LEASE,
    LEASE,
    MAX_ATTEMPTS,
    Claim,
    claim,
    drain,
    run_claimed,
    run_once,
)
from audit.selectors import EntryView
from audit.services.letters import list_dead_letters, retry_dead_letter
from kernel.clock import FixedClock
from tests.worlds.ledger import AT, Noted, note

pytestmark = pytest.mark.django_db
State = Outbox.State


class Listener:
    """A handler that remembers, and fails as often as it is told."""

    def __init__(self, fails: int = 0) -> None:
        self.heard: list[EntryView] = []
        self.fails = fails
        self.meanwhile: Callable[[], None] = lambda: None

    def __call__(self, entry: EntryView) -> None:
        self.heard.append(entry)
        self.meanwhile()
        if len(self.heard) <= self.fails:
            raise ValueError(f"attempt {len(self.heard)} failed")


Wire = Callable[..., Listener]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Makes somebody hear notes."""

    def wired(*, slow: bool = False, fails: int = 0, name: str = "tests.listen") -> Listener:
        listener = Listener(fails)
        heard = [*relay.HANDLERS.get(Noted.kind, []), relay.Subscription(name, listener, slow)]
        monkeypatch.setitem(relay.HANDLERS, Noted.kind, heard)
        return listener

    return wired


def make_due() -> None:
    """Lets all waiting time pass."""
    Outbox.objects.update(next_at=database_now() - timedelta(seconds=1))


def only() -> Outbox:
    return Outbox.objects.get()


def test_each_handler_hears_each_entry(wire: Wire) -> None:
    first, second = wire(), wire(name="tests.other")
    note("lot/1", Noted("a"))
    note("lot/1", Noted("b"))
    assert drain() == 4
    assert [entry.body["text"] for entry in first.heard] == ["a", "b"]
    assert [entry.seq for entry in second.heard] == [1, 2]
    assert set(Outbox.objects.values_list("state", "attempts")) == {("done", 1)}


def test_what_is_done_stays_done(wire: Wire) -> None:
    listener = wire()
    note("lot/1", Noted("a"))
    drain()
    make_due()
    assert drain() == 0
    assert len(listener.heard) == 1


def test_an_empty_turn_only_reads(django_assert_num_queries: Callable[..., Any]) -> None:
    with django_assert_num_queries(1) as seen:
        assert run_once() == 0
    assert seen.captured_queries[0]["sql"].startswith("SELECT")


def test_a_failure_waits_twice_as_long_each_time(wire: Wire) -> None:
    wire(fails=99)
    note("lot/1", Noted("a"))
    waits = []
    for _ in range(MAX_ATTEMPTS - 1):
        before = database_now()
        assert run_once() == 1
        assert run_once() == 0  # not due before its time
        waits.append(round((only().next_at - before).total_seconds()))
        make_due()
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600]
    assert only().state == State.PENDING
    assert only().last_error == "ValueError: attempt 11 failed"


def test_what_fails_too_often_is_a_dead_letter_in_the_open(wire: Wire) -> None:
    listener = wire(fails=99)
    note("lot/1", Noted("a"))
    for _ in range(MAX_ATTEMPTS):
        make_due()
        run_once()
    make_due()
    assert run_once() == 0
    assert len(listener.heard) == MAX_ATTEMPTS
    out = StringIO()
    call_command("relay", "--dead", "--json", stdout=out)
    (letter,) = json.loads(out.getvalue())
    assert letter["place"] == "lot/1#1"
    assert letter["handler"] == "tests.listen"
    assert letter["error"] == "ValueError: attempt 12 failed"
    assert letter["given_up_at"].endswith("+08:00")
    words = StringIO()
    call_command("relay", "--dead", stdout=words)
    assert "lot/1#1 tests.listen: ValueError: attempt 12 failed" in words.getvalue()


def figures() -> dict[str, int]:
    """The letters as a monitor reads them."""
    lines = Client().get("/metrics").content.decode().splitlines()
    pairs = (line.removeprefix("yangguang_").split() for line in lines)
    return {name: int(value) for name, value in pairs if name.startswith("letters_")}


NOTHING = {"letters_failing": 0, "letters_failing_oldest_seconds": 0, "letters_dead": 0}


def test_a_letter_that_fails_is_seen_before_it_is_dead(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = FixedClock(AT + timedelta(seconds=90))
    monkeypatch.setattr("config.checks.system_clock", lambda: later)
    wire(fails=1)
    note("lot/1", Noted("a"))
    assert figures() == NOTHING  # waiting for its first try is no failure
    run_once()
    ready = Client().get("/readyz")
    assert figures()["letters_failing"] == ready.json()["letters_failing"] == 1
    assert figures()["letters_failing_oldest_seconds"] == 90
    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    make_due()
    run_once()
    assert figures() == NOTHING
    assert "letters_failing" not in Client().get("/readyz").json()


def test_the_oldest_of_those_that_fail_is_named_with_its_error(wire: Wire) -> None:
    wire(fails=99)
    note("lot/1", Noted("a"))
    note("lot/2", Noted("b"))
    run_once()
    out, words = StringIO(), StringIO()
    call_command("relay", "--failing", "--json", stdout=out)
    first, second = json.loads(out.getvalue())
    assert (first["place"], second["place"]) == ("lot/1#1", "lot/2#1")
    assert (first["attempts"], first["error"]) == (1, "ValueError: attempt 1 failed")
    assert first["since"].endswith("+08:00")
    assert first["next_try_at"].endswith("+08:00")
    call_command("relay", "--failing", stdout=words)
    assert "lot/2#1 tests.listen: ValueError: attempt 2 failed" in words.getvalue()


def test_what_killed_its_process_counts_as_failing_once_it_is_begun_again(wire: Wire) -> None:
    wire()
    note("lot/1", Noted("a"))
    Outbox.objects.update(state=State.CLAIMED, attempts=1)
    assert figures() == NOTHING  # the first try may still run
    Outbox.objects.update(attempts=2)
    assert figures()["letters_failing"] == 1


def test_a_dead_letter_is_counted_apart(wire: Wire) -> None:
    wire(fails=99)
    note("lot/1", Noted("a"))
    for _ in range(MAX_ATTEMPTS):
        make_due()
        run_once()
    assert figures() == {**NOTHING, "letters_dead": 1}
    assert Client().get("/readyz").json()["letters_dead"] == 1


def test_a_dead_letter_gets_all_its_attempts_again(wire: Wire) -> None:
    listener = wire(fails=MAX_ATTEMPTS)
    note("lot/1", Noted("a"))
    for _ in range(MAX_ATTEMPTS):
        make_due()
        run_once()
    (letter,) = list_dead_letters()
    call_command("relay", "--retry", str(letter.id))
    assert (only().state, only().attempts) == (State.PENDING, 0)
    assert drain() == 1
    assert only().state == State.DONE
    assert len(listener.heard) == MAX_ATTEMPTS + 1
    assert list_dead_letters() == []
    assert not retry_dead_letter(letter.id)
    with pytest.raises(CommandError, match="no dead letter"):
        call_command("relay", "--retry", str(letter.id))


def test_a_letter_that_nobody_is_wired_to_tells_so(wire: Wire, monkeypatch: Any) -> None:
    wire()
    note("lot/1", Noted("a"))
    monkeypatch.setitem(relay.HANDLERS, Noted.kind, [])
    run_once()
    assert only().last_error.startswith("LookupError: nothing is wired to test.noted")


def test_a_held_row_is_nobody_elses_until_the_lease_ends(wire: Wire) -> None:
    listener = wire()
    note("lot/1", Noted("a"))
    (mine,) = claim(10)
    assert claim(10) == []
    assert only().next_at > database_now() + LEASE - timedelta(seconds=5)
    # when the holder is silent for a lease
    make_due()
    (theirs,) = claim(10)
    assert theirs.turn == mine.turn + 1
    # then the late holder neither runs nor settles it
    assert not run_claimed(mine)
    assert listener.heard == []
    assert run_claimed(theirs)
    assert only().state == State.DONE


def test_who_lost_the_row_meanwhile_cannot_settle_it(wire: Wire) -> None:
    listener = wire()
    note("lot/1", Noted("a"))
    (mine,) = claim(10)

    def lose() -> None:
        make_due()
        claim(10)

    listener.meanwhile = lose
    assert not run_claimed(mine)
    assert len(listener.heard) == 1
    assert only().state == State.CLAIMED


def test_a_process_that_dies_at_every_attempt_leaves_a_dead_letter(wire: Wire) -> None:
    listener = wire()

    def die() -> None:
        raise SystemExit

    listener.meanwhile = die
    note("lot/1", Noted("a"))
    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(SystemExit):
            run_once()
        make_due()
    assert claim(10) == []
    assert (only().state, only().last_error) == (State.DEAD, relay.DIED)


def test_a_claim_that_nobody_begins_costs_no_attempt(wire: Wire) -> None:
    listener = wire()
    note("lot/1", Noted("a"))
    for _ in range(MAX_ATTEMPTS + 3):
        assert len(claim(10)) == 1
        make_due()
    assert only().attempts == 0
    assert drain() == 1
    assert len(listener.heard) == 1


def test_slow_rows_are_handed_over_and_fast_ones_run_here(wire: Wire) -> None:
    fast, slow = wire(), wire(slow=True, name="tests.slow")
    note("lot/1", Noted("a"))
    handed: list[Claim] = []
    assert run_once(hand_over=handed.append) == 2
    assert (len(fast.heard), len(slow.heard)) == (1, 0)
    (item,) = handed
    assert item.is_slow
    # the other side runs it once; the same message twice is once
    assert relay.run_handler(item.outbox_id, item.turn)
    assert not relay.run_handler(item.outbox_id, item.turn)
    assert len(slow.heard) == 1


def test_a_message_that_comes_again_during_its_work_does_nothing(wire: Wire) -> None:
    slow = wire(slow=True)
    note("lot/1", Noted("a"))
    handed: list[Claim] = []
    run_once(hand_over=handed.append)
    (item,) = handed
    slow.meanwhile = lambda: again.append(relay.run_handler(item.outbox_id, item.turn))
    again: list[bool] = []
    assert relay.run_handler(item.outbox_id, item.turn)
    assert again == [False]
    assert len(slow.heard) == 1


def test_a_lost_message_comes_back_when_its_lease_ends(wire: Wire) -> None:
    slow = wire(slow=True)
    note("lot/1", Noted("a"))
    run_once(hand_over=lambda _taken: None)
    assert run_once() == 0
    make_due()
    assert run_once() == 1
    assert len(slow.heard) == 1


def test_a_worker_that_is_away_for_long_loses_nothing(wire: Wire) -> None:
    slow = wire(slow=True)
    note("lot/1", Noted("a"))
    handed: list[Claim] = []
    for _ in range(MAX_ATTEMPTS + 3):
        assert run_once(hand_over=handed.append) == 1
        assert only().next_at > database_now() + HANDED_LEASE - timedelta(seconds=5)
        make_due()
    assert (only().state, only().attempts) == (State.CLAIMED, 0)
    # then of all its messages the last one alone begins
    assert [relay.run_handler(item.outbox_id, item.turn) for item in handed].count(True) == 1
    assert len(slow.heard) == 1


def test_a_dead_broker_keeps_no_fast_row_and_costs_no_slow_one(wire: Wire) -> None:
    slow, fast = wire(slow=True, name="tests.slow"), wire()
    for text in "abc":
        note("lot/1", Noted(text))

    def refuse(_item: Claim) -> None:
        raise OSError("no broker")

    for turn in range(MAX_ATTEMPTS + 3):
        assert run_once(hand_over=refuse) == (0 if turn else 3)
        assert run_once(hand_over=refuse) == 0  # the slow rows rest: no hammering
        make_due()
    assert len(fast.heard) == 3
    rows = Outbox.objects.filter(is_slow=True).values_list("state", "attempts")
    assert list(rows) == [("pending", 0)] * 3
    # when it is back
    handed: list[Claim] = []
    assert run_once(hand_over=handed.append) == 3
    assert all(relay.run_handler(item.outbox_id, item.turn) for item in handed)
    assert len(slow.heard) == 3


def test_a_broker_that_dies_between_two_rows_gives_back_the_rest_alone(wire: Wire) -> None:
    wire(slow=True)
    note("lot/1", Noted("a"))
    note("lot/1", Noted("b"))
    handed: list[Claim] = []

    def once(item: Claim) -> None:
        if handed:
            raise OSError("no broker")
        handed.append(item)

    assert run_once(hand_over=once) == 1
    assert list(Outbox.objects.order_by("pk").values_list("state", flat=True)) == [
        "claimed",
        "pending",
    ]


def test_celery_says_at_once_that_its_broker_is_gone(wire: Wire, monkeypatch: Any) -> None:
    wire(slow=True)
    note("lot/1", Noted("a"))
    with current_app.connection_for_write("redis://127.0.0.1:1/0") as gone:
        monkeypatch.setattr(current_app.amqp, "_producer_pool", pools.producers[gone])
        assert run_once(hand_over=relay.hand_to_celery) == 0
    assert (only().state, only().attempts) == (State.PENDING, 0)


def test_celery_is_handed_a_task_that_its_workers_know(wire: Wire) -> None:
    wire(slow=True)
    note("lot/1", Noted("a"))
    current_app.loader.import_default_modules()  # what a worker does first

    assert run_once(hand_over=relay.hand_to_celery) == 1

    with current_app.connection_for_read() as broker:
        message = broker.SimpleQueue("celery").get(block=False)
        message.ack()
    assert message.headers["task"] in current_app.tasks
    assert message.payload[0] == [only().pk, only().turn]


def test_a_turn_ends_in_time_and_gives_back_what_it_did_not_begin(wire: Wire) -> None:
    listener = wire()
    for text in "abc":
        note("lot/1", Noted(text))
    assert run_once(until=time.monotonic()) == 1  # always one: a turn gets somewhere
    assert len(listener.heard) == 1
    assert Outbox.objects.filter(state=State.PENDING, attempts=0).count() == 2
    assert drain() == 2


def test_each_loop_takes_its_own_kind(wire: Wire) -> None:
    fast, slow = wire(), wire(slow=True, name="tests.slow")
    note("lot/1", Noted("a"))
    assert run_once(slow=True) == 1
    assert (len(fast.heard), len(slow.heard)) == (0, 1)
    assert run_once(slow=False) == 1
    assert len(fast.heard) == 1


def test_the_loop_does_its_chore_beside_a_long_handler_and_survives_its_failure(
    monkeypatch: Any,
) -> None:
    stop, third = threading.Event(), threading.Event()
    done: list[int] = []

    def long_turn(**_how: object) -> None:
        assert third.wait(30)
        stop.set()

    def chore() -> None:
        done.append(1)
        if len(done) == 3:
            third.set()
        raise ValueError("no chore today")

    monkeypatch.setattr(relay, "turn", long_turn)
    monkeypatch.setattr(relay, "wait_for_work", lambda _seconds: None)
    monkeypatch.setattr(relay, "CHORE_SECONDS", 0)
    relay.run_until(stop, chore=chore)
    assert len(done) >= 3
