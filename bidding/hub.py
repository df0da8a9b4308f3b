"""Fan-out: one hub a process. A frame is serialised once and the same bytes go to everybody.

Events come from this process's own commits, from hints of other processes through Redis, or, on a
gap or after a silence, from the record itself: Redis is a hint, never the truth."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import Context
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error, connections

from accounts.selectors import live_people
from bidding import broadcast, selectors
from bidding.projection import events_frame
from bidding.protocol import encode
from bidding.sequencer import pulse
from bidding.sequencer.batches import Published, listeners
from bidding.sequencer.store import healing
from bidding.transport import Pipe, Prepared, prepare
from kernel.errors import NotFound

logger = logging.getLogger(__name__)
SILENCE_SECONDS = 2.0
DEAF_SECONDS = 0.5
LIFE_SECONDS = 5.0
FRAME_SECONDS = 0.05
LOOK_SECONDS = 0.5
SESSION_SECONDS = 1.0
RECENT = 1000
PEOPLE_A_QUERY = 500
SIGNED_OUT, SLOW_READER = 4401, 4408

Event = dict[str, Any]
P = ParamSpec("P")
T = TypeVar("T")


class Connection(Protocol):
    """A socket as the hub sees it; `seq` is the last number it was told."""

    pipe: Pipe
    seq: int
    user_id: int | None
    session_key: str

    def deliver(self, frame: dict[str, object]) -> None: ...


class RoomFeed:
    """One room's connections and events. `seq` is the last one heard, `sent` the last one that
    every connection in `live` was told; those in `arriving` are still reading what came before."""

    def __init__(self, code: str, seq: int) -> None:
        self.code = code
        self.seq = self.sent = seq
        self.live: set[Connection] = set()
        self.arriving: set[Connection] = set()
        self.pending: list[Event] = []
        self.recent: deque[Event] = deque(maxlen=RECENT)
        self.sent_at = 0.0
        self.is_planned = False
        self.is_catching_up = False

    def after(self, seq: int) -> list[Event] | None:
        """What was sent after `seq`, if it is still remembered."""
        if self.recent and self.recent[0]["seq"] <= seq + 1:
            return [event for event in self.recent if seq < event["seq"] <= self.sent]
        return None


class Hub:
    """The feeds of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.feeds: dict[str, RoomFeed] = {}
        self.people: set[Connection] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.post: deque[tuple[Connection, dict[str, object]]] = deque()
        self.is_posted = False
        self.is_deaf = False

    # ── joining ─────────────────────────────────────────────────────────────────────────────
    def arrive(self, code: str, connection: Connection, seq: int) -> RoomFeed:
        """Subscribes, but nothing is sent yet: the caller first reads and sends a snapshot."""
        feed = self.feeds.get(code)
        if feed is None:
            feed = self.feeds[code] = RoomFeed(code, seq)
        feed.live.discard(connection)
        feed.arriving.add(connection)
        if connection.user_id is not None:
            self.people.add(connection)
        return feed

    async def enter(self, feed: RoomFeed, connection: Connection, seq: int) -> None:
        """The connection knows everything up to `seq`: tells it the rest, then keeps it told."""
        connection.seq = seq
        while connection.seq < feed.sent and connection in feed.arriving:
            events = feed.after(connection.seq)
            if events is None:
                events = await read_events(feed.code, connection.seq)
            self.tell(feed, [connection], events)
        if connection in feed.arriving:
            feed.arriving.discard(connection)
            feed.live.add(connection)

    def leave(self, code: str, connection: Connection) -> None:
        self.people.discard(connection)
        feed = self.feeds.get(code)
        if feed is None:
            return
        feed.live.discard(connection)
        feed.arriving.discard(connection)
        if not feed.live and not feed.arriving:
            del self.feeds[code]

    # ── hearing ─────────────────────────────────────────────────────────────────────────────
    def hear(self, published: Sequence[Published]) -> None:
        """Takes what this process committed; called in the loop's own thread."""
        for item in published:
            feed = self.feeds.get(item.code)
            if feed is not None:
                self.take(feed, item.events)

    def take(self, feed: RoomFeed, events: Sequence[Event]) -> None:
        """Adds the events that follow; a gap is read from the record."""
        fresh = [event for event in events if event["seq"] > feed.seq]
        if not fresh:
            return
        if fresh[0]["seq"] != feed.seq + 1:
            self.spawn(self.catch_up(feed))
            return
        feed.seq = fresh[-1]["seq"]
        feed.pending += fresh
        self.plan(feed)

    async def catch_up(self, feed: RoomFeed) -> None:
        """Reads the events after the feed's `seq` from the record."""
        if feed.is_catching_up:
            return
        feed.is_catching_up = True
        try:
            while events := await read_events(feed.code, feed.seq):
                self.take(feed, events)
        except Error:
            logger.warning("a gap stays until the next look", extra={"room": feed.code})
        finally:
            feed.is_catching_up = False

    def heard_hint(self, code: str, seq: int) -> None:
        """Another process committed in a room: reads it where this one has listeners."""
        feed = self.feeds.get(code)
        if feed is not None and seq > feed.seq:
            self.spawn(self.catch_up(feed))

    # ── telling ─────────────────────────────────────────────────────────────────────────────
    def plan(self, feed: RoomFeed) -> None:
        """Sends now, or with the next frame: at most twenty frames a second a room."""
        if feed.is_planned:
            return
        wait = FRAME_SECONDS - (time.monotonic() - feed.sent_at)
        if wait <= 0:
            self.flush(feed)
            return
        feed.is_planned = True
        self.loop.call_later(wait, self.flush, feed)

    def flush(self, feed: RoomFeed) -> None:
        """Tells every connection what waits, as one frame; nothing is a sign of life."""
        feed.is_planned = False
        events, feed.pending = feed.pending, []
        feed.sent_at = time.monotonic()
        feed.recent.extend(events)
        feed.sent = events[-1]["seq"] if events else feed.sent
        self.tell(feed, tuple(feed.live), events)

    def tell(self, feed: RoomFeed, to: Sequence[Connection], events: list[Event]) -> None:
        """Writes to each connection what it does not know yet: the same bytes to all who stand
        alike, which is nearly everybody. A reader that is too slow is sent away."""
        prepared: dict[int, Prepared | None] = {}
        last = events[-1]["seq"] if events else 0
        for connection in to:
            known = connection.seq
            if known not in prepared:
                prepared[known] = self.frame_for(known, events)
            frame = prepared[known]
            if frame is None:
                continue
            if connection.pipe.write(frame):
                connection.seq = max(last, known)
            else:
                self.leave(feed.code, connection)
                connection.pipe.close(SLOW_READER)

    def frame_for(self, known: int, events: list[Event]) -> Prepared | None:
        """The frame for those who know everything up to a number; None if it tells nothing new."""
        fresh = [event for event in events if event["seq"] > known]
        if events and not fresh:
            return None
        return prepare(encode(events_frame(fresh, known, pulse.shown_now())))

    def deliver(self) -> None:
        """Hands out the answers that other threads have posted; in the loop's own thread."""
        self.is_posted = False  # before looking: who posts from now on wakes the loop again
        while self.post:
            connection, frame = self.post.popleft()
            connection.deliver(frame)

    def answer(self, connection: Connection, frame: dict[str, object]) -> None:
        """Posts an answer from any thread; many answers wake the loop once."""
        self.post.append((connection, frame))
        if not self.is_posted:
            self.is_posted = True
            self.loop.call_soon_threadsafe(self.deliver, context=Context())

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    # ── loops ───────────────────────────────────────────────────────────────────────────────
    async def watch(self) -> None:
        """Looks after silent rooms: a hint may be lost, a reader wants signs of life. Those wait
        for no database: while one is away, readers stay."""
        looking: asyncio.Task[None] | None = None
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                self.show_life()
                if looking is None or looking.done():
                    looking = self.spawn(self.look())
            except Exception:
                logger.exception("silent rooms could not be looked after; trying again")

    def silent_for(self, seconds: float) -> list[RoomFeed]:
        until = time.monotonic() - seconds
        return [feed for feed in self.feeds.values() if feed.sent_at <= until]

    def show_life(self) -> None:
        for feed in self.silent_for(LIFE_SECONDS):
            self.flush(feed)

    async def look(self) -> None:
        """Reads the record of rooms from which nothing was heard for a while."""
        silent = self.silent_for(DEAF_SECONDS if self.is_deaf else SILENCE_SECONDS)
        if not silent:
            return
        try:
            stands = await read_seqs([feed.code for feed in silent])
            for feed in silent:
                if stands.get(feed.code, 0) > feed.seq:
                    await self.catch_up(feed)
        except Exception:
            logger.exception("the record could not be read; trying again")

    async def guard(self) -> None:
        """Ends the sockets of a person within two seconds of a sign-out or a ban."""
        while True:
            await asyncio.sleep(SESSION_SECONDS)
            try:
                await self.look_at_sessions()
            except Exception:
                logger.exception("sessions could not be looked at; trying again")

    async def look_at_sessions(self) -> None:
        asked = list(self.people)
        for start in range(0, len(asked), PEOPLE_A_QUERY):
            part = asked[start : start + PEOPLE_A_QUERY]
            alive = await who_lives({(item.session_key, item.user_id or 0) for item in part})
            for connection in part:
                if (connection.session_key, connection.user_id) not in alive:
                    self.people.discard(connection)
                    connection.pipe.close(SIGNED_OUT)

    async def listen(self) -> None:
        """Hears other processes' hints; a broken Redis costs a little delay, no more."""
        await broadcast.listen(self.heard_hint, self.note_deaf)

    def note_deaf(self, is_deaf: bool) -> None:
        """Without hints the record is looked at more often."""
        self.is_deaf = is_deaf


