"""The relay as a process: `relay`; `--once`; letters that failed: `--failing`, `--dead [--json]`,
`--retry ID`."""

import json
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import relay
from audit.clock import system_clock
from audit.services.letters import (
    DeadLetter,
    FailingLetter,
    list_dead_letters,
    list_failing_letters,
    retry_dead_letter,
)
from audit.services.sealing import seal_or_report
from audit.services.sweeping import sweep
from kernel.clock import iso_ms


class Command(BaseCommand):
    help = "Brings recorded events to their handlers; shows and revives dead letters."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="work until nothing is due, then end"
        )
        parser.add_argument("--slow", action="store_true", help="the server's child: slow handlers")
        parser.add_argument("--failing", action="store_true", help="list what is tried again")
        parser.add_argument("--dead", action="store_true", help="list the dead letters")
        parser.add_argument("--json", action="store_true", help="the list as JSON")
        parser.add_argument("--retry", type=int, metavar="ID", help="revive one dead letter")

    def handle(self, *_args: object, **options: object) -> None:
        retry = options["retry"]
        if options["dead"]:
            self.list_letters(list_dead_letters(), as_json=bool(options["json"]))
        elif options["failing"]:
            self.list_letters(list_failing_letters(), as_json=bool(options["json"]))
        elif isinstance(retry, int):
            if not retry_dead_letter(retry):
                raise CommandError(f"There is no dead letter {retry}.")
        elif options["once"]:
            self.stdout.write(f"{relay.drain()} done")
        else:
            self.loop(slow=bool(options["slow"]))

    def list_letters(self, letters: Sequence[DeadLetter | FailingLetter], *, as_json: bool) -> None:
        if as_json:
            rows = [asdict(item) for item in letters]
            self.stdout.write(json.dumps(rows, ensure_ascii=False, default=iso_ms))
            return
        for item in letters:
            self.stdout.write(f"{item.id} {item.place} {item.handler}: {item.error}")

    def loop(self, *, slow: bool) -> None:
        stop = threading.Event()

        def ask_to_stop(*_args: object) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        if slow:
            threading.Thread(target=follow_leash, args=(ask_to_stop,), daemon=True).start()
        relay.run_until(stop, slow=True if slow else None, chore=keep_ledger)


def keep_ledger() -> None:
    """This process, never the one that serves rooms, signs what is new and looks again at what
    is old."""
    clock = system_clock()
    seal_or_report(clock=clock)
    sweep(clock=clock)


def follow_leash(ask_to_stop: Callable[[], None]) -> None:
    """Waits for the end of standard input: then the server is gone."""
    sys.stdin.read()
    ask_to_stop()
