"""A preset tried out on its own vectors, with the very engine of live rooms, without a database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bidding.rules.presets import Preset
from bidding.rules.questions import room
from kernel.errors import Invalid

ABSENT = "absent"
MOST_DIFFERENCES = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """Where an answer is not what the vector expects; `where` is a path like `outcome.plate`."""

    where: str
    expected: object
    found: object


@dataclass(frozen=True, slots=True)
class Trial:
    """One vector's result; it holds if nothing differs."""

    name: str
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        return not self.differences


def dry_run(preset: Preset, vectors: Sequence[Mapping[str, Any]]) -> list[Trial]:
    """Runs each vector under the preset's own terms, which the vector's question may replace."""
    return [Trial(str(vector["name"]), tuple(_try(preset, vector))) for vector in vectors]


def _try(preset: Preset, vector: Mapping[str, Any]) -> Iterator[Difference]:
    own = vector["question"].get("terms")
    terms = {**preset.terms, **own} if isinstance(own, dict) else own
    question = {**vector["question"], "preset": preset.preset, "terms": terms}
    answer = room(question, {preset.preset: preset})
    answer["kinds"] = [event["kind"] for event in _events(answer)]
    for number, found in enumerate(differences(vector["expect"], answer)):
        if number == MOST_DIFFERENCES:
            return
        yield found


def _events(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    events = answer.get("events", [])
    return events if isinstance(events, list) else []


def differences(expected: object, found: object, where: str = "") -> Iterator[Difference]:
    """Says where `found` lacks what is expected, a part of the answer; true is not 1 here."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            yield from differences(value, found.get(key, ABSENT), f"{where}.{key}".lstrip("."))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, (left, right) in enumerate(zip(expected, found, strict=True)):
            yield from differences(left, right, f"{where}[{index}]")
    elif type(expected) is not type(found) or expected != found:
        yield Difference(where, expected, found)


def require_success(trials: Sequence[Trial]) -> None:
    """Invalid, naming each vector that does not hold."""
    failed = [trial.name for trial in trials if not trial.holds]
    if failed:
        raise Invalid("vectors_fail", params={"vectors": failed})
