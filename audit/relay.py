"""The outbox and its relay: each wired handler hears each entry at least once, after the commit.

A row is claimed by moving its `next_at` beyond a lease; whoever dies gives it back by silence.
What waits in a queue costs no attempt: only the start of a handler does. Handlers are idempotent.
Slow ones go to Celery, or to one child process of the server.
"""

import asyncio
import logging
import math
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from celery import current_app
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
TASK = "audit.run_handler"
"""The name under which a worker knows `audit.tasks.run_handler`, which calls back here."""
LEASE = timedelta(seconds=30)
HANDED_LEASE = timedelta(minutes=3)
"""How long a row may wait in a worker's queue before its message counts as lost."""
BROKER_REST = timedelta(seconds=5)
RENEW_SECONDS = 10.0
MAX_ATTEMPTS = 12
LONGEST_WAIT_SECONDS = 600
ERROR_CHARACTERS = 2000
DIED = "the process died at the last attempt"
POLL_SECONDS = 0.5
REST_SECONDS = 2.0
CHORE_SECONDS = 3.0
TURN_SECONDS = 5.0
State = Outbox.State


@dataclass(frozen=True, slots=True)
class Subscription:
    """One handler of one kind; `name` is what the outbox stores."""

    name: str
    handler: Handler
    is_slow: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours for one lease; `turn` tells our hold of it from a later one."""

    outbox_id: int
    turn: int
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
def claim(limit: int, *, slow: bool | None = None, lease: timedelta | None = None) -> list[Claim]:
    """Takes due rows for one lease, oldest first; nobody else gets them meanwhile."""
    rows = lock_free_rows(due_rows(slow), limit)
    spent = [row.pk for row in rows if row.attempts >= MAX_ATTEMPTS]
    if spent:
        Outbox.objects.filter(pk__in=spent).update(state=State.DEAD, last_error=DIED)
    fresh = [row for row in rows if row.attempts < MAX_ATTEMPTS]
    Outbox.objects.filter(pk__in=[row.pk for row in fresh]).update(
        state=State.CLAIMED, turn=F("turn") + 1, next_at=database_now() + (lease or LEASE)
    )
    return [Claim(row.pk, row.turn + 1, row.is_slow) for row in fresh]


def give_back(unstarted: Sequence[Claim], rest: timedelta) -> None:
    """Returns claimed rows that nobody began to the others, due after a rest."""
    for item in unstarted:
        ours = Outbox.objects.filter(still_ours(item))
        ours.update(state=State.PENDING, next_at=database_now() + rest)


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
    return Q(pk=taken.outbox_id, turn=taken.turn, state=State.CLAIMED)


def begin(claimed: Claim) -> Claim | None:
    """Counts the attempt and starts its lease; None if the row is not ours any more. A message
    that arrives twice begins once."""
    ours = Outbox.objects.filter(still_ours(claimed))
    counted = ours.update(
        attempts=F("attempts") + 1, turn=F("turn") + 1, next_at=database_now() + LEASE
    )
    return replace(claimed, turn=claimed.turn + 1) if counted else None


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


def run_claimed(claimed: Claim) -> bool:
    """Runs the handler of a claimed row and settles the row; True if it succeeded."""
    taken = begin(claimed)
    row = Outbox.objects.filter(still_ours(taken)).first() if taken else None
    if taken is None or row is None:
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
        settle_failure(taken, row.attempts, f"{type(error).__name__}: {error}")
        logger.exception(
            "handler failed",
            extra={"outbox_id": row.pk, "handler": row.handler, "attempt": row.attempts},
        )
        return False
    return bool(Outbox.objects.filter(still_ours(taken)).update(state=State.DONE, last_error=""))


def settle_failure(taken: Claim, attempt: int, error: str) -> None:
    """Plans the next attempt, twice as late each time, or gives the row up as a dead letter."""
    is_last = attempt >= MAX_ATTEMPTS
    seconds = 0 if is_last else min(2 ** (attempt - 1), LONGEST_WAIT_SECONDS)
    Outbox.objects.filter(still_ours(taken)).update(
        state=State.DEAD if is_last else State.PENDING,
        next_at=database_now() + timedelta(seconds=seconds),
        last_error=error[:ERROR_CHARACTERS],
    )


def run_handler(outbox_id: int, turn: int) -> bool:
    """Runs one row that a relay claimed and handed over (Celery, child process)."""
    return run_claimed(Claim(outbox_id, turn, is_slow=True))


# ── turns ─────────────────────────────────────────────────────────────────────────────────────


def hand_to_celery(item: Claim) -> None:
    """Queues a slow row; a lost message comes back when its lease ends."""
    current_app.send_task(TASK, (item.outbox_id, item.turn), retry=False, ignore_result=True)


HandOver = Callable[[Claim], None]


def run_once(
    limit: int = 100,
    *,
    slow: bool | None = None,
    hand_over: HandOver | None = None,
    until: float = math.inf,
) -> int:
    """Claims due rows (`slow`: only slow or only fast ones) and runs them here until the monotonic
    instant; with `hand_over` it runs the fast ones, then hands the slow ones over. Returns how
    many were run or handed over."""
    if not due_rows(slow).exists():  # reading first: an empty turn must not take a write lock
        return 0
    taken = claim(limit, slow=False if hand_over else slow)
    done = 0
    for item in taken:
        if done and time.monotonic() >= until:
            give_back(taken[done:], timedelta())
            break
        run_claimed(item)
        done += 1
    return done + (hand(limit, hand_over) if hand_over else 0)


def hand(limit: int, hand_over: HandOver) -> int:
    """Hands due slow rows over; what cannot be handed over is given back, untouched. Returns how
    many were handed over."""
    waiting = claim(limit, slow=True, lease=HANDED_LEASE)
    for done, item in enumerate(waiting):
        try:
            hand_over(item)
        except Exception:
            give_back(waiting[done:], BROKER_REST)
            logger.exception("slow work could not be handed over", extra={"rows": len(waiting)})
            return done
    return len(waiting)


def drain() -> int:
    """Runs everything that is due, here and now, until nothing is; returns how many."""
    total = 0
    while ran := run_once():
        total += ran
    return total


def turn(*, slow: bool | None = None, hand_over: HandOver | None = None) -> None:
    """One turn of a loop: works until nothing is due or its time is over; a broken database costs
    a rest, no more."""
    until = time.monotonic() + TURN_SECONDS
    try:
        while run_once(slow=slow, hand_over=hand_over, until=until) and time.monotonic() < until:
            pass
    except Exception:
        logger.exception("the relay could not take its turn")
        connection.close()
        time.sleep(REST_SECONDS)


def run_until(
    stop: threading.Event, *, slow: bool | None = None, chore: Callable[[], None] | None = None
) -> None:
    """The loop of a process of its own: `manage.py relay` and the server's child. The chore is
    done every few seconds beside it: one long handler must not keep the ledger unsigned."""
    hand_over = hand_to_celery if settings.IS_SHARED and slow is None else None
    chores = threading.Thread(target=keep_doing, args=(chore, stop), name="chore", daemon=True)
    if chore:
        chores.start()
    while not stop.is_set():
        turn(slow=slow, hand_over=hand_over)
        wait_for_work(POLL_SECONDS)
    if chore:
        chores.join()


def keep_doing(chore: Callable[[], None], stop: threading.Event) -> None:
    """Does a chore every few seconds, whatever becomes of it."""
    while not stop.is_set():
        try:
            chore()
        except Exception:
            logger.exception("the relay's chore failed")
            connection.close()
        stop.wait(CHORE_SECONDS)
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
