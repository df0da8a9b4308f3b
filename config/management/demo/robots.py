"""Simulated bidders of the demo: they sign in over HTTP and bid over the socket, as everybody does.

A child process of `serve --demo`, on a leash: it ends when its standard input does. It also sees to
it that a sale is live: some minutes after one has ended, the next is published. Demo mode only."""

import argparse
import asyncio
import json
import os
import random
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from django.db import DatabaseError

from config.management.demo.websocket import Closed, Socket

NAMES = ("bidB", "bidC", "bidD")
PACE_SECONDS = (20.0, 40.0)
FIRST_STEPS = 30
LAST_STEPS = (85, 105)
"""How many steps beyond the start price a robot goes along at first, and by the end at most."""
LATE_LOOK = timedelta(seconds=75)
MOST_EXTENSIONS = 2
"""Near the end robots wait for the last seconds, so that the end is seen to move; after so many
extensions, whoever caused them, they stay out: the end comes, and a newcomer can win."""
REST = timedelta(minutes=3)
LOOK_SECONDS = 5.0
AGAIN_SECONDS = 1.0
OVER = frozenset({"hammered", "passed_in", "aborted"})


@dataclass
class Robot:
    """One bidder's mind: what the socket said, and up to what price it goes along."""

    plate: str = ""
    phase: str = ""
    top_fen: int | None = None
    top_plate: str | None = None
    start_fen: int = 0
    step_fen: int = 1
    last_steps: int = 0
    opens_at: datetime | None = None
    announced_at: datetime | None = None
    soft_close: timedelta = timedelta(0)
    ends_at: datetime | None = None
    extensions: int = 0
    is_over: bool = False
    dice: random.Random = field(default_factory=random.Random)

    def hear(self, frame: Mapping[str, Any]) -> None:
        """Takes a frame of the public protocol."""
        if frame.get("type") == "snapshot":
            self.start(frame)
        for event in frame.get("events", ()):
            self.follow(event)

    def start(self, frame: Mapping[str, Any]) -> None:
        self.plate = frame.get("me", {}).get("plate", "")
        self.phase, self.ends_at = frame["phase"], instant(frame["ends_at"])
        self.top_fen, self.top_plate = frame["top_fen"], frame["top_plate"]
        self.start_fen, self.step_fen = frame["terms"]["start_fen"], frame["step_fen"] or 1
        terms = frame["terms"]
        self.opens_at, self.announced_at = instant(frame["opens_at"]), instant(terms.get("ends_at"))
        self.soft_close = timedelta(seconds=terms.get("soft_close_s") or 0)
        self.extensions = frame["extensions"]
        self.last_steps = self.last_steps or self.dice.randint(*LAST_STEPS)
        self.is_over = self.phase in {"sold", "unsold", "aborted"}

    def follow(self, event: Mapping[str, Any]) -> None:
        kind = event["kind"]
        if kind == "offer_placed":
            self.top_fen, self.top_plate = event["amount_fen"], event["plate"]
        elif kind in {"opened", "resumed"}:
            self.phase = event["phase"]
        elif kind == "paused":
            self.phase = "paused"
        elif kind == "extended":
            self.extensions = event["extensions"]
        self.ends_at = instant(event.get("ends_at")) or self.ends_at
        self.is_over = self.is_over or kind in OVER

    def wish(self, now: datetime) -> int | None:
        """The offer this bidder would make now, if any."""
        if self.phase != "limited" or not self.plate or self.top_plate == self.plate:
            return None
        if not self.is_time(now):
            return None
        least = self.start_fen if self.top_fen is None else self.top_fen + self.step_fen
        fen = least + self.step_fen * self.dice.choice((0, 0, 0, 0, 1))
        return fen if fen <= self.limit_fen(now) else None

    def is_time(self, now: datetime) -> bool:
        """Until the soft close at any time; in it, late, and not too often."""
        if self.ends_at is None:
            return False
        left = self.ends_at - now
        return left > max(self.soft_close, LATE_LOOK) or (
            left <= LATE_LOOK and bool(self.soft_close) and self.extensions < MOST_EXTENSIONS
        )

    def limit_fen(self, now: datetime) -> int:
        """Up to what price it goes along: the limit rises through the sale, so that the offers
        are spread over the whole of it."""
        share = 1.0
        if self.opens_at and self.announced_at and self.opens_at < self.announced_at:
            share = (now - self.opens_at) / (self.announced_at - self.opens_at)
        rise = (self.last_steps - FIRST_STEPS) * min(1.0, max(0.0, share))
        return self.start_fen + self.step_fen * (FIRST_STEPS + int(rise))

    def pause(self) -> float:
        """For how many seconds it thinks before it looks again."""
        return self.dice.uniform(*PACE_SECONDS)


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


