"""Preset rows that a centre adds: what is refused with which reason, and vectors tried out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bidding.data import preset_rows, presets, vectors
from bidding.rules.dry_run import dry_run, require_success
from bidding.rules.preset_rows import check_row, digest, next_version
from bidding.rules.presets import Preset, parse_preset
from kernel.errors import Invalid

SHIPPED = [row for row in preset_rows() if presets()[row.preset] is row]
CASES = {
    case["name"]: case
    for case in json.loads(
        (Path(__file__).resolve().parents[1] / "vectors" / "room.json").read_text()
    )["cases"]
}
Row = dict[str, Any]


def row_after(base: Preset, **changes: object) -> Row:
    """A row as the page makes it: a city's own, after a shipped preset."""
    citation = [
        {"rule": item.rule, "source": item.source, "confidence": item.confidence}
        for item in base.citation
    ]
    return {
        "preset": "KS",
        "version": "2026.1",
        "title": "挂牌出让（昆山）",
        "format": base.format,
        "required": sorted(base.required),
        "terms": dict(base.terms),
        "citation": citation,
        **changes,
    }


def faults(row: Row, cases: Any = None) -> set[tuple[str, str]]:
    found = check_row(row, vectors()["TC"] if cases is None else cases, presets())
    return set(found.faults)


@pytest.mark.parametrize("base", SHIPPED, ids=[row.preset for row in SHIPPED])
def test_every_shipped_preset_can_be_the_model_of_a_new_one(base: Preset) -> None:
    assert faults(row_after(base), vectors()[base.preset]) == set()


@pytest.mark.parametrize("base", SHIPPED, ids=[row.preset for row in SHIPPED])
def test_every_shipped_preset_holds_its_own_vectors(base: Preset) -> None:
    trials = dry_run(base, vectors()[base.preset])
    assert trials
    assert [(trial.name, trial.differences) for trial in trials if not trial.holds] == []


def test_the_shipped_vectors_are_those_worked_out_by_hand() -> None:
    for code, cases in vectors().items():
        for case in cases:
            known = CASES[case["name"]]
            assert known["question"]["preset"] == code
            assert case["expect"] == known["expect"]
            assert case["question"]["commands"] == known["question"]["commands"]


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("preset", "ks", ("preset", "not_a_code")),
        ("preset", "K", ("preset", "not_a_code")),
        ("preset", "昆山", ("preset", "not_a_code")),
        ("preset", "KS-1", ("preset", "not_a_code")),
        ("preset", "ASC", ("preset", "other_format")),
        ("version", "1", ("version", "not_a_version")),
        ("version", "2026.0", ("version", "not_a_version")),
        ("version", "２０２６.1", ("version", "not_a_version")),
        ("title", "  ", ("title", "not_a_title")),
        ("title", "字" * 61, ("title", "not_a_title")),
        ("format", "roulette", ("format", "unknown")),
        ("citation", [], ("citation", "missing")),
    ],
)
def test_each_fault_is_named(field: str, value: object, fault: tuple[str, str]) -> None:
    assert fault in faults(row_after(presets()["TC"], **{field: value}))


def test_a_new_version_must_be_newer_than_the_one_in_force() -> None:
    base = presets()["TC"]
    same = row_after(base, preset="TC", version=base.version)
    assert ("version", "not_newer") in faults(same)
    assert faults({**same, "version": next_version(base, 2026)}) == set()
    assert faults({**same, "version": next_version(base, 2027)}) == set()


@pytest.mark.parametrize(
    ("code", "terms", "fault"),
    [
        ("TC", {"countdown_s": 0}, ("countdown_s", "zero")),
        ("TC", {"inquiry_s": 31 * 86_400}, ("inquiry_s", "leaves_no_free_quoting")),
        ("TC", {"free_stop_s": 30 * 86_400}, ("free_stop_s", "leaves_no_free_quoting")),
        ("TC", {"countdown_s": -1}, ("countdown_s", "not_whole_seconds")),
        ("TC", {"countdown_s": 1.5}, ("countdown_s", "not_whole_seconds")),
        ("TC", {"own_outbid": "yes"}, ("own_outbid", "not_true_or_false")),
        ("TC", {"step_mode": "any"}, ("step_mode", "not_a_step_mode")),
        ("TC", {"start_fen": 100}, ("start_fen", "belongs_to_the_lot")),
        ("TC", {"opens_at": "2026-03-02T09:00:00+08:00"}, ("opens_at", "belongs_to_the_lot")),
        ("FJ", {"prep_s": 0}, ("prep_s", "zero")),
        ("OQ", {"tie_round_s": 0}, ("tie_round_s", "zero")),
        ("OQ", {"tie_rounds": 11}, ("tie_rounds", "no_end_in_sight")),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(
    code: str, terms: Row, fault: tuple[str, str]
) -> None:
    base = presets()[code]
    assert fault in faults(row_after(base, terms={**base.terms, **terms}))


@pytest.mark.parametrize(
    ("cases", "reason"),
    [
        ([], "missing"),
        (["S3"], "not_a_vector"),
        ([{"name": "a", "question": {}}], "not_a_vector"),
        ([{"name": 1, "question": {}, "expect": {"ok": True}}], "not_a_vector"),
        ([{"name": "a", "question": {}, "expect": {}}], "expects_nothing"),
        ([{"name": "a", "question": {}, "expect": {"ok": False}}] * 51, "too_many"),
    ],
)
def test_a_vector_must_be_able_to_fail(cases: list[Any], reason: str) -> None:
    assert ("vectors", reason) in faults(row_after(presets()["TC"]), cases)


def test_a_vector_runs_under_the_terms_of_the_row() -> None:
    base = presets()["TC"]
    slower = parse_preset(row_after(base, terms={**base.terms, "countdown_s": 300}))
    trials = {trial.name: trial for trial in dry_run(slower, vectors()["TC"])}
    main = trials[
        "S3, main line: the listing becomes limited bidding, a step is wrong, the end is strict"
    ]
    assert not main.holds
    assert any(item.where.endswith("ends_at") for item in main.differences)
    with pytest.raises(Invalid) as refused:
        require_success(list(trials.values()))
    assert main.name in refused.value.params["vectors"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda case: {**case, "question": {}},
        lambda case: {**case, "question": {**case["question"], "terms": "none"}},
        lambda case: {**case, "question": {**case["question"], "commands": [1]}},
        lambda case: {**case, "question": {**case["question"], "seats": None}},
    ],
)
def test_a_vector_that_asks_nothing_sensible_does_not_hold(spoil: Callable[[Row], Row]) -> None:
    case = spoil(dict(vectors()["TC"][0]))
    (trial,) = dry_run(presets()["TC"], [case])
    assert not trial.holds


def test_a_fingerprint_stands_for_row_and_vectors() -> None:
    row, cases = row_after(presets()["TC"]), vectors()["TC"]
    assert digest(row, cases) == digest(dict(reversed(row.items())), cases)
    assert digest(row, cases) != digest({**row, "version": "2026.2"}, cases)
    assert digest(row, cases) != digest(row, cases[1:])
