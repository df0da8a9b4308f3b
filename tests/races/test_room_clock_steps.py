"""The database's clock jumps while everybody quotes, in several processes that share nothing: no
room closes by the jump, each is paused once, and both streams keep their order."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from audit.clock import system_clock
from audit.models import Entry
from bidding.sequencer.guard import Guard, guard
from bidding.services import outage
from config import timekeeper
from kernel.clock import iso_ms
from tests.races.test_room_processes import let_go, start_processes
from tests.worlds.clocks import Mover, shadowed_clock
from tests.worlds.rooms import Table, lay_table, new_token, terms_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)
NAMES = ("alice", "bob", "carol", "dave")


@pytest.fixture
def move() -> Iterator[Mover]:
    guard.forget()
    yield shadowed_clock()
    guard.forget()


def ending_table(*names: str) -> Table:
    ends_at = system_clock().now() + timedelta(minutes=2)
    table = lay_table(*names, terms=terms_of(ends_at=iso_ms(ends_at), soft_close_s=0))
    outage.beat("web")
    return table


def entries(table: Table, suffix: str = "") -> list[Entry]:
    return list(Entry.objects.filter(stream=f"room/{table.code}{suffix}").order_by("seq"))


def in_order(rows: list[Entry]) -> bool:
    moments = [row.at for row in rows]
    return moments == sorted(moments) and [row.seq for row in rows] == list(
        range(rows[0].seq, rows[0].seq + len(rows))
    )


@pytest.mark.parametrize("step", [HOUR, -HOUR], ids=str)
def test_whoever_comes_first_pauses_the_room_once(move: Mover, step: timedelta) -> None:
    """Given quotes, the timekeeper's turn and the heartbeat all at once after the jump."""
    table = ending_table(*NAMES)
    tokens = {name: new_token() for name in NAMES}
    answers: list[dict[str, Any]] = []
    gate = threading.Barrier(len(NAMES) + 2)

    def start(act: Any, *given: Any) -> threading.Thread:
        def run() -> None:
            gate.wait()
            answer = act(*given)
            if isinstance(answer, dict):
                answers.append(answer)
            connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    move(step)
    threads = [start(table.place, name, 1000, tokens[name]) for name in NAMES]
    threads += [start(timekeeper.tick_rooms), start(outage.beat, "web")]
    for thread in threads:
        thread.join()

    assert [answer["code"] for answer in answers] == ["paused"] * len(NAMES)
    assert [row.kind for row in entries(table)] == ["opened", "paused"]
    assert in_order(entries(table))
    assert in_order(entries(table, "/sealed"))
    move(timedelta(0))
    again = table.place("alice", 1000, tokens["alice"])
    assert (again["type"], again["code"]) == ("refused", "paused")


def test_processes_that_share_nothing_agree(move: Mover, postgres_url: str) -> None:
    """Given two processes that quote and tick without rest, and a jump of an hour under them."""
    running = start_processes(2, postgres_url)
    table = ending_table("alice", "bob")
    offers = Entry.objects.filter(stream=f"room/{table.code}", kind="offer_placed")

    def jump() -> None:
        until = time.monotonic() + 30
        while offers.count() <= 5 and time.monotonic() < until:
            time.sleep(0.01)
        move(HOUR)
        connection.close()

    jumping = threading.Thread(target=jump)
    jumping.start()
    answers = [answer for each in let_go(running, table, 3.0) for answer in each]
    jumping.join()

    kinds = Counter(row.kind for row in entries(table))
    assert kinds["paused"] == 1
    assert not {"closed", "hammered", "passed_in"} & kinds.keys()
    assert [row.kind for row in entries(table)][-1] == "paused"
    said = Counter(answer.get("code", answer["type"]) for answer in answers)
    assert said["ack"] == kinds["offer_placed"] > 5
    assert said["paused"]
    rows = entries(table), entries(table, "/sealed")
    assert all(map(in_order, rows))
    assert all(row.at < system_clock().now() - HOUR / 2 for stream in rows for row in stream)


def test_two_guards_of_one_clock_say_the_same(move: Mover) -> None:
    one, other = Guard(), Guard()
    first = [each.look().is_off for each in (one, other)]
    move(HOUR)
    then = [each.look() for each in (one, other)]
    assert first == [False, False]
    assert all(each.is_off for each in then)
    assert abs(then[0].now - then[1].now) < timedelta(seconds=5)
