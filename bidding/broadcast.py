"""Hints between processes through Redis: "room so-and-so stands at seq n now". They may be lost."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings

logger = logging.getLogger(__name__)
CHANNEL = "yangguang:rooms"
REST_SECONDS = 0.5
SEQ_DIGITS = 16


class Giver:
    """One thread that publishes; only the newest number of a room is worth telling, and a Redis
    that hangs delays nobody but this thread."""

    def __init__(self) -> None:
        self.waiting: dict[str, int] = {}
        self.is_woken = threading.Event()
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def give(self, stands: Mapping[str, int]) -> None:
        with self.lock:
            self.waiting.update(stands)
            if self.thread is None:
                self.thread = threading.Thread(target=self.run, name="hints", daemon=True)
                self.thread.start()
        self.is_woken.set()

    def run(self) -> None:
        import redis

        client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1)
        while True:
            self.is_woken.wait()
            self.is_woken.clear()
            with self.lock:
                stands, self.waiting = self.waiting, {}
            try:
                pipe = client.pipeline(transaction=False)
                for code, seq in stands.items():
                    pipe.publish(CHANNEL, f"{code}:{seq}")
                pipe.execute()
            except (redis.RedisError, OSError):
                logger.warning("a hint was lost: Redis is away")
                time.sleep(REST_SECONDS)
            except Exception:
                logger.exception("a hint was lost")
                time.sleep(REST_SECONDS)


give = Giver().give


async def listen(heard: Callable[[str, int], None], deaf: Callable[[bool], None]) -> None:
    """Hears hints for ever; says when it cannot."""
    import redis.asyncio as redis

    while True:
        try:
            async with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=30) as client:
                await follow(client, heard, deaf)
        except (redis.RedisError, OSError):
            logger.warning("no hints: Redis is away")
        except Exception:
            logger.exception("no hints; trying again")
        deaf(True)
        await asyncio.sleep(REST_SECONDS)


async def follow(
    client: Any, heard: Callable[[str, int], None], deaf: Callable[[bool], None]
) -> None:
    async with client.pubsub() as pubsub:
        await pubsub.subscribe(CHANNEL)
        deaf(False)
        while True:
            hint = await pubsub.get_message(ignore_subscribe_messages=True, timeout=10)
            if hint is not None:
                take_hint(hint["data"], heard)


def take_hint(data: bytes, heard: Callable[[str, int], None]) -> None:
    """Hears one hint; anybody may write to the channel, so one that is none is passed over."""
    code, _colon, seq = data.decode("utf-8", "replace").partition(":")
    if seq.isascii() and seq.isdigit() and len(seq) <= SEQ_DIGITS:
        heard(code, int(seq))
    else:
        logger.warning("a hint that is none was passed over")