def beside(query: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Runs a query in a thread that no handshake waits for, on a connection that is given back
    each time: one that died with its database is never asked twice."""

    @wraps(query)
    def ask(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return healing(query)(*args, **kwargs)
        finally:
            connections["default"].close()

    return sync_to_async(ask, thread_sensitive=False)


@beside
def read_events(code: str, after: int) -> list[Event]:
    try:
        return selectors.list_events(selectors.access_room(code), after)[0]
    except NotFound:
        return []


@beside
def read_seqs(codes: list[str]) -> dict[str, int]:
    return selectors.read_seq(codes)


@beside
def who_lives(pairs: set[tuple[str, int]]) -> set[tuple[str, int]]:
    return live_people(pairs)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running loop."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None:
        found = _hubs[loop] = Hub(loop)
    return found


def spread(published: Sequence[Published]) -> None:
    """Called after a commit, from the thread that committed or answers."""
    for loop, found in list(_hubs.items()):
        if loop.is_running():
            # A context of its own: what follows must not run in the sender's request or thread.
            loop.call_soon_threadsafe(found.hear, published, context=Context())
    if settings.REDIS_URL:
        broadcast.give({item.code: int(str(item.events[-1]["seq"])) for item in published})


def is_channel_up() -> bool:
    """Whether hints reach other processes now; without Redis there are none to reach."""
    if not settings.REDIS_URL:
        return True
    import redis

    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


if spread not in listeners:
    listeners.append(spread)
