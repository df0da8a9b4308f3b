"""Several processes decide for one room: it closes once, order is one, memory is only a cache."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from audit.clock import system_clock
from audit.models import Entry
from bidding.rules import commands as c
from bidding.sequencer.books import book_of, forget_books
from kernel.clock import iso_ms
from tests.faults.stack import environment
from tests.worlds.rooms import Table, lay_table, terms_of

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PROCESS = """
import json, os, sys, time
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django
django.setup()
from bidding.rules import commands as c
from bidding.sequencer.batches import settle_alone
from bidding.sequencer.books import Act
from tests.worlds.rooms import new_token
print("ready", flush=True)
plan = json.loads(sys.stdin.readline())
until = time.monotonic() + plan["seconds"]
answers, n = [], 0
while time.monotonic() < until:
    n += 1
    settle_alone(plan["code"], Act(c.Tick()))
    fen = plan["first"] + n * plan["stride"]
    act = Act(c.Offer(None, fen), new_token(), plan["user"], plan["key"])
    settle_alone(plan["code"], act)
    answers.append(act.answer)
print(json.dumps(answers), flush=True)
os._exit(0)
"""


@pytest.fixture(autouse=True)
def _own_books() -> Any:
    forget_books()
    yield
    forget_books()


def start_processes(count: int, url: str) -> list[subprocess.Popen[str]]:
    """Processes that are ready to decide: what they wait for is a plan."""
    env = {**environment(), "DATABASE_URL": url, "YANGGUANG_MODE": "test"}
    env |= {"PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-c", PROCESS]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    running = [
        subprocess.Popen(command, cwd=ROOT, env=env, text=True, **pipes) for _n in range(count)
    ]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    return running


def let_go(
    running: list[subprocess.Popen[str]], table: Table, seconds: float
) -> list[list[dict[str, Any]]]:
    """One bidder a process, all at once; returns their answers."""
    for index, (process, seat) in enumerate(zip(running, table.seats.values(), strict=True)):
        plan = {
            **{"code": table.code, "user": seat.user.pk, "key": seat.session_key},
            **{"seconds": seconds, "first": 10_000 + index * 100, "stride": 1000},
        }
        process.stdin.write(json.dumps(plan) + "\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=60)[0]) for process in running]


def public(table: Table) -> list[Entry]:
    return list(Entry.objects.filter(stream=f"room/{table.code}").order_by("seq"))


def test_the_room_closes_once_and_takes_nothing_from_its_end_on() -> None:
    running = start_processes(3, url_of(connection))
    ends_at = system_clock().now() + timedelta(seconds=8)
    terms = terms_of(
        **{"ends_at": iso_ms(ends_at), "soft_close_s": 0, "own_outbid": True},
        **{"step_mode": "at_least", "refusals_per_s": 0},
    )
    table = lay_table("alice", "bob", "carol", terms=terms)
    left = (ends_at - system_clock().now()).total_seconds()
    answers = let_go(running, table, left + 2)

    entries = public(table)
    kinds = [entry.kind for entry in entries]
    assert kinds.count("closed") == 1
    assert kinds[-2:] == ["closed", "hammered"]
    assert all(entry.at < ends_at for entry in entries if entry.kind == "offer_placed")
    acks = [answer for found in answers for answer in found if answer["type"] == "ack"]
    assert len(acks) == kinds.count("offer_placed") > 0
    assert len({ack["seq"] for ack in acks}) == len(acks)
    refused = {answer["code"] for found in answers for answer in found if "code" in answer}
    assert "not_open" in refused


def url_of(connection: Any) -> str:
    values = connection.settings_dict
    host = values["HOST"] or values["OPTIONS"]["host"]
    return f"postgres://{values['USER']}@/{values['NAME']}?host={host}"


def test_stale_memory_is_read_again_before_it_decides() -> None:
    """Another process went on in the room: this one's book is behind, or, worse, ahead."""
    table = lay_table("alice", "bob")
    table.place("alice", 1000)
    book = book_of(table.code, 0, 0)
    remembered = book.state
    table.place("bob", 1100)
    book.state = remembered
    assert table.place("alice", 1100)["code"] == "equal_offer"
    book.state = replace(book.state, seq=book.state.seq + 5)
    assert table.place("alice", 1200)["type"] == "ack"
    assert [entry.seq for entry in public(table)] == [1, 2, 3, 4]
    table.act(c.Tick())
