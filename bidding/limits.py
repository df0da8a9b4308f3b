"""What one sender may ask of the house: by socket, by session, by address. Accepted offers are
never limited; what costs the house without moving a room is."""

import threading
import time
from collections import Counter, OrderedDict

# A socket: pings, malformed frames and resyncs. A page asks for what it misses every two seconds.
SOCKET_MOST, SOCKET_PER_SECOND, RESYNC_COST = 120, 6, 12
# A session: refused commands, far above a hand's pace, and commands that wait for their answer.
REFUSALS_MOST, REFUSALS_PER_SECOND, IN_FLIGHT = 100, 50, 64
SESSIONS_KEPT = ADDRESSES_KEPT = 10_000
# An address: so many new sockets a second, once twice as many as it may hold have come.
KNOCKS_PER_SECOND, FULL_HALLS = 20, 2


class Bucket:
    """Holds at most so much and fills up again by so much a second."""

    def __init__(self, most: float, per_second: float) -> None:
        self.most, self.per_second = most, per_second
        self.held, self.seen = most, time.monotonic()

    def take(self, cost: float = 1.0, *, least: float = 0.0) -> bool:
        """Takes the cost unless less than `least` would be left."""
        now = time.monotonic()
        self.held = min(self.most, self.held + (now - self.seen) * self.per_second)
        self.seen = now
        if self.held - cost < least:
            return False
        self.held -= cost
        return True


class Sender:
    """One session's commands, over all its sockets and requests."""

    def __init__(self) -> None:
        self.refusals = Bucket(REFUSALS_MOST, REFUSALS_PER_SECOND)
        self.in_flight = 0
        self.lock = threading.Lock()

    def admit(self) -> bool:
        """Whether one more command may take a place in the committer."""
        with self.lock:
            if self.in_flight >= IN_FLIGHT or not self.refusals.take(0.0, least=1.0):
                return False
            self.in_flight += 1
            return True

    def answered(self, kind: object) -> None:
        """An admitted command got its answer; a refusal is paid for."""
        with self.lock:
            self.in_flight -= 1
            if kind == "refused":
                self.refusals.take(least=-float(IN_FLIGHT))


class Senders:
    """The sessions that were heard of late."""

    def __init__(self) -> None:
        self.known: OrderedDict[str, Sender] = OrderedDict()
        self.lock = threading.Lock()

    def of(self, session_key: str) -> Sender:
        with self.lock:
            found = self.known.pop(session_key, None) or Sender()
            self.known[session_key] = found
            if len(self.known) > SESSIONS_KEPT:
                self.known.popitem(last=False)
            return found


class Doors:
    """How many sockets each address holds open, and how fast it comes back; `most` 0 is no limit.
    A hall that came may come back at once, but not again and again."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.knocks: OrderedDict[str, Bucket] = OrderedDict()

    def enter(self, address: str, most: int) -> bool:
        if most and address:
            knocks = self.knocks.pop(address, None) or Bucket(FULL_HALLS * most, KNOCKS_PER_SECOND)
            self.knocks[address] = knocks
            if len(self.knocks) > ADDRESSES_KEPT:
                self.knocks.popitem(last=False)
            if self.open[address] >= most or not knocks.take():
                return False
        self.open[address] += 1
        return True

    def leave(self, address: str) -> None:
        self.open[address] -= 1
        if self.open[address] <= 0:
            del self.open[address]


sender_of = Senders().of
doors = Doors()
