"""The relay as a process: `relay`; `--once`; dead letters: `--dead`, `--retry ID`."""

import signal
import sys
import threading
from collections.abc import Callable

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import relay
from audit.services.letters import list_dead_letters, retry_dead_letter


class Command(BaseCommand):
    help = "Brings recorded events to their handlers; shows and revives dead letters."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="work until nothing is due, then end"
        )
        parser.add_argument("--slow", action="store_true", help="the server's child: slow handlers")
        parser.add_argument("--dead", action="store_true", help="list the dead letters")
        parser.add_argument("--retry", type=int, metavar="ID", help="revive one dead letter")

    def handle(self, *_args: object, **options: object) -> None:
        retry = options["retry"]
        if options["dead"]:
            for letter in list_dead_letters():
                self.stdout.write(f"{letter.id} {letter.place} {letter.handler}: {letter.error}")
        elif isinstance(retry, int):
            if not retry_dead_letter(retry):
                raise CommandError(f"There is no dead letter {retry}.")
        elif options["once"]:
            self.stdout.write(f"{relay.drain()} done")
        else:
            self.loop(slow=bool(options["slow"]))

    def loop(self, *, slow: bool) -> None:
        stop = threading.Event()

        def ask_to_stop(*_args: object) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, ask_to_stop)
        signal.signal(signal.SIGINT, ask_to_stop)
        if slow:
            threading.Thread(target=follow_leash, args=(ask_to_stop,), daemon=True).start()
        relay.run_until(stop, slow=True if slow else None)


def follow_leash(ask_to_stop: Callable[[], None]) -> None:
    """Waits for the end of standard input: then the server is gone."""
    sys.stdin.read()
    ask_to_stop()
