"""Replays a file of real bids through the engine of the room and reports on each auction."""

import csv
import json
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from bidding.data import presets
from bidding.rules.replay import COLUMNS, ELAPSED, BadLog, Log, Report, parse_logs, replay
from kernel.money import format_yuan


class Command(BaseCommand):
    """Nothing is stored: the report is the result."""

    help = "Replays auctions from a CSV file of bids through the engine of the room."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--json", action="store_true", help="one JSON line an auction")

    def handle(self, *args: Any, **options: Any) -> None:
        logs = read_logs(Path(options["file"]))
        reports = [replay(log, presets()["ASC"]) for log in logs]
        lines = [as_json(report) for report in reports] if options["json"] else summary(reports)
        self.stdout.write("\n".join(lines))


def read_logs(path: Path) -> list[Log]:
    """Returns the auctions of the file. CommandError with one sentence if it is not such a file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [
                name for name in (*COLUMNS, ELAPSED) if name not in (reader.fieldnames or ())
            ]
            if missing:
                raise BadLog(f"the header lacks {', '.join(missing)}")
            return parse_logs(reader)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or 'cannot be read'}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: not a UTF-8 text file.") from error
    except (BadLog, csv.Error) as error:
        raise CommandError(f"{path}: {error}.") from error


def as_json(report: Report) -> str:
    return json.dumps(
        {
            "auction": report.auction,
            "accepted": report.accepted,
            "refused": report.refused,
            "winner": report.winner,
            "price_fen": report.price_fen,
            "closing_fen": report.closing_fen,
            "agrees": report.agrees,
        }
    )


def summary(reports: list[Report]) -> list[str]:
    """A page for people: one line an auction, then the totals."""
    refused: Counter[str] = Counter()
    lines = [f"{'auction':<10}{'accepted':>9}{'refused':>9}{'winner':>8}{'price':>14}  agrees"]
    for report in reports:
        refused.update(report.refused)
        price = "-" if report.price_fen is None else format_yuan(report.price_fen)
        count = sum(report.refused.values())
        lines.append(
            f"{report.auction:<10}{report.accepted:>9}{count:>9}"
            f"{report.winner or '-':>8}{price:>14}  {'yes' if report.agrees else 'no'}"
        )
    accepted = sum(report.accepted for report in reports)
    reasons = ", ".join(f"{code} {count}" for code, count in sorted(refused.items())) or "none"
    agreeing = sum(report.agrees for report in reports)
    return [
        *lines,
        f"{len(reports)} auctions, {accepted + refused.total()} offers, {accepted} accepted.",
        f"Refused: {reasons}.",
        f"The hammer price is the log's closing price in {agreeing} of {len(reports)}.",
    ]
