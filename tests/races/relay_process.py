"""A relay as a process of its own for the race tests: it notes in a file what it heard.

Environment: HEARD (the file), LEASE and RENEW (seconds), SLOW=1 (a slow handler), HOLD (a path:
the handler waits until it exists; without HOLD it returns at once)."""

import os
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from audit import relay  # noqa: E402
from audit.selectors import EntryView  # noqa: E402

HEARD = Path(os.environ["HEARD"])
HOLD = os.environ.get("HOLD", "")


def say(line: str) -> None:
    """One line, whole, whoever else writes."""
    handle = os.open(HEARD, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def listen(entry: EntryView) -> None:
    say(f"begin {os.getpid()} {entry.stream}#{entry.seq}")
    while HOLD and not Path(HOLD).exists():
        time.sleep(0.02)
    say(f"end {os.getpid()} {entry.stream}#{entry.seq}")


def main() -> None:
    relay.LEASE = timedelta(seconds=float(os.environ["LEASE"]))
    relay.RENEW_SECONDS = float(os.environ["RENEW"])
    heard = relay.Subscription("tests.listen", listen, bool(os.environ.get("SLOW")))
    relay.HANDLERS["test.noted"] = [heard]
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_args: stop.set())
    say(f"ready {os.getpid()}")
    relay.run_until(stop)


main()
