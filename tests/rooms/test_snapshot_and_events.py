"""Whatever happens, an old snapshot and the events since are a fresh snapshot."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from audit.clock import system_clock
from bidding.data import preset
from bidding.events import parse_event
from bidding.rules import commands as c
from bidding.rules.fold import evolve
from bidding.rules.snapshot import snapshot_fields
from bidding.rules.state import initial
from bidding.rules.terms import parse_terms
from kernel.clock import iso_ms, parse_instant
from tests.worlds.rooms import Table, lay_table, terms_of

MOVING = ("server_at", "offers", "title", "v")
ACTIONS: dict[str, Callable[[Table], object]] = {
    "an offer": lambda table: table.place("alice", 1000),
    "an offer that extends": lambda table: table.place("bob", 1500),
    "a refused offer": lambda table: table.place("alice", 1),
    "a pause": lambda table: table.act(c.Pause("系统检查")),
    "a pause and its end": lambda table: (table.act(c.Pause("检查")), table.act(c.Resume())),
    "an announcement": lambda table: table.act(c.Announce("展示至中午")),
    "an abort": lambda table: table.abort("委托人撤回"),
    "the passing of time": lambda table: table.act(c.Tick()),
}


def fetch(table: Table, page: str) -> dict[str, Any]:
    found: dict[str, Any] = Client().get(f"/api/rooms/{table.code}/{page}").json()
    return found


def folded(table: Table, events: list[dict[str, Any]], at: str) -> dict[str, Any]:
    """The state that a reader of the events alone arrives at."""
    row = table.row
    terms = parse_terms(preset(row.preset, row.preset_version), row.terms)
    state = initial(terms, code=table.code)
    for event in events:
        state = evolve(state, parse_event(event["kind"], parse_instant(event["at"]), event))
    shown: dict[str, Any] = json.loads(json.dumps(snapshot_fields(terms, state, parse_instant(at))))
    return {**shown, "seq": state.seq}


@pytest.fixture
def table() -> Table:
    soon = iso_ms(system_clock().now() + timedelta(seconds=50))
    return lay_table("alice", "bob", terms=terms_of(ends_at=soon))


@pytest.mark.parametrize("action", ACTIONS)
def test_old_snapshot_and_events_are_the_fresh_snapshot(table: Table, action: str) -> None:
    old = fetch(table, "snapshot")
    ACTIONS[action](table)
    since = fetch(table, f"events?after={old['seq']}")["events"]
    fresh = fetch(table, "snapshot")
    before = fetch(table, "events?after=0")["events"][: old["seq"]]
    again = folded(table, [*before, *since], fresh["server_at"])
    assert again == {name: fresh[name] for name in again}
    offers = [event["seq"] for event in [*before, *since] if event["kind"] == "offer_placed"]
    assert [offer["seq"] for offer in fresh["offers"]] == offers


def test_the_snapshot_lists_the_last_fifty_offers(table: Table) -> None:
    for n in range(60):
        table.place("alice" if n % 2 else "bob", 1000 + 100 * n)
    offers = fetch(table, "snapshot")["offers"]
    assert [offer["amount_fen"] for offer in offers] == [1000 + 100 * n for n in range(10, 60)]
    assert set(offers[0]) >= {"seq", "at", "plate", "amount_fen"}


def test_what_is_not_committed_is_not_shown(table: Table, monkeypatch: Any) -> None:
    table.place("alice", 1000)
    before = fetch(table, "snapshot")

    def look_then_fail(*_args: object) -> None:
        seen.append(fetch(table, "snapshot")["seq"])
        raise RuntimeError("power cut")

    seen: list[int] = []
    monkeypatch.setattr("bidding.sequencer.writing.room_statements", look_then_fail)
    with pytest.raises(RuntimeError):
        table.place("bob", 1100)
    monkeypatch.undo()
    assert seen == [before["seq"]]
    assert fetch(table, "snapshot")["seq"] == before["seq"]
    assert table.place("bob", 1100)["seq"] == before["seq"] + 1
