"""Answers rule questions from a JSON list: `manage.py evaluate [FILE]`. Needs no database."""

import json
import math
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.wiring import evaluate

MAX_DEPTH = 64


def refuse_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys are all different."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a key twice")
    return found


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def finite(text: str) -> float:
    """A number that JSON can write again."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large a number")
    return value


def refuse_depth(value: Any) -> None:
    """ValueError when lists and objects are nested deeper than any question needs."""
    level = [value]
    for _depth in range(MAX_DEPTH):
        inner = [item for item in level if isinstance(item, (list, dict))]
        level = [
            part for item in inner for part in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def read_json(source: str) -> Any:
    """Reads a file, or standard input for `-`. CommandError in one sentence if it is no JSON."""
    try:
        raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        value = json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=refuse_twins,
            parse_constant=refuse_constant,
            parse_float=finite,
        )
        refuse_depth(value)
    except OSError as error:
        raise CommandError(f"{source} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{source} is not valid JSON: {error}") from None
    return value


def write_json(value: Any) -> None:
    """Writes UTF-8 whatever the terminal's own encoding; half a character is written escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    if any("\ud800" <= mark <= "\udfff" for mark in text):
        text = json.dumps(value, indent=1)
    sys.stdout.buffer.write(f"{text}\n".encode())
    sys.stdout.buffer.flush()


def answer(question: Any) -> dict[str, Any]:
    """One answer; a question of the wrong shape gets its error like any other."""
    if not isinstance(question, dict):
        return {"id": None, "ok": False, "error": "bad_value", "field": "question"}
    head = {"id": question.get("id")}
    op = question.get("op")
    if op is None:
        return {**head, "ok": False, "error": "missing", "field": "op"}
    respond = evaluate(op) if isinstance(op, str) else None
    if respond is None:
        return {**head, "ok": False, "error": "unknown_op", "field": "op"}
    return {**head, **respond(question)}


class Command(BaseCommand):
    """Standard output is the JSON list of answers, in order, and nothing else."""

    help = "Answers rule questions from a JSON list (FILE or standard input)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-")

    def handle(self, *args: Any, **options: Any) -> None:
        questions = read_json(options["file"])
        if not isinstance(questions, list):
            raise CommandError("the input must be a JSON list of questions")
        answers = [answer(question) for question in questions]
        write_json(answers)
