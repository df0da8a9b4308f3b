"""Posts a bank's CSV file: `import_bank FILE [--check] [--json]`; `-` reads standard input."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.selectors import actor_of_username
from audit.clock import system_clock
from kernel.actors import SYSTEM, Actor
from kernel.errors import DomainError
from trading.projection.deposits import fault_text, import_text, preview_text
from trading.services import deposits

SHOWN_FAULTS = 50


class Command(BaseCommand):
    """All rows are checked first; all are posted or none. Exit 1 with every bad line named."""

    help = "Posts a bank file (header: booked_at,amount,currency,payer_name,payer_account,…)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the CSV file, or - for standard input")
        parser.add_argument("--check", action="store_true", help="only check and count")
        parser.add_argument("--as", dest="username", help="who imports (default: the system)")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        content = self.content(options["file"])
        try:
            self.post(content, options)
        except deposits.BadBankFile as error:
            raise CommandError(self.faults(error, as_json=options["json"])) from error
        except DomainError as error:
            raise CommandError(str(error.message)) from error

    def content(self, name: str) -> bytes:
        """The file's bytes."""
        if name == "-":
            return sys.stdin.buffer.read()
        try:
            return Path(name).read_bytes()
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}") from error

    def post(self, content: bytes, options: dict[str, Any]) -> None:
        actor = actor_of_username(options["username"]) if options["username"] else house()
        clock = system_clock()
        if options["check"]:
            preview = deposits.preview_bank(content=content, actor=actor, clock=clock)
            self.say(asdict(preview), preview_text(preview), options)
            return
        name = Path(options["file"]).name
        report = deposits.import_bank(name=name, content=content, actor=actor, clock=clock)
        self.say(asdict(report), import_text(report), options)

    def say(self, figures: dict[str, Any], text: str, options: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(figures) if options["json"] else text)

    def faults(self, error: deposits.BadBankFile, *, as_json: bool) -> str:
        """Every bad line; as JSON on standard output too."""
        if as_json:
            self.stdout.write(json.dumps({"faults": [asdict(item) for item in error.faults]}))
        lines = [fault_text(item) for item in error.faults[:SHOWN_FAULTS]]
        if len(error.faults) > SHOWN_FAULTS:
            lines.append(f"… {len(error.faults) - SHOWN_FAULTS}")
        return "\n".join([str(error.message), *lines])


def house() -> Actor:
    return Actor(SYSTEM.id, origin="command")
