"""The law answers every example, explains itself, and says what is wrong with a bad question."""

import json
from pathlib import Path
from typing import Any

import pytest

from law.data import shipped
from law.rules.questions import OPS, answer

EXAMPLES = json.loads(
    (Path(__file__).resolve().parents[1] / "vectors" / "evaluate.json").read_text()
)
OURS = [example for example in EXAMPLES if example["q"]["op"] in OPS]


def ask(**question: Any) -> dict[str, Any]:
    return answer(question["op"], question, shipped())


def contains(answered: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return isinstance(answered, dict) and all(
            name in answered and contains(answered[name], value) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return len(answered) == len(expected) and all(map(contains, answered, expected))
    return bool(answered == expected)


@pytest.mark.parametrize("example", OURS, ids=lambda example: example["q"]["id"])
def test_example(example: dict[str, Any]) -> None:
    answered = answer(example["q"]["op"], example["q"], shipped())
    assert contains(answered, example["expect"]), answered


def test_there_are_examples_for_every_question() -> None:
    assert {example["q"]["op"] for example in OURS} == set(OPS)


@pytest.mark.parametrize("example", OURS, ids=lambda example: example["q"]["id"])
def test_every_answer_explains_itself(example: dict[str, Any]) -> None:
    answered = answer(example["q"]["op"], example["q"], shipped())
    assert answered["explain"]


LIMIT = {"op": "limit", "rule": "TB-01"}


@pytest.mark.parametrize(
    ("question", "error", "field"),
    [
        ({"op": "workday", "n": 1}, "missing", "from_on"),
        ({"op": "workday", "from_on": "2026-02-30", "n": 1}, "bad_value", "from_on"),
        ({"op": "workday", "from_on": "2026-2-3", "n": 1}, "bad_value", "from_on"),
        ({"op": "workday", "from_on": "2026-02-13", "n": -1}, "bad_value", "n"),
        ({"op": "workday", "from_on": "2026-02-13", "n": True}, "bad_value", "n"),
        ({"op": "workday", "from_on": "2026-02-13", "n": 1.0}, "bad_value", "n"),
        ({"op": "workday", "from_on": "2006-12-29", "n": 0}, None, None),
        ({"op": "workday", "from_on": "2006-12-20", "n": 3}, "bad_value", "from_on"),
        ({"op": "workday", "from_on": "9999-12-30", "n": 5}, "bad_value", "from_on"),
        ({"op": "limit", "rule": "XX-1", "event_on": "2026-01-05"}, "unknown_rule", "rule"),
        ({"op": "limit", "rule": "TB-07", "event_on": "2026-01-05"}, "not_a_date_rule", "rule"),
        ({"op": "limit", "rule": "LD-08", "event_on": "2026-01-05"}, "not_a_date_rule", "rule"),
        ({"op": "limit", "rule": "EQ-03", "event_on": "2026-01-05"}, "missing", "floor_fen"),
        ({"op": "limit", "rule": "TB-16", "event_on": "2026-01-05"}, "missing", "event_at"),
        ({"op": "capitals", "fen": -1}, "bad_value", "fen"),
        ({"op": "capitals", "fen": "1"}, "bad_value", "fen"),
        ({"op": "savings"}, "missing", "lots"),
        ({"op": "savings", "lots": {}}, "bad_value", "lots"),
        ({"op": "savings", "lots": ""}, "bad_value", "lots"),
        ({"op": "savings", "lots": None}, None, None),
        ({"op": "workday", "from_on": "2000-01-01", "n": 1}, "bad_value", "from_on"),
        ({**LIMIT, "event_on": "2000-01-01"}, "bad_value", "event_on"),
        ({**LIMIT, "event_on": "2026-01-05", "params": []}, "bad_value", "params"),
        ({**LIMIT, "event_on": "2026-01-05", "params": False}, "bad_value", "params"),
        ({**LIMIT, "event_on": "2026-01-05", "params": None}, None, None),
        (
            {**LIMIT, "op": "gap", "event_on": "2026-01-05", "target_on": "2000-01-01"},
            "bad_value",
            "target_on",
        ),
    ],
)
def test_bad_question(question: dict[str, Any], error: str | None, field: str | None) -> None:
    answered = ask(**question)
    assert (answered.get("error"), answered.get("field")) == (error, field)
    assert answered["ok"] is (error is None)


def test_hours_run_from_the_moment() -> None:
    answered = ask(op="limit", rule="JA-04", event_at="2026-05-12T10:00:00.000+08:00")
    assert answered["at"] == "2026-05-13T10:00:00.000+08:00"


def test_a_city_may_be_stricter() -> None:
    usual = ask(op="limit", rule="LD-05", event_on="2026-04-21")
    taicang = ask(op="limit", rule="LD-05", event_on="2026-04-21", params={"city": "taicang"})
    assert (usual["on"], taicang["on"]) == ("2026-05-08", "2026-04-30")


def test_an_unpublished_year_is_provisional() -> None:
    answered = ask(op="workday", from_on="2026-12-31", n=1)
    assert (answered["on"], answered["provisional"]) == ("2027-01-04", True)


def test_months_end_where_there_is_no_such_day() -> None:
    assert ask(op="limit", rule="LD-06a", event_on="2026-01-31")["raw_on"] == "2026-02-28"


def test_a_maximum_has_its_latest_day() -> None:
    answered = ask(op="gap", rule="LD-04", event_on="2026-04-21", target_on="2026-04-29")
    assert answered["allowed"] is False
    assert (answered["earliest_on"], answered["latest_on"]) == (None, "2026-04-28")


def test_every_row_has_its_source() -> None:
    rules = shipped().rules.values()
    assert len(rules) > 80
    assert all(rule.source and rule.confidence and rule.name for rule in rules)
