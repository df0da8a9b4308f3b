"""The outbox and its relay: each wired handler hears each entry at least once, after the commit.

A row is claimed by moving its `next_at` beyond a lease; whoever dies gives it back by silence.
Handlers are idempotent. Slow ones go to Celery, or to one child process of the server.
"""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from audit.chain import Link
from audit.clock import database_now
from audit.locks import lock_free_rows
from audit.models import Outbox
from audit.selectors import EntryView, find_entry

logger = logging.getLogger(__name__)

Handler = Callable[[EntryView], None]
LEASE = timedelta(seconds=30)
RENEW_SECONDS = 10.0
MAX_ATTEMPTS = 12
LONGEST_WAIT_SECONDS = 600
ERROR_CHARACTERS = 2000
DIED = "the process died at the last attempt"
POLL_SECONDS = 0.5
REST_SECONDS = 2.0
CHORE_SECONDS = 3.0
State = Outbox.State


@dataclass(frozen=True, slots=True)
class Subscription:
    """One handler of one kind; `name` is what the outbox stores."""

    name: str
    handler: Handler
    is_slow: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours for one lease; `attempt` tells our turn from a later one."""

    outbox_id: int
    attempt: int
    handler: str
    is_slow: bool


HANDLERS: dict[str, list[Subscription]] = {}
_woken = threading.Event()


def subscribe(kind: str, handler: Handler, *, slow: bool = False) -> None:
    """Wires a handler to a kind of event; twice is once."""
    name = f"{handler.__module__}.{handler.__qualname__}"
    heard = HANDLERS.setdefault(kind, [])
    if all(item.name != name for item in heard):
        heard.append(Subscription(name, handler, slow))


def tasks_of(links: Iterable[Link]) -> list[Outbox]:
    """Returns the unsaved rows for the handlers wired to these entries."""
    return [
        Outbox(stream=item.stream, seq=item.seq, handler=heard.name, is_slow=heard.is_slow)
        for item in links
        for heard in HANDLERS.get(item.kind, ())
    ]


def wake() -> None:
    """Tells the relay of this process that something may be due."""
    _woken.set()


def wait_for_work(seconds: float) -> None:
    """Sleeps until woken, at most so long."""
    _woken.wait(seconds)
    _woken.clear()


# ── claiming ──────────────────────────────────────────────────────────────────────────────────


@transaction.atomic(durable=True)
def claim(limit: int, *, slow: bool | None = None) -> list[Claim]:
    """Takes due rows for one lease, oldest first; nobody else gets them meanwhile."""
    rows = lock_free_rows(due_rows(slow), limit)
    spent = [row.pk for row in rows if row.attempts >= MAX_ATTEMPTS]
    if spent:
        Outbox.objects.filter(pk__in=spent).update(state=State.DEAD, last_error=DIED)
    fresh = [row for row in rows if row.attempts < MAX_ATTEMPTS]
    Outbox.objects.filter(pk__in=[row.pk for row in fresh]).update(
        state=State.CLAIMED, attempts=F("attempts") + 1, next_at=database_now() + LEASE
    )
    return [Claim(row.pk, row.attempts + 1, row.handler, row.is_slow) for row in fresh]


def due_rows(slow: bool | None) -> QuerySet[Outbox]:
    """Returns what nobody holds and whose time has come."""
    due = Q(state__in=[State.PENDING, State.CLAIMED], next_at__lte=database_now())
    if slow is not None:
        due &= Q(is_slow=slow)
    return Outbox.objects.filter(due)


def release_claims(*, slow: bool | None = None) -> int:
    """Gives back what a dead process held; only where no other process can hold anything."""
    held = Outbox.objects.filter(state=State.CLAIMED)
    if slow is not None:
        held = held.filter(is_slow=slow)
    return held.update(next_at=database_now())


def still_ours(taken: Claim) -> Q:
    """The row as we claimed it: nobody took it over."""
    return Q(pk=taken.outbox_id, attempts=taken.attempt, state=State.CLAIMED)


def renew(taken: Claim) -> bool:
    """Prolongs the lease of a long task; False if somebody else has it."""
    ours = Outbox.objects.filter(still_ours(taken))
    return bool(ours.update(next_at=database_now() + LEASE))


@contextmanager
def kept_claimed(taken: Claim) -> Iterator[None]:
    """Prolongs the lease from a second thread while a slow handler works."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(RENEW_SECONDS):
            if not renew(taken):
                break
        connection.close()

    keeper = threading.Thread(target=keep, name=f"outbox-{taken.outbox_id}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


# ── doing ─────────────────────────────────────────────────────────────────────────────────────


def find_handler(row: Outbox, entry: EntryView) -> Subscription:
    """Returns the wired handler. LookupError if the wiring no longer knows it."""
    for heard in HANDLERS.get(entry.kind, ()):
        if heard.name == row.handler:
            return heard
    raise LookupError(f"nothing is wired to {entry.kind} under the name {row.handler}")


def run_claimed(taken: Claim) -> bool:
    """Runs the handler of a claimed row and settles the row; True if it succeeded."""
    row = Outbox.objects.filter(still_ours(taken)).first()
    if row is None:
        return False
    try:
        entry = find_entry(row.stream, row.seq)
        if entry is None:
            raise LookupError(f"{row.stream} has no entry {row.seq}")
        heard = find_handler(row, entry)
        if heard.is_slow:
            with kept_claimed(taken):
                heard.handler(entry)
        else:
            heard.handler(entry)
    except Exception as error:
        settle_failure(taken, f"{type(error).__name__}: {error}")
        logger.exception(
            "handler failed",
            extra={"outbox_id": row.pk, "handler": row.handler, "attempt": taken.attempt},
        )
        return False
    return bool(Outbox.objects.filter(still_ours(taken)).update(state=State.DONE, last_error=""))


def settle_failure(taken: Claim, error: str) -> None:
    """Plans the next attempt, twice as late each time, or gives the row up as a dead letter."""
    is_last = taken.attempt >= MAX_ATTEMPTS
    seconds = 0 if is_last else min(2 ** (taken.attempt - 1), LONGEST_WAIT_SECONDS)
    Outbox.objects.filter(still_ours(taken)).update(
        state=State.DEAD if is_last else State.PENDING,
        next_at=database_now() + timedelta(seconds=seconds),
        last_error=error[:ERROR_CHARACTERS],
    )


def run_handler(outbox_id: int, attempt: int) -> bool:
    """Runs one row that a relay claimed and handed over (Celery, child process)."""
    row = Outbox.objects.filter(pk=outbox_id).first()
    return row is not None and run_claimed(Claim(outbox_id, attempt, row.handler, row.is_slow))


# ── turns ─────────────────────────────────────────────────────────────────────────────────────


def hand_to_celery(taken: Sequence[Claim]) -> None:
    """Queues slow rows; a lost message comes back when its lease ends."""
    from audit.tasks import run_handler as task

    for item in taken:
        task.delay(item.outbox_id, item.attempt)


HandOver = Callable[[Sequence[Claim]], None]


def run_once(
    limit: int = 100, *, slow: bool | None = None, hand_over: HandOver | None = None
) -> int:
    """Claims due rows (`slow`: only slow or only fast ones) and runs them here, except slow ones
    that `hand_over` takes. Returns how many were claimed."""
    if not due_rows(slow).exists():  # reading first: an empty turn must not take a write lock
        return 0
    taken = claim(limit, slow=slow)
    handed = [item for item in taken if item.is_slow] if hand_over else []
    if hand_over and handed:
        hand_over(handed)
    for item in taken:
        if item not in handed:
            run_claimed(item)
    return len(taken)


def drain() -> int:
    """Runs everything that is due, here and now, until nothing is; returns how many."""
    total = 0
    while ran := run_once():
        total += ran
    return total


def turn(*, slow: bool | None = None, hand_over: HandOver | None = None) -> None:
    """One turn of a loop: works until nothing is due; a broken database costs a rest, no more."""
    try:
        while run_once(slow=slow, hand_over=hand_over):
            pass
    except Exception:
        logger.exception("the relay could not take its turn")
        connection.close()
        time.sleep(REST_SECONDS)


def run_until(
    stop: threading.Event, *, slow: bool | None = None, chore: Callable[[], None] | None = None
) -> None:
    """The loop of a process of its own: `manage.py relay` and the server's child. The chore is
    done every few seconds between turns."""
    hand_over = hand_to_celery if settings.IS_SHARED and slow is None else None
    chore_at = 0.0
    while not stop.is_set():
        turn(slow=slow, hand_over=hand_over)
        if chore and time.monotonic() >= chore_at:
            do_chore(chore)
            chore_at = time.monotonic() + CHORE_SECONDS
        wait_for_work(POLL_SECONDS)


def do_chore(chore: Callable[[], None]) -> None:
    try:
        chore()
    except Exception:
        logger.exception("the relay's chore failed")
        connection.close()


async def relay_forever() -> None:
    """The relay as a task of the server, until cancelled. Fast handlers run in one thread; slow
    ones in one child process that is started again whenever it dies."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="relay") as thread:
        child = asyncio.create_task(keep_child())
        try:
            await loop.run_in_executor(thread, release_claims)
            while True:
                await loop.run_in_executor(thread, partial(turn, slow=False))
                await loop.run_in_executor(thread, wait_for_work, POLL_SECONDS)
        finally:
            child.cancel()
            await asyncio.gather(child, return_exceptions=True)
            thread.submit(connection.close)


async def keep_child() -> None:
    """Keeps one child process running `manage.py relay --slow`; its standard input is the leash:
    it stops when that ends, so a killed server leaves no orphan."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "relay", "--slow"]
    while True:
        child = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
        try:
            code = await child.wait()
        finally:
            if child.returncode is None:
                child.terminate()
                await child.wait()
        logger.error("the relay's child stopped", extra={"exit_code": code})
        await asyncio.to_thread(release_slow)
        await asyncio.sleep(REST_SECONDS)


def release_slow() -> None:
    release_claims(slow=True)
    connection.close()
