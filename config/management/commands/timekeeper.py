"""The timekeeper as a process of its own."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from config.timekeeper import run_until


class Command(BaseCommand):
    """Runs until TERM or Ctrl-C; several may run."""

    help = "Acts on due rows: rooms that end, notices to publish, cut-offs, deemed acceptances."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_args: stop.set())
        self.stderr.write("timekeeper: running")
        run_until(stop)
