"""The queue of this process, its one committer thread, and the threads beside it.

While one batch commits the next one gathers, so a lone offer waits for nobody; receipts are signed
after the commit, while the next batch is being decided."""

import logging
import queue
import threading
import time
from collections import Counter
from itertools import chain
from typing import NamedTuple

from django.db import InterfaceError, InternalError, OperationalError, connection

from audit.services.keys import RECEIPT, signing_key
from bidding.sequencer.batches import Published, announce, decide_and_commit, warm
from bidding.sequencer.books import Act, known_book, unknown_frame
from bidding.sequencer.store import RoomLocked, own_connection
from bidding.sequencer.waiting import Held, Item, Waiting

logger = logging.getLogger(__name__)
LARGEST_BATCH = 512
PATIENCE_SECONDS = 6.0
REST_SECONDS = 0.2
AWAY = (OperationalError, InterfaceError, InternalError)
"""What a database says that is away, overloaded or being changed over; another try may succeed."""

Done = tuple[list[Item], list[Published]]


class Queued(NamedTuple):
    """An act on its way to the committer. `is_read`: its room's record has been read for it."""

    code: str
    act: Act
    is_read: bool = False


class Sequencer:
    """One committer, one thread that answers and one that reads the records of rooms this process
    does not know yet; `submit` never blocks the caller."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self._queue: queue.SimpleQueue[Queued | None] = queue.SimpleQueue()
        self._unread: queue.SimpleQueue[Queued | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done | None] = queue.SimpleQueue()
        self._aside: Counter[str] = Counter()
        self._waiting = Waiting()
        self._starting = threading.Lock()

    def submit(self, code: str, act: Act) -> None:
        """Queues an act; its `reply` is called from the answering thread after the commit."""
        self._queue.put(Queued(code, act))
        if not self.threads:
            self.start()

    def start(self) -> None:
        with self._starting:
            if self.threads:
                return
            loops = (self.run, "committer"), (self.answer, "answering"), (self.read, "reading")
            for target, name in loops:
                thread = threading.Thread(target=target, name=name, daemon=True)
                thread.start()
                self.threads.append(thread)

    def faults(self) -> dict[str, str]:
        """What keeps a started engine from its work, by subject; for the monitor."""
        found = {thread.name: "stopped" for thread in self.threads if not thread.is_alive()}
        if self.threads and not has_key():
            found["receipt_key"] = "cannot be read"
        return found

    def run(self) -> None:
        """The committer: takes what is queued, at most so much, and commits it."""
        own_connection()
        is_last = False
        while not is_last:
            taken, is_last = self.take(self._waiting.rest())
            ready = [(item.code, item.act) for item in taken if self.is_ready(item)]
            batch = self._waiting.pass_by(ready, time.monotonic() + PATIENCE_SECONDS)
            if batch:
                self.hand_over(batch, self.commit(batch))
            for held in self._waiting.take_due():
                self.try_again(held)
        for held in self._waiting.take_all():
            self._done.put(given_up(held))
        self._done.put(None)
        self._unread.put(None)
        connection.close()

    def hand_over(self, batch: list[Item], published: list[Published]) -> None:
        """Gives what was settled to be answered; what waits for its room is answered later."""
        settled = self._waiting.without_held(batch)
        if settled:
            self._done.put((settled, published))

    def try_again(self, held: list[Held]) -> None:
        """Tries one room that others held, without waiting for it. Whose time is over is told."""
        now = time.monotonic()
        late = [item for item in held if item.deadline <= now]
        if late:
            self._done.put(given_up(late))
        waiting = [item for item in held if item.deadline > now]
        if waiting:
            batch = [item.item for item in waiting]
            deadline = min(item.deadline for item in waiting)
            published = self.commit_before(deadline, batch, is_patient=False)
            self._waiting.keep_deadlines(waiting)
            self.hand_over(batch, published)

    def take(self, rest: float | None = None) -> tuple[list[Queued], bool]:
        """Waits for an act, at most so long, and takes what else is queued; True when there will
        be no more."""
        taken = list[Queued]()
        try:
            item = self._queue.get(timeout=rest)
        except queue.Empty:
            return taken, False
        while item is not None:
            taken.append(item)
            if len(taken) == LARGEST_BATCH:
                return taken, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return taken, False
        return taken, True

    def is_ready(self, item: Queued) -> bool:
        """Sets an act aside whose room is not known yet, and those that come after it there, so
        that a long record is not read while everybody waits; they come back in their order."""
        if item.is_read:
            self._aside[item.code] -= 1
            return True
        if not self._aside[item.code]:
            del self._aside[item.code]
            if known_book(item.code) is not None:
                return True
        self._aside[item.code] += 1
        self._unread.put(item)
        return False

    def read(self) -> None:
        """Reads the records of the rooms that acts were set aside for."""
        own_connection()
        while (item := self._unread.get()) is not None:
            try:
                warm({item.code})
            except Exception:
                logger.exception("a record could not be read")  # the committer will try, or tell
                connection.close()
            self._queue.put(item._replace(is_read=True))
        connection.close()

    def commit(self, batch: list[Item]) -> list[Published]:
        """Commits, again for a while if the database is away: an attempt whose fate is unknown is
        found by its token. A fault of another kind is its sender's alone."""
        return self.commit_before(time.monotonic() + PATIENCE_SECONDS, batch)

    def commit_before(
        self, deadline: float, batch: list[Item], *, is_patient: bool = True
    ) -> list[Published]:
        while time.monotonic() < deadline:
            try:
                if is_patient:
                    return decide_and_commit(batch)
                return decide_and_commit(batch, is_patient=False)
            except RoomLocked:
                if is_patient:
                    codes = sorted({code for code, _act in batch})
                    logger.warning("others hold the row of a room", extra={"rooms": codes})
                return self.commit_around(deadline, batch)
            except AWAY:
                logger.exception("a batch could not be committed")
                connection.close()
                time.sleep(REST_SECONDS)
            except Exception:
                # It would fail again alike: the parts go alone, down to the act that is at fault.
                logger.exception("a batch could not be decided")
                connection.close()  # its plans may be of a schema that has changed
                parts = parts_of(batch)
                done = [self.commit_before(deadline, part) for part in parts]
                return list(chain.from_iterable(done)) if parts else unknown(batch)
        return unknown(batch)

    def commit_around(self, deadline: float, batch: list[Item]) -> list[Published]:
        """Others hold one of the rooms: each is tried by itself, without waiting. What cannot be
        locked stays undecided and is tried again; only its senders wait."""
        rooms = rooms_of(batch)
        if len(rooms) == 1:
            self._waiting.hold(batch, deadline)
            return []
        done = [self.commit_before(deadline, room, is_patient=False) for room in rooms]
        return list(chain.from_iterable(done))

    def answer(self) -> None:
        """Signs and sends what was committed, in order."""
        has_key()  # made or read before the first receipt is due
        connection.close()
        while (done := self._done.get()) is not None:
            try:
                announce(*done)
            except Exception:
                logger.exception("a batch could not be answered")

    def stop(self) -> None:
        """Lets what is queued be decided and answered, then ends."""
        with self._starting:
            threads, self.threads = self.threads, []
            if threads:
                self._queue.put(None)
        for thread in threads:
            thread.join(timeout=3)


def has_key() -> bool:
    """Whether receipts can be signed; the key is made at first use."""
    try:
        signing_key(RECEIPT)
    except Exception:
        logger.exception("the receipt key cannot be read")
        return False
    return True


def parts_of(batch: list[Item]) -> list[list[Item]]:
    """A batch in smaller ones: by room, one room's act by act; a lone act has none."""
    rooms = rooms_of(batch)
    if len(rooms) > 1:
        return rooms
    return [[item] for item in batch] if len(batch) > 1 else []


def rooms_of(batch: list[Item]) -> list[list[Item]]:
    rooms: dict[str, list[Item]] = {}
    for code, act in batch:
        rooms.setdefault(code, []).append((code, act))
    return list(rooms.values())


def given_up(held: list[Held]) -> Done:
    """Acts that waited for their room in vain."""
    batch = [item.item for item in held]
    return batch, unknown(batch)


def unknown(batch: list[Item]) -> list[Published]:
    """What stays uncommitted is unknown to its senders, who ask again under the same token."""
    for _code, act in batch:
        act.answer = unknown_frame(act.token)
    return []


sequencer = Sequencer()
