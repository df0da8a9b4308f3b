"""The room's script folds, counts and writes as the engine does: node runs its tests on the same
vectors, and on every step of every room that was worked out by hand."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bidding.data import presets
from bidding.events import parse_event
from bidding.rules.fold import fold
from bidding.rules.questions import room
from bidding.rules.snapshot import snapshot_fields
from bidding.rules.state import initial
from bidding.rules.terms import parse_terms
from kernel.clock import parse_instant

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.mjs"))
QUESTIONS = json.loads((ROOT / "tests" / "vectors" / "room.json").read_text())["cases"]
SHOWN = (
    "phase top_fen top_plate min_valid_fen step_fen ends_at extensions reason resumes_to"
    " reserve_met round tied"
).split()


def histories() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The public events of each worked-out room, by its name."""
    for case in QUESTIONS:
        events = room(case["question"], presets()).get("events") or []
        if events and events[0]["kind"] == "opened":
            yield case["name"], events


def engine_cases() -> list[dict[str, Any]]:
    """What the engine shows after each event, at the instant of that event."""
    found = []
    for name, events in histories():
        terms = parse_terms(presets()[events[0]["preset"]], events[0]["terms"])
        state = initial(terms, code="EVALUATE")
        for index, event in enumerate(events, 1):
            state = fold(state, [parse_event(event["kind"], parse_instant(event["at"]), event)])
            fields = snapshot_fields(terms, state, parse_instant(event["at"]))
            expect = {key: fields[key] for key in SHOWN}
            case = {"name": f"{name} / {index}", "events": events[:index], "now": event["at"]}
            found.append({**case, "expect": expect})
    return found


def run_node(scripts: list[str], **files: Path) -> subprocess.CompletedProcess[str]:
    """Runs tests of the browser's modules; each file by the name they look it up under."""
    env = {**os.environ, **{name: str(path) for name, path in files.items()}}
    command = ["node", "--test", "--test-reporter=tap", *scripts]
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120
    )


def count(report: str, what: str) -> int:
    found = re.search(rf"^# {what} (\d+)$", report, re.MULTILINE)
    assert found is not None, report
    return int(found[1])


def write_cases(folder: Path, cases: list[dict[str, Any]]) -> Path:
    path = folder / "cases.json"
    path.write_text(json.dumps(cases))
    return path


def test_the_script_agrees_with_the_engine(tmp_path: Path) -> None:
    cases = engine_cases()
    done = run_node(SCRIPTS, FOLD_CASES=write_cases(tmp_path, cases))
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert count(done.stdout, "fail") == count(done.stdout, "skipped") == 0
    assert count(done.stdout, "pass") > len(cases) > 100


@pytest.mark.parametrize("key", ["top_fen", "min_valid_fen", "extensions"])
def test_a_planted_difference_is_found(tmp_path: Path, key: str) -> None:
    case = next(item for item in engine_cases() if item["expect"][key])
    case["expect"][key] += 1
    scripts = [script for script in SCRIPTS if script.endswith("fold.test.mjs")]
    done = run_node(scripts, FOLD_CASES=write_cases(tmp_path, [case]))
    assert done.returncode != 0
    assert count(done.stdout, "fail") == 1
