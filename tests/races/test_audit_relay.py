"""Two relays, each a process of its own, on PostgreSQL: nobody does a thing twice, a killed one's
work is taken over, a living one's is not."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction

from audit import relay
from audit.clock import database_now
from audit.models import Outbox
from audit.relay import claim
from tests.worlds.ledger import Noted, note

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PROGRAM = Path(__file__).parent / "relay_process.py"
DEADLINE = 90


@pytest.fixture(autouse=True)
def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody hears notes: this process writes the tasks, the others do them."""
    listener = relay.Subscription("tests.listen", lambda _entry: None, False)
    monkeypatch.setitem(relay.HANDLERS, Noted.kind, [listener])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "heard"


def lines(log: Path, word: str) -> list[list[str]]:
    text = log.read_text() if log.exists() else ""
    return [line.split()[1:] for line in text.splitlines() if line.startswith(f"{word} ")]


def wait_for(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE
    while not ready():
        if time.monotonic() > deadline:
            states = Counter(Outbox.objects.values_list("state", "attempts", "last_error"))
            pytest.fail(f"{what} did not happen within {DEADLINE} s: {states}")
        time.sleep(0.05)


@contextmanager
def process(url: str, log: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A relay that has said it is ready; killed at the end."""
    settings = {"LEASE": "30", "RENEW": "10", "HEARD": str(log), "DATABASE_URL": url}
    whole = {**os.environ, **settings, **env, "PYTHONPATH": os.getcwd()}
    started = subprocess.Popen([sys.executable, str(PROGRAM)], env=whole)
    try:
        wait_for(lambda: [str(started.pid)] in lines(log, "ready"), "the start of a relay")
        yield started
    finally:
        started.kill()
        started.wait(DEADLINE)


def done() -> int:
    return Outbox.objects.filter(state="done").count()


def test_two_relays_do_each_thing_once(postgres_url: str, log: Path, tmp_path: Path) -> None:
    many = 300
    for number in range(many):
        note(f"lot/{number % 7}", Noted(f"{number}"))
    go = tmp_path / "go"
    with process(postgres_url, log, HOLD=str(go)), process(postgres_url, log, HOLD=str(go)):
        # given both in the middle of a batch of their own
        wait_for(lambda: len({pid for pid, _seq in lines(log, "begin")}) == 2, "two beginnings")
        go.touch()
        wait_for(lambda: done() == many, "the end of all")
    began = Counter(place for _pid, place in lines(log, "begin"))
    assert len(began) == many
    assert set(began.values()) == {1}
    assert set(Outbox.objects.values_list("attempts", flat=True)) == {1}


def test_the_work_of_a_killed_relay_is_taken_over(
    postgres_url: str, log: Path, tmp_path: Path
) -> None:
    note("lot/1", Noted("a"))
    go = tmp_path / "go"
    with process(postgres_url, log, LEASE="2", HOLD=str(go)) as first:
        wait_for(lambda: len(lines(log, "begin")) == 1, "the first attempt")
        first.send_signal(signal.SIGKILL)
        first.wait(DEADLINE)
    row = Outbox.objects.get()
    assert (row.state, row.attempts) == ("claimed", 1)
    with process(postgres_url, log, LEASE="2") as second:
        wait_for(lambda: done() == 1, "the second attempt")
    assert lines(log, "end") == [[str(second.pid), "lot/1#1"]]
    assert Outbox.objects.get().attempts == 2


def test_the_long_work_of_a_living_relay_is_not_taken_over(
    postgres_url: str, log: Path, tmp_path: Path
) -> None:
    note("lot/1", Noted("a"))
    go = tmp_path / "go"
    env = {"LEASE": "2", "RENEW": "0.3", "SLOW": "1", "HOLD": str(go)}
    with process(postgres_url, log, **env), process(postgres_url, log, **env):
        wait_for(lambda: len(lines(log, "begin")) == 1, "the attempt")
        # long enough for the lease to have ended twice, had it not been renewed
        until = database_now().timestamp() + 4
        wait_for(lambda: Outbox.objects.get().next_at.timestamp() > until + 2, "renewing")
        go.touch()
        wait_for(lambda: done() == 1, "the end")
    assert len(lines(log, "begin")) == len(lines(log, "end")) == 1
    assert Outbox.objects.get().attempts == 1


# ── the lock itself ───────────────────────────────────────────────────────────────────────────


def in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def claims_during_anothers(take: Callable[[], list[int]]) -> tuple[list[int], list[int]]:
    """What two claimers get when the second asks before the first has committed."""
    first: list[int] = []
    claimed, answered = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            first.extend(take())
            claimed.set()
            answered.wait(DEADLINE)

    thread = in_thread(hold)
    assert claimed.wait(DEADLINE)
    second = take()
    answered.set()
    thread.join(DEADLINE)
    return first, second


def test_without_the_lock_both_would_get_the_row() -> None:
    note("lot/1", Noted("a"))
    naive = claims_during_anothers(lambda: [row.pk for row in relay.due_rows(None)])
    assert len(naive[0]) == len(naive[1]) == 1


def test_with_it_only_one_does() -> None:
    note("lot/1", Noted("a"))

    def take() -> list[int]:
        with transaction.atomic():  # inside the first claimer's own transaction, still open
            return [item.outbox_id for item in claim.__wrapped__(10)]

    first, second = claims_during_anothers(take)
    assert (len(first), second) == (1, [])
