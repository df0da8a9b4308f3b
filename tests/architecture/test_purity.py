"""Rules and kernel are pure: the planted faults, one at a time, are each found by name."""

from pathlib import Path

import pytest

from tests.architecture.measures import APPS, ROOT
from tests.architecture.purity import faults, impurities, pure_files

RULE = "bidding/rules/decide.py"


def test_rules_and_kernel_are_pure() -> None:
    assert impurities(ROOT) == []


def test_every_rule_is_measured() -> None:
    measured = {path.relative_to(ROOT).as_posix() for path in pure_files(ROOT)}

    rules = {
        path.relative_to(ROOT).as_posix()
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "rules" in path.parts or app == "kernel"
    }
    assert rules <= measured


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (RULE, "import audit.clock"),
        (RULE, "import audit.relay"),
        (RULE, "import bidding.broadcast"),
        (RULE, "from audit import clock"),
        (RULE, "from bidding import models"),
        (RULE, "from . import state"),
        (RULE, "import django"),
        (RULE, "import random"),
        (RULE, "import secrets"),
        (RULE, "import time"),
        (RULE, "import os"),
        (RULE, "import threading"),
        (RULE, "from io import open"),
        (RULE, "NOW = datetime.now(UTC)"),
        (RULE, "NOW = datetime.utcnow()"),
        (RULE, "TODAY = date.today()"),
        (RULE, "wall = datetime.now"),
        (RULE, "TEXT = open('rows.json').read()"),
        (RULE, "print(1)"),
        ("kernel/money.py", "import subprocess"),
        ("kernel/money.py", "import threading"),
        ("kernel/money.py", "import pathlib"),
        ("kernel/money.py", "import law.rules.limits"),
        ("kernel/clock.py", "NOW = datetime.now(UTC)"),
        ("bidding/events.py", "import bidding.models"),
        ("law/__init__.py", "import django"),
    ],
)
def test_an_impure_line_is_found(place: str, line: str) -> None:
    text = (ROOT / place).read_text()

    found = list(faults(f"{text}\n{line}\n", Path(place).parts[0]))

    assert [where for where, _what in found] == [len(text.splitlines()) + 2]


def test_a_planted_file_is_found(tmp_path: Path) -> None:
    for place, text in (
        ("kernel/money.py", ""),
        ("bidding/events.py", ""),
        ("law/__init__.py", ""),
        ("law/rules/deep/planted.py", "import os\n"),
    ):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    assert impurities(tmp_path) == [("law/rules/deep/planted.py:1", "imports os")]
