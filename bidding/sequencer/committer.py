"""The queue of this process and its one committer thread.

While one batch commits the next one gathers, so a lone offer waits for nobody."""

import logging
import queue
import threading

from django.db import close_old_connections, connection

from bidding.sequencer.batches import commit
from bidding.sequencer.books import Act

logger = logging.getLogger(__name__)
LARGEST_BATCH = 512


class Sequencer:
    """One committer thread; `submit` never blocks the caller."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[str, Act] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def submit(self, code: str, act: Act) -> None:
        """Queues an act; its `reply` is called from the committer thread after the commit."""
        self._queue.put((code, act))
        if self._thread is None or not self._thread.is_alive():
            self.start()

    def start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self.run, name="committer", daemon=True)
                self._thread.start()

    def run(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            batch = [first]
            while len(batch) < LARGEST_BATCH:
                try:
                    item = self._queue.get_nowait()
                except queue.Empty:
                    break
                if item is None:
                    break
                batch.append(item)
            self.commit(batch)

    def commit(self, batch: list[tuple[str, Act]]) -> None:
        """A batch that could not be committed is unknown to its senders: they ask again under the
        same token. Known codes only, so that one wrong room never spoils another."""
        try:
            commit(batch)
        except Exception:
            logger.exception("a batch could not be committed")
            for _code, act in batch:
                if act.reply is not None:
                    act.reply({"v": 1, "type": "unknown", "client_token": act.token})
            connection.close()
            close_old_connections()

    def stop(self) -> None:
        """Lets the committer finish what is queued and end."""
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(timeout=3)
            self._thread = None


sequencer = Sequencer()
