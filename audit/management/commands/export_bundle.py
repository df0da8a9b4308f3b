"""The auditor's bundle: `export_bundle --stream S | --lot NO | --all --out FILE.zip [--json]`."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.clock import system_clock
from audit.services.export import (
    Exported,
    Selection,
    everything,
    export_bundle,
    of_subject,
    open_streams,
)
from kernel.actors import SYSTEM
from kernel.errors import Conflict, NotFound


class Command(BaseCommand):
    """Progress goes to standard error, the result to standard output."""

    help = "Writes the auditor's bundle of whole streams, of a lot, or of the whole ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--stream", action="append", metavar="S", help="may be repeated")
        what.add_argument("--lot", metavar="NO")
        what.add_argument("--all", action="store_true")
        parser.add_argument("--out", required=True, metavar="FILE.zip")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        out = Path(options["out"])
        if out.is_dir() or not out.parent.is_dir():
            raise CommandError(f"{out} cannot be written: its folder does not exist.")
        try:
            selection = self.selected(options)
        except NotFound as error:
            wanted = " ".join(str(value) for value in error.params.values())
            raise CommandError(f"The ledger knows nothing of {wanted or options['lot']}.") from None
        except Conflict as error:
            stream = error.params["stream"]
            raise CommandError(f"{stream} is sealed until its room has ended.") from None
        try:
            done = export_bundle(
                selection=selection,
                out=out,
                actor=SYSTEM,
                clock=system_clock(),
                progress=self.progress,
            )
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from None
        self.tell(out, done, as_json=options["json"])

    def selected(self, options: dict[str, Any]) -> Selection:
        if options["all"]:
            return everything()
        return (
            of_subject("lot", options["lot"]) if options["lot"] else open_streams(options["stream"])
        )

    def progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done} / {total}", ending="" if done < total else "\n")

    def tell(self, out: Path, done: Exported, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"file": str(out), **asdict(done)}, ensure_ascii=False))
        else:
            self.stdout.write(
                f"{out}: {done.entries} entries of {done.streams} streams, {done.bytes} bytes\n"
                f"sha256 {done.sha256}"
            )
        if done.fault:
            raise CommandError(f"The bundle was written, but the ledger is broken at {done.fault}.")
