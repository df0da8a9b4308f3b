"""The queue of this process, its one committer thread, and the thread that signs and answers.

While one batch commits the next one gathers, so a lone offer waits for nobody; receipts are signed
after the commit, while the next batch is being decided."""

import logging
import queue
import threading
import time

from django.db import DatabaseError, InterfaceError, connection

from bidding.sequencer.batches import Published, announce, decide_and_commit
from bidding.sequencer.books import Act, unknown_frame

logger = logging.getLogger(__name__)
LARGEST_BATCH = 512
PATIENCE_SECONDS = 6.0
REST_SECONDS = 0.2

Item = tuple[str, Act]
Done = tuple[list[Item], list[Published]]


class Sequencer:
    """One committer and one answering thread; `submit` never blocks the caller."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Done | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._starting = threading.Lock()

    def submit(self, code: str, act: Act) -> None:
        """Queues an act; its `reply` is called from the answering thread after the commit."""
        self._queue.put((code, act))
        if not self._threads:
            self.start()

    def start(self) -> None:
        with self._starting:
            if self._threads:
                return
            for target in (self.run, self.answer):
                thread = threading.Thread(target=target, name=target.__name__, daemon=True)
                thread.start()
                self._threads.append(thread)

    def run(self) -> None:
        """The committer: takes what is queued, at most so much, and commits it."""
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
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                return decide_and_commit(batch)
            except (DatabaseError, InterfaceError):
                logger.exception("a batch could not be committed")
                connection.close()
                time.sleep(REST_SECONDS)
            except Exception:
                logger.exception("a batch could not be decided")
                break
        else:
            return unknown(batch)
        if len(batch) == 1:
            return unknown(batch)
        return [found for item in batch for found in self.commit([item])]

    def answer(self) -> None:
        """Signs and sends what was committed, in order."""
        while (done := self._done.get()) is not None:
            announce(*done)

    def stop(self) -> None:
        """Lets what is queued be decided and answered, then ends."""
        with self._starting:
            threads, self._threads = self._threads, []
            if threads:
                self._queue.put(None)
        for thread in threads:
            thread.join(timeout=3)


def unknown(batch: list[Item]) -> list[Published]:
    """What stays uncommitted is unknown to its senders, who ask again under the same token."""
    for _code, act in batch:
        act.answer = unknown_frame(act.token)
    return []


sequencer = Sequencer()
