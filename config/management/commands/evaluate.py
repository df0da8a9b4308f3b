"""Answers rule questions from a JSON list: `manage.py evaluate [FILE]`. Needs no database."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.wiring import evaluate


def refuse_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys are all different."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names a key twice")
    return found


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def read_json(source: str) -> Any:
    """Reads a file, or standard input for `-`. CommandError in one sentence if it is no JSON."""
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8-sig")
        return json.loads(text, object_pairs_hook=refuse_twins, parse_constant=refuse_constant)
    except OSError as error:
        raise CommandError(f"{source} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{source} is not valid JSON: {error}") from None


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
        self.stdout.write(json.dumps(answers, ensure_ascii=False, indent=1))
