"""Answers the case clock's contract: an object gives an object, a list a list."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.management.commands.evaluate import answer, read_json, write_json


def clock(question: Any) -> dict[str, Any]:
    """One clock answer, without the marks of `evaluate`."""
    if not isinstance(question, dict):
        raise CommandError("each question must be a JSON object")
    found = answer({**question, "op": "clock"})
    if "id" not in question:
        found.pop("id")
    return found


class Command(BaseCommand):
    """Reads FILE or standard input; writes JSON."""

    help = "Answers the approval clock's questions (JSON in, JSON out)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = read_json(options["file"])
        found = [clock(item) for item in asked] if isinstance(asked, list) else clock(asked)
        write_json(found)
