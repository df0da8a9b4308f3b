"""Several processes decide for one room: it closes once, order is one, memory is only a cache."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import datetime, timedelta
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
plan = json.loads(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
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


def run_processes(
    table: Table, url: str, folder: Path, *, seconds: float, starts_at: datetime
) -> list[list[dict[str, Any]]]:
    """One process a bidder, all let go at once; returns their answers."""
    env = {**environment(), "DATABASE_URL": url, "YANGGUANG_MODE": "test"}
    env |= {"PYTHONPATH": str(ROOT), "LOG_LEVEL": "ERROR"}
    running = []
    for index, seat in enumerate(table.seats.values()):
        plan = {
            **{"code": table.code, "user": seat.user.pk, "key": seat.session_key},
            **{"seconds": seconds, "first": 10_000 + index * 100, "stride": 1000},
        }
        command = [sys.executable, "-c", PROCESS, json.dumps(plan)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        running.append(subprocess.Popen(command, cwd=ROOT, env=env, text=True, **pipes))
    for process in running:
        assert process.stdout.readline() == "ready\n"
    while system_clock().now() < starts_at:
        time.sleep(0.05)
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=60)[0]) for process in running]


def public(table: Table) -> list[Entry]:
    return list(Entry.objects.filter(stream=f"room/{table.code}").order_by("seq"))


def test_the_room_closes_once_and_takes_nothing_from_its_end_on(
    tmp_path: Path,
) -> None:
    url = url_of(connection)
    ends_at = system_clock().now() + timedelta(seconds=25)
    terms = terms_of(
        **{"ends_at": iso_ms(ends_at), "soft_close_s": 0, "own_outbid": True},
        **{"step_mode": "at_least", "refusals_per_s": 0},
    )
    table = lay_table("alice", "bob", "carol", terms=terms)
    answers = run_processes(
        table, url, tmp_path, seconds=8, starts_at=ends_at - timedelta(seconds=4)
    )

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
