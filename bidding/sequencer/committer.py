"""The queue of this process, its one committer thread, and the thread that signs and answers.

While one batch commits the next one gathers, so a lone offer waits for nobody; receipts are signed
after the commit, while the next batch is being decided."""

import logging
import queue
import threading
import time
from itertools import chain

from django.db import InterfaceError, InternalError, OperationalError, connection

from audit.services.keys import RECEIPT, signing_key
from bidding.sequencer.batches import Published, announce, decide_and_commit
from bidding.sequencer.books import Act, unknown_frame
from bidding.sequencer.store import own_connection

logger = logging.getLogger(__name__)
LARGEST_BATCH = 512
PATIENCE_SECONDS = 6.0
REST_SECONDS = 0.2
AWAY = (OperationalError, InterfaceError, InternalError)
"""What a database says that is away, overloaded or being changed over; another try may succeed."""

Item = tuple[str, Act]
Done = tuple[list[Item], list[Published]]


class Sequencer:
    """One committer and one answering thread; `submit` never blocks the caller."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self._queue: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done | None] = queue.SimpleQueue()
        self._starting = threading.Lock()

    def submit(self, code: str, act: Act) -> None:
        """Queues an act; its `reply` is called from the answering thread after the commit."""
        self._queue.put((code, act))
        if not self.threads:
            self.start()

    def start(self) -> None:
        with self._starting:
            if self.threads:
                return
            for target, name in ((self.run, "committer"), (self.answer, "answering")):
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
        while True:
            first = self._queue.get()
            batch = [first] if first is not None else []
            is_last = first is None
            while batch and len(batch) < LARGEST_BATCH:
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
                if item is None:
                    is_last = True
                    break
                batch.append(item)
            if batch:
                self._done.put((batch, self.commit(batch)))
            if is_last:
                self._done.put(None)
                connection.close()
                return

    def commit(self, batch: list[Item]) -> list[Published]:
        """Commits, again for a while if the database is away: an attempt whose fate is unknown is
        found by its token. A fault of another kind is its sender's alone."""
        return self.commit_before(time.monotonic() + PATIENCE_SECONDS, batch)

    def commit_before(self, deadline: float, batch: list[Item]) -> list[Published]:
        while time.monotonic() < deadline:
            try:
                return decide_and_commit(batch)
            except AWAY:
                logger.exception("a batch could not be committed")
                connection.close()
                time.sleep(REST_SECONDS)
            except Exception:
                # It would fail again alike: the parts go alone, down to the act that is at fault.
                logger.exception("a batch could not be decided")
                parts = parts_of(batch)
                done = [self.commit_before(deadline, part) for part in parts]
                return list(chain.from_iterable(done)) if parts else unknown(batch)
        return unknown(batch)

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
    rooms: dict[str, list[Item]] = {}
    for code, act in batch:
        rooms.setdefault(code, []).append((code, act))
    if len(rooms) > 1:
        return list(rooms.values())
    return [[item] for item in batch] if len(batch) > 1 else []


def unknown(batch: list[Item]) -> list[Published]:
    """What stays uncommitted is unknown to its senders, who ask again under the same token."""
    for _code, act in batch:
        act.answer = unknown_frame(act.token)
    return []


sequencer = Sequencer()