# ── the way in ────────────────────────────────────────────────────────────────────────────────


def sign_in(base: str, name: str, password: str) -> str:
    """Signs in by the form, as people do; returns the Cookie header."""
    jar = CookieJar()
    opener = build_opener(HTTPCookieProcessor(jar))
    path = f"{base}/accounts/login/"
    fetch(opener, Request(path))  # noqa: S310 (checked in fetch)
    token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    form = {"login": name, "password": password, "csrfmiddlewaretoken": token}
    headers = {"Referer": path, "Origin": base}
    fetch(opener, Request(path, urlencode(form).encode(), headers))  # noqa: S310
    cookies = {cookie.name: cookie.value for cookie in jar}
    if "sessionid" not in cookies:
        raise RuntimeError(f"{name} could not sign in")
    return "; ".join(f"{key}={value}" for key, value in cookies.items())


def fetch(opener: OpenerDirector, request: Request) -> None:
    if not request.full_url.startswith("http://127.0.0.1:"):
        raise ValueError("robots speak to their own server only")
    with opener.open(request, timeout=20) as answer:
        answer.read()


async def play(base: str, name: str, password: str, code: str) -> None:
    """One robot's evening in one room; a lost connection comes back."""
    cookie = await asyncio.to_thread(sign_in, base, name, password)
    robot = Robot()
    address = urlsplit(base)
    while not robot.is_over:
        headers = {"Cookie": cookie, "Origin": base}
        path = f"/ws/rooms/{code}/"
        try:
            socket = await Socket.open(address.hostname or "", address.port or 80, path, headers)
            await follow(robot, socket)
        except (Closed, OSError):
            await asyncio.sleep(AGAIN_SECONDS)


async def follow(robot: Robot, socket: Socket) -> None:
    """Listens and bids until the room or the connection is over."""
    bidding = asyncio.create_task(bid(robot, socket))
    try:
        while not robot.is_over:
            robot.hear(json.loads(await socket.receive()))
    finally:
        bidding.cancel()
        socket.close()


async def bid(robot: Robot, socket: Socket) -> None:
    """Thinks for a while, bids, thinks again."""
    while True:
        await asyncio.sleep(robot.pause())
        fen = robot.wish(datetime.now(UTC))
        if fen is not None:
            token = str(uuid.uuid4())
            frame = {"v": 1, "type": "offer", "client_token": token, "amount_fen": fen}
            socket.send(json.dumps(frame))


# ── the stage ─────────────────────────────────────────────────────────────────────────────────


def live_room() -> str:
    """The code of the live sale's room; publishes the next sale when the last one is over."""
    from django.db import connection

    from audit.clock import system_clock
    from config.management.demo import sales

    try:
        now = system_clock().now()
        lot = sales.latest_live()
        if lot is None or now > lot.ends_at + REST:
            lot = sales.live_asset(now)
        return lot.room_code
    finally:
        connection.close()


async def perform(base: str, password: str) -> None:
    """Keeps a sale live and the robots in it, for ever."""
    while True:
        try:
            code = await asyncio.to_thread(live_room)
        except DatabaseError as wrong:
            sys.stderr.write(f"robots: {wrong!r}\n")
        else:
            players = [play(base, name, password, code) for name in NAMES]
            for outcome in await asyncio.gather(*players, return_exceptions=True):
                if isinstance(outcome, Exception):
                    sys.stderr.write(f"robots: {outcome!r}\n")
        await asyncio.sleep(LOOK_SECONDS)


async def on_a_leash(base: str, password: str) -> None:
    """Performs until the parent is gone: then standard input ends."""
    acting = asyncio.create_task(perform(base, password))
    leash = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    await asyncio.wait({acting, leash}, return_when=asyncio.FIRST_COMPLETED)
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base")
    base = parser.parse_args().base
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.conf import settings

    if not settings.DEMO_MODE:
        raise SystemExit("robots bid in the demo only")
    from config.management.demo.people import PASSWORD

    asyncio.run(on_a_leash(base, PASSWORD))


if __name__ == "__main__":
    main()
