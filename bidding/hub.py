"""Fan-out: one hub a process. A frame is serialised once and the same bytes go to everybody.

Events come from this process's own commits, from hints of other processes through Redis, or, on a
gap or after two seconds of silence, from the record itself: Redis is a hint, never the truth."""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.conf import settings

from audit.clock import system_clock
from bidding import selectors, transport
from bidding.projection import events_frame
from bidding.protocol import encode
from bidding.sequencer.batches import Published, listeners

logger = logging.getLogger(__name__)
CHANNEL = "yangguang:rooms"
SILENCE_SECONDS = 2.0
LIFE_SECONDS = 5.0
FRAME_SECONDS = 0.05
SLOW_READER = 4408


class Connection(Protocol):
    """A consumer as the hub sees it."""

    scope: dict[str, Any]

    async def send_text(self, text: str) -> None: ...

    async def close_with(self, code: int) -> None: ...


class RoomFeed:
    """One room's connections and the events not sent yet."""

    def __init__(self, code: str, seq: int) -> None:
        self.code = code
        self.seq = seq
        self.connections: set[Connection] = set()
        self.pending: list[dict[str, Any]] = []
        self.sent_at = 0.0
        self.is_planned = False


class Hub:
    """The feeds of one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.feeds: dict[str, RoomFeed] = {}
        self.tasks: set[asyncio.Task[None]] = set()

    # ── joining ─────────────────────────────────────────────────────────────────────────────
    def join(self, code: str, connection: Connection, seq: int) -> RoomFeed:
        """Subscribes; the caller then reads a snapshot and drops what is not newer."""
        feed = self.feeds.get(code)
        if feed is None:
            feed = self.feeds[code] = RoomFeed(code, seq)
        feed.connections.add(connection)
        return feed

    def leave(self, code: str, connection: Connection) -> None:
        feed = self.feeds.get(code)
        if feed is None:
            return
        feed.connections.discard(connection)
        if not feed.connections:
            del self.feeds[code]

    # ── hearing ─────────────────────────────────────────────────────────────────────────────
    def hear(self, published: Sequence[Published]) -> None:
        """Takes what this process committed; called in the loop's own thread."""
        for item in published:
            feed = self.feeds.get(item.code)
            if feed is not None:
                self.take(feed, [dict(event) for event in item.events])

    def take(self, feed: RoomFeed, events: list[dict[str, Any]]) -> None:
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
        """Writes what waits to every connection, as one frame."""
        feed.is_planned = False
        events, feed.pending = feed.pending, []
        feed.sent_at = time.monotonic()
        text = encode(events_frame(events, feed.seq, system_clock().now()))
        payload = text.encode()
        for connection in list(feed.connections):
            written = transport.write(connection, payload)
            if written is None:
                self.spawn(connection.send_text(text))
            elif not written:
                self.spawn(connection.close_with(SLOW_READER))

    def spawn(self, work: Any) -> None:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def catch_up(self, feed: RoomFeed) -> None:
        """Reads the events after the feed's `seq` from the record."""
        events = await read_events(feed.code, feed.seq)
        self.take(feed, events)

    # ── loops ───────────────────────────────────────────────────────────────────────────────
    async def watch(self) -> None:
        """Looks after silent rooms: a hint may be lost, a reader wants signs of life."""
        while True:
            await asyncio.sleep(0.5)
            now = time.monotonic()
            silent = [feed for feed in self.feeds.values() if now - feed.sent_at >= SILENCE_SECONDS]
            if not silent:
                continue
            try:
                stands = await read_seqs([feed.code for feed in silent])
            except Exception:
                logger.exception("the record could not be read; trying again")
                continue
            for feed in silent:
                if stands.get(feed.code, 0) > feed.seq:
                    await self.catch_up(feed)
                elif now - feed.sent_at >= LIFE_SECONDS:
                    self.flush(feed)

    async def listen(self) -> None:
        """Hears other processes' hints; a broken Redis costs two seconds of delay, no more."""
        import redis.asyncio as redis

        while settings.REDIS_URL:
            client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=30)
            try:
                async with client.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    while True:
                        await self.one_hint(pubsub)
            except (redis.RedisError, OSError):
                logger.warning("no hints: Redis is away")
                await asyncio.sleep(1)
            finally:
                await client.aclose()

    async def one_hint(self, pubsub: Any) -> None:
        hint = await pubsub.get_message(ignore_subscribe_messages=True, timeout=10)
        if hint is None:
            return
        code, _colon, seq = hint["data"].decode().partition(":")
        feed = self.feeds.get(code)
        if feed is not None and int(seq) > feed.seq:
            await self.catch_up(feed)


@sync_to_async
def read_events(code: str, after: int) -> list[dict[str, Any]]:
    return selectors.list_events(selectors.access_room(code), after)[0]


@sync_to_async
def read_seqs(codes: list[str]) -> dict[str, int]:
    return selectors.read_seq(codes)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running loop."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None:
        found = _hubs[loop] = Hub(loop)
    return found


def spread(published: Sequence[Published]) -> None:
    """Called by the committer after its commit, from its own thread."""
    for loop, found in list(_hubs.items()):
        if loop.is_running():
            loop.call_soon_threadsafe(found.hear, published)
    if settings.REDIS_URL:
        hint(published)


_publisher: Any = None


def hint(published: Sequence[Published]) -> None:
    """Tells other processes where the rooms stand now; may be lost."""
    global _publisher  # noqa: PLW0603
    import redis

    try:
        if _publisher is None:
            _publisher = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5)
        pipe = _publisher.pipeline(transaction=False)
        for item in published:
            pipe.publish(CHANNEL, f"{item.code}:{item.events[-1]['seq']}")
        pipe.execute()
    except (redis.RedisError, OSError):
        logger.warning("a hint was lost: Redis is away")


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
