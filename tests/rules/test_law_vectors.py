"""Worked examples as data: the case clock (RB1-RB3) and a tender's dates (S1)."""

import json
from pathlib import Path
from typing import Any

import pytest

from law.data import shipped
from law.rules.questions import answer

FOLDER = Path(__file__).parents[1] / "vectors"
CLOCKS = json.loads((FOLDER / "case_clock.json").read_text())
DATES = json.loads((FOLDER / "tender_dates.json").read_text())


@pytest.mark.parametrize("example", CLOCKS, ids=lambda example: example["id"])
def test_case_clock(example: dict[str, Any]) -> None:
    found = answer("clock", example["q"], shipped())
    assert {name: found[name] for name in example["expect"]} == example["expect"]


@pytest.mark.parametrize("example", DATES, ids=lambda example: example["id"])
def test_tender_dates(example: dict[str, Any]) -> None:
    found = answer(example["q"]["op"], example["q"], shipped())
    assert {name: found[name] for name in example["expect"]} == example["expect"]
