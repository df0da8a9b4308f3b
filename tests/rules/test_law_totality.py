"""No question crashes the calculators: each gets an answer or the name of what is wrong."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from hypothesis import given, settings
from hypothesis import strategies as st

from config.management.commands import clock_eval, evaluate

EXAMPLES = json.loads((Path(__file__).parents[1] / "vectors" / "evaluate.json").read_text())
OPS = ["workday", "limit", "gap", "uscc", "project_code", "capitals", "clock", "savings", "room"]
OURS = [example["q"] for example in EXAMPLES if example["q"]["op"] in OPS]
NAMES = sorted({name for question in OURS for name in question} - {"op", "id"})
HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([-1, 0, 10_001, 2**63, -(2**63), 10**400]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.sampled_from(
        ["", "2026-02-30", "9999-12-31", "0001-01-01", "2006-12-31", "２０２６-01-01", "\ud800"]
    ),
    st.sampled_from(["9999-12-31T23:59:59.999+08:00", "0001-01-01T00:00:00+14:00", "TB-01", "A"]),
)
VALUES = st.recursive(
    HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a question."""
    found = [path] if path else []
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in inner if isinstance(value, (dict, list)) else ():
        found += places(part, (*path, key)) if isinstance(part, (dict, list)) else [(*path, key)]
    return found


def is_answer(answered: dict[str, Any]) -> bool:
    json.dumps(answered, allow_nan=False)
    return answered["ok"] is True or (answered["ok"] is False and bool(answered["error"]))


@given(op=st.sampled_from(OPS), fields=st.dictionaries(st.sampled_from(NAMES), VALUES))
@settings(max_examples=400)
def test_any_fields_get_an_answer(op: str, fields: dict[str, Any]) -> None:
    assert is_answer(evaluate.answer({"op": op, **fields}))


@given(question=st.sampled_from(OURS), value=VALUES, place=st.integers(0, 200))
@settings(max_examples=600)
def test_one_hostile_value_in_a_good_question(
    question: dict[str, Any], value: Any, place: int
) -> None:
    spoiled = json.loads(json.dumps(question))
    paths = [path for path in places(spoiled) if path != ("op",)]
    *way, last = paths[place % len(paths)]
    target = spoiled
    for key in way:
        target = target[key]
    target[last] = value
    assert is_answer(evaluate.answer(spoiled))


@given(question=VALUES)
def test_what_is_no_question_is_told_so(question: Any) -> None:
    assert is_answer(evaluate.answer(question))


@pytest.mark.parametrize("question", OURS, ids=lambda question: question["id"])
def test_the_answer_repeats_the_id(question: dict[str, Any]) -> None:
    assert evaluate.answer(question)["id"] == question["id"]


# ── the commands ──────────────────────────────────────────────────────────────────────────────


def run(command: Any, monkeypatch: pytest.MonkeyPatch, text: bytes, *args: str) -> Any:
    """Feeds standard input to a command and reads what it wrote."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    monkeypatch.setattr(sys, "stdout", out)
    command.handle(file=args[0] if args else "-")
    written: bytes = out.buffer.getvalue()  # type: ignore[attr-defined]
    return json.loads(written.decode())


def test_the_list_comes_back_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [{"id": 2, "op": "capitals", "fen": 100}, {"id": "b", "op": "nonsense"}, 3]
    found = run(evaluate.Command(), monkeypatch, json.dumps(asked).encode())
    assert [item["id"] for item in found] == [2, "b", None]
    assert [item["ok"] for item in found] == [True, False, False]
    assert found[0]["text"] == "人民币壹元整"


def test_a_file_with_a_byte_order_mark_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "questions.json"
    path.write_bytes('\ufeff[{"id":1,"op":"capitals","fen":0}]'.encode())
    assert run(evaluate.Command(), monkeypatch, b"", str(path))[0]["text"] == "人民币零元整"


def test_half_a_character_is_written_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    found = run(evaluate.Command(), monkeypatch, b'[{"id":"\\ud800","op":"uscc","code":"x"}]')
    assert found[0]["id"] == "\ud800"


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"{}", b"[NaN]", b"[1e999]", b'[{"a":1,"a":2}]', b"\xff", b"[" * 5000, b"[" * 99],
)
def test_no_json_is_one_sentence(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    with pytest.raises(CommandError) as caught:
        run(evaluate.Command(), monkeypatch, text)
    assert "\n" not in str(caught.value)


def test_deep_json_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = b'[{"id":' + b"[" * 100 + b"]" * 100 + b"}]"
    with pytest.raises(CommandError, match="deeper"):
        run(evaluate.Command(), monkeypatch, deep)


def test_clock_eval_keeps_the_shape_of_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"accepted_on": "2025-09-22", "S": 20, "C": 7, "as_of": "2025-09-22"}
    one = run(clock_eval.Command(), monkeypatch, json.dumps(asked).encode())
    many = run(clock_eval.Command(), monkeypatch, json.dumps([asked, asked]).encode())
    assert one["due_com"] == "2025-09-30"
    assert "id" not in one
    assert many == [one, one]
