"""The robots' plan: offers over the whole sale, a soft close that is seen, an end that comes. And
a robot whose server is away for a moment comes back by itself."""

import asyncio
import heapq
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from config.management.demo import robots
from config.management.demo.websocket import Closed, Socket

OVER = '{"type":"events","events":[{"kind":"aborted"}]}'


OPENS_AT = datetime.fromisoformat("2026-11-30T10:00:00+08:00")
LASTS = timedelta(minutes=12)
SOFT = timedelta(seconds=120)
START, STEP = 36_000_000, 500_000


@dataclass
class Sale:
    """A room in which every offer in the soft close moves the end."""

    robots: list[robots.Robot]
    ends_at: datetime = OPENS_AT + LASTS
    offers: list[tuple[datetime, int]] = field(default_factory=list)
    extensions: int = 0

    @staticmethod
    def of(seed: int) -> "Sale":
        names = robots.NAMES
        minds = [robots.Robot(dice=random.Random(f"{seed} {name}")) for name in names]
        sale = Sale(minds)
        for name, mind in zip(names, minds, strict=True):
            mind.hear(sale.snapshot(name))
        return sale

    def snapshot(self, plate: str) -> dict[str, Any]:
        terms = {
            "start_fen": START,
            "ends_at": (OPENS_AT + LASTS).isoformat(),
            "soft_close_s": SOFT.seconds,
        }
        return {
            "type": "snapshot",
            "me": {"plate": plate},
            "phase": "limited",
            "opens_at": OPENS_AT.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "extensions": self.extensions,
            "top_fen": None,
            "top_plate": None,
            "step_fen": STEP,
            "terms": terms,
        }

    def offer(self, plate: str, fen: int, now: datetime) -> None:
        self.offers.append((now, fen))
        events: list[dict[str, Any]] = [
            {"kind": "offer_placed", "amount_fen": fen, "plate": plate, "ends_at": None}
        ]
        if now > self.ends_at - SOFT:
            self.ends_at, self.extensions = now + SOFT, self.extensions + 1
            ends_at = self.ends_at.isoformat()
            events.append({"kind": "extended", "ends_at": ends_at, "extensions": self.extensions})
        for mind in self.robots:
            mind.hear({"type": "events", "events": events})

    def play(self) -> None:
        """Every robot thinks, looks, perhaps bids, and thinks again, until the end."""
        turns = [
            (OPENS_AT + timedelta(seconds=mind.pause()), n) for n, mind in enumerate(self.robots)
        ]
        heapq.heapify(turns)
        while turns[0][0] < self.ends_at:
            now, n = heapq.heappop(turns)
            mind = self.robots[n]
            fen = mind.wish(now)
            if fen is not None:
                self.offer(mind.plate, fen, now)
            heapq.heappush(turns, (now + timedelta(seconds=mind.pause()), n))


@pytest.mark.parametrize("seed", range(100))
def test_the_robots_bid_over_the_whole_sale_and_the_end_moves_and_comes(seed: int) -> None:
    sale = Sale.of(seed)
    sale.play()
    times = [OPENS_AT, *(at for at, _fen in sale.offers)]
    before_the_end = [at for at in times if at <= OPENS_AT + LASTS - SOFT]
    gaps = [later - at for at, later in zip(before_the_end, before_the_end[1:], strict=False)]
    assert max(gaps) <= timedelta(seconds=40)
    assert OPENS_AT + LASTS - SOFT - before_the_end[-1] <= timedelta(seconds=40)
    assert 1 <= sale.extensions <= robots.MOST_EXTENSIONS
    assert sale.ends_at <= OPENS_AT + LASTS + robots.MOST_EXTENSIONS * SOFT
    assert sale.ends_at - times[-1] == SOFT
    assert sale.offers[-1][1] <= START + STEP * robots.LAST_STEPS[1]


def test_who_outbids_the_robots_at_the_end_wins() -> None:
    sale = Sale.of(1)
    sale.play()
    now = sale.ends_at - timedelta(seconds=5)
    sale.offer("me", sale.offers[-1][1] + STEP, now)
    looks = (sale.ends_at - timedelta(seconds=left) for left in range(1, 120))
    assert [mind.wish(look) for look in looks for mind in sale.robots] == [None] * 119 * 3


def test_no_robot_goes_beyond_its_limit() -> None:
    sale = Sale.of(2)
    now = OPENS_AT + LASTS / 2
    dear = START + STEP * robots.LAST_STEPS[1]
    sale.offer("me", dear, now)
    assert [mind.wish(now) for mind in sale.robots] == [None, None, None]


class Line:
    """A connection that says one thing, or breaks."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    async def receive(self) -> str:
        if self.text is None:
            raise Closed
        return self.text

    def close(self) -> None:
        pass


async def test_a_refused_reconnect_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes: list[Any] = [Line(None), ConnectionRefusedError(), Closed(), Line(OVER)]

    async def open_line(*_place: object) -> Line:
        found = outcomes.pop(0)
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, Line)
        return found

    monkeypatch.setattr(Socket, "open", open_line)
    monkeypatch.setattr(robots, "AGAIN_SECONDS", 0)
    monkeypatch.setattr(robots, "sign_in", lambda *_who: "sessionid=x")
    await robots.play("http://127.0.0.1:1", "bidB", "", "ROOM")
    assert outcomes == []


async def test_a_server_that_hangs_up_in_the_handshake_is_a_closed_line() -> None:
    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises((Closed, ConnectionError)):
            await Socket.open("127.0.0.1", port, "/", {})
