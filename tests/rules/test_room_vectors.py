"""The rooms worked out by hand: questions with answers, and events with what they amount to."""

import json
from pathlib import Path

import pytest

from bidding.data import presets
from bidding.events import parse_event
from bidding.rules.dry_run import differences
from bidding.rules.fold import fold
from bidding.rules.questions import room
from bidding.rules.snapshot import snapshot_fields
from bidding.rules.state import initial
from bidding.rules.terms import parse_terms
from kernel.clock import parse_instant

VECTORS = Path(__file__).resolve().parents[1] / "vectors"
QUESTIONS = json.loads((VECTORS / "room.json").read_text())["cases"]
FOLDS = json.loads((VECTORS / "room_fold.json").read_text())["cases"]


@pytest.mark.parametrize("case", QUESTIONS, ids=[case["name"] for case in QUESTIONS])
def test_a_question_is_answered_as_worked_out(case: dict) -> None:
    answer = room(case["question"], presets())
    answer["kinds"] = [event["kind"] for event in answer.get("events", [])]
    assert list(differences(case["expect"], answer)) == []


@pytest.mark.parametrize("case", FOLDS, ids=[case["name"] for case in FOLDS])
def test_events_amount_to_what_is_worked_out(case: dict) -> None:
    opened = next(event for event in case["events"] if event["kind"] == "opened")
    terms = parse_terms(presets()[opened["preset"]], opened["terms"])
    events = [parse_event(e["kind"], parse_instant(e["at"]), e) for e in case["events"]]
    state = fold(initial(terms, code="EVALUATE"), events)
    shown = snapshot_fields(terms, state, parse_instant(case["now"]))
    expected = {key: value for key, value in case["expect"].items() if key != "offers"}
    assert list(differences(expected, shown)) == []
    assert shown["offer_count"] == len(case["expect"]["offers"])
    assert state.seq == case["events"][-1]["seq"]


def test_a_planted_difference_is_found() -> None:
    case = json.loads(json.dumps(QUESTIONS[0]))
    case["expect"]["outcome"]["price_fen"] += 1
    assert len(list(differences(case["expect"], room(case["question"], presets())))) == 1


def test_an_answer_is_plain_json_without_floats() -> None:
    def refuse(text: str) -> None:
        raise AssertionError(f"a float: {text}")

    for case in QUESTIONS:
        text = json.dumps(room(case["question"], presets()))
        assert json.loads(text, parse_float=refuse)["ok"] in (True, False)
