"""The rules of a room written a second time, for the browser: node checks with them every record
that the engine makes of the rooms worked out by hand and of rooms that chance plays."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bidding import events as e
from bidding.data import presets
from bidding.rules.questions import room
from bidding.rules.state import FINAL
from kernel.clock import iso_ms
from tests.rules.test_room_properties import TERMS, asks_of, play
from tests.rules.test_room_script import QUESTIONS, ROOT, count, run_node

SCRIPT = str(ROOT / "tests" / "js" / "recheck.test.mjs")
VECTORS = json.loads((ROOT / "tests" / "vectors" / "room_recheck.json").read_text())
ROOMS = 600
Record = dict[str, Any]


def record_of(name: str, events: list[e.Event]) -> Record:
    """What the public feed would give of these events."""
    shown = [
        {"seq": seq, "kind": event.kind, "at": iso_ms(event.at), **e.body(event)}
        for seq, event in enumerate(events, 1)
    ]
    return {"name": name, "events": shown}


def worked_out() -> Iterator[Record]:
    for case in QUESTIONS:
        events = room(case["question"], presets()).get("events")
        if events:
            yield {"name": case["name"], "events": events}


def played_by_chance() -> Iterator[Record]:
    """Rooms of every format with faults, pauses, aborts and offers around every edge."""
    dice = random.Random(20261126)
    for number in range(ROOMS):
        preset = dice.choice(sorted(TERMS))
        tops = (16, 3, 15, dice.choice((3, 9)))
        asks = asks_of(preset, [tuple(dice.randint(0, top) for top in tops) for _ in "x" * 40])
        played = play(preset, asks)
        events = played.public
        if events and played.state.phase not in FINAL and number % 2:
            events = [*events, e.Aborted(asks[-1].at, "court")]
        if events:
            yield record_of(f"{preset} {number}", events)


def check(records: list[Record], folder: Path) -> Any:
    path = folder / "records.json"
    path.write_text(json.dumps(records))
    return run_node([SCRIPT], RECORDS=path)


def test_the_browser_finds_every_record_of_the_engine_lawful(tmp_path: Path) -> None:
    records = [*worked_out(), *played_by_chance()]
    kinds = {event["kind"] for record in records for event in record["events"]}
    done = check(records, tmp_path)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert count(done.stdout, "fail") == count(done.stdout, "skipped") == 0
    assert {"resume_scheduled", "cap_reached", "drawn", "quotes_opened", "aborted"} <= kinds
    assert len(records) > ROOMS * 0.8


@pytest.mark.parametrize("kind", ["offer_placed", "extended", "hammered"])
def test_an_engine_that_differs_is_found(tmp_path: Path, kind: str) -> None:
    """Were a rule another in the engine, its records would not pass."""
    record = next(
        found
        for found in worked_out()
        if kind in {event["kind"] for event in found["events"]} and len(found["events"]) > 4
    )
    event = next(event for event in record["events"] if event["kind"] == kind)
    key = {"offer_placed": "amount_fen", "extended": "extensions", "hammered": "price_fen"}[kind]
    event[key] += 1
    assert check([record], tmp_path).returncode != 0


def test_the_vectors_are_records_of_the_engine() -> None:
    known = {json.dumps(record["events"]) for record in worked_out()}
    records = VECTORS["records"].values()
    assert [item["name"] for item in records if json.dumps(item["events"]) not in known] == []
