"""Proposes holiday lists from a folder: `manage.py import_holidays DIR [--json] [--by NAME]`."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.selectors import actor_of_username
from audit.clock import system_clock
from kernel.actors import SYSTEM, Actor
from kernel.errors import Conflict, Forbidden, NotFound
from law.models import CalendarProposal
from law.rules.calendars import BadList, Paper, read_list
from law.services import propose_calendar

MAX_BYTES = 1_000_000


def read_folder(folder: Path) -> list[Paper]:
    """All lists of the folder, each checked. CommandError names the first file that is wrong."""
    if not folder.is_dir():
        raise CommandError(f"{folder} is not a folder.")
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise CommandError(f"{folder} holds no .json file.")
    lists = [read_file(path) for path in paths]
    years = [paper["year"] for paper in lists]
    twice = sorted({year for year in years if years.count(year) > 1})
    if twice:
        raise CommandError(f"Two files give the list of {twice[0]}.")
    return lists


def read_file(path: Path) -> Paper:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadList("the file is too large")
        return read_list(json.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise CommandError(f"{path.name} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{path.name}: {error}.") from None


def proposer(username: str) -> Actor:
    """Who proposes: a person by sign-in name, or the operator of the machine."""
    try:
        return actor_of_username(username) if username else SYSTEM
    except NotFound:
        raise CommandError(f"There is no person {username}.") from None


def report(lists: list[Paper], proposal: CalendarProposal | None) -> dict[str, Any]:
    """What was read and what would change."""
    return {
        "years": [paper["year"] for paper in lists],
        "unpublished": [paper["year"] for paper in lists if not paper["days"]],
        "changed_years": [paper["year"] for paper in proposal.lists] if proposal else [],
        "changes": proposal.changes if proposal else [],
        "proposal": proposal.pk if proposal else None,
    }


class Command(BaseCommand):
    """Every file is checked before anything is written; a bad one changes nothing."""

    help = "Proposes holiday lists (holiday-cn files) for a second person's approval."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder")
        parser.add_argument("--by", default="", help="sign-in name of the proposing administrator")
        parser.add_argument("--json", action="store_true", help="the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        lists = read_folder(Path(options["folder"]))
        actor = proposer(options["by"])
        try:
            proposal = propose_calendar(lists=lists, actor=actor, clock=system_clock())
        except BadList as error:
            raise CommandError(f"{error}.") from None
        except (Conflict, Forbidden) as error:
            raise CommandError(str(error.message)) from None
        found = report(lists, proposal)
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        self.tell(found)

    def tell(self, found: dict[str, Any]) -> None:
        """The report in words."""
        self.stdout.write(f"{len(found['years'])} lists read.")
        for year in found["unpublished"]:
            self.stdout.write(f"  {year}: not published yet")
        for change in found["changes"]:
            kind = "working day" if change["becomes_workday"] else "day off"
            self.stdout.write(f"  {change['on']} becomes a {kind} {change['name']}".rstrip())
        if found["proposal"] is None:
            self.stdout.write("No difference from the calendar in force: nothing to approve.")
            return
        years = ", ".join(map(str, found["changed_years"]))
        self.stdout.write(
            f"Proposal {found['proposal']} changes {years}; "
            "another administrator approves it under /staff/law/."
        )
