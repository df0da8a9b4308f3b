"""Small sales inside the test's own process, over the real socket, engine and ledger: short enough
to be played once for each seeded bug. Who plays writes the same log as real clients do."""

import asyncio
import io
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from channels.testing import WebsocketCommunicator

from audit.clock import set_offset, system_clock
from audit.models import Checkpoint, Entry
from audit.services.keys import trusted_keys
from audit.services.sealing import seal
from bidding.rules import commands as c
from bidding.sequencer import batches
from bidding.sequencer.books import Act
from tests.faults.clients import Ears
from tests.faults.judge import judge_all, read_lines
from tests.faults.ledger import Bundle, Row
from tests.worlds.rooms import ORIGIN, Seated, Table, in_thread

PATIENCE = 5.0


@dataclass
class Stage:
    """One room, its log, and the time that everybody's clock is ahead."""

    table: Table
    log: io.StringIO = field(default_factory=io.StringIO)
    ahead: timedelta = timedelta(0)

    def puppet(self, name: str, seat: Seated | None = None, **given: Any) -> "Puppet":
        return Puppet(self, name, seat, **given)

    def note(self, what: str, **more: Any) -> None:
        line = {"what": what, "t": time.monotonic_ns(), **more}
        self.log.write(json.dumps(line) + "\n")

    def wall(self) -> int:
        return time.time_ns() + int(self.ahead.total_seconds() * 1e9)

    async def pass_time(self, seconds: float) -> None:
        """Moves the test clock: nobody waits for a room to end."""
        self.ahead += timedelta(seconds=seconds)
        await in_thread(set_offset, self.ahead)

    async def tick(self) -> None:
        await in_thread(self.table.act, c.Tick())

    async def together(self, *offers: tuple["Puppet", int]) -> None:
        """Offers that fall into one batch."""
        loop = asyncio.get_running_loop()
        batch = []
        for puppet, fen in offers:
            frame = puppet.intend(fen)
            reply = answered(loop, puppet)
            batch.append((self.table.code, puppet.act(frame, reply)))
        await in_thread(batches.commit, batch)
        await asyncio.gather(
            *(puppet.tokens[act.token] for (puppet, _), (_, act) in zip(offers, batch, strict=True))
        )

    def verdict(self, **given: Any) -> list[str]:
        """Seals the ledger, reads it as an auditor would, and asks the judge."""
        with suppress(
            Exception
        ):  # a ledger that cannot be sealed has no checkpoint: the judge says so
            seal(clock=system_clock())
        notes = list(Checkpoint.objects.values_list("note", flat=True))
        bundle = Bundle(stored_rows(), notes, trusted_keys())
        return judge_all(bundle, read_lines(self.log.getvalue().splitlines()), **given)


def answered(loop: asyncio.AbstractEventLoop, puppet: "Puppet") -> Callable[[Any], None]:
    return lambda frame: loop.call_soon_threadsafe(puppet.hear, frame) and None


def stored_rows() -> list[Row]:
    fields = ("stream", "seq", "kind", "at", "idem", "body", "body_hash", "prev", "hash")
    rows = Entry.objects.order_by("stream", "seq").values_list(*fields, "leaf__index")
    return [Row(*row[:6], *map(bytes, row[6:9]), row[9]) for row in rows]


class Puppet(Ears):
    """A client that does what the test says."""

    def __init__(
        self,
        stage: Stage,
        name: str,
        seat: Seated | None = None,
        *,
        origin: str = ORIGIN,
        after: int | None = None,
    ) -> None:
        super().__init__(name, stage.table.code, stage.log, seat.plate if seat else None)
        self.stage, self.seat, self.origin = stage, seat, origin
        self.seq = after or 0
        self.is_welcome = asyncio.Event()

    def wall(self) -> int:
        return self.stage.wall()

    async def __aenter__(self) -> "Puppet":
        from config.asgi import application

        path = f"/ws/rooms/{self.code}/" + (f"?after={self.seq}" if self.seq else "")
        given = {"host": "testserver", "origin": self.origin}
        if self.seat is not None:
            given["cookie"] = self.seat.cookie
        headers = [(name.encode(), value.encode()) for name, value in given.items()]
        self.socket = WebsocketCommunicator(application, path, headers=headers)
        await self.socket.connect(timeout=PATIENCE)
        self.reading = asyncio.get_running_loop().create_task(self.read())
        async with asyncio.timeout(PATIENCE):
            await self.is_welcome.wait()
        return self

    async def __aexit__(self, *_why: object) -> None:
        self.reading.cancel()
        with suppress(asyncio.CancelledError):
            await self.reading
        if not self.socket.future.done():
            await self.socket.disconnect(timeout=PATIENCE)

    async def read(self) -> None:
        """Hears frames until the socket is closed; then nothing is answered any more."""
        while True:
            message = await self.socket.receive_output(timeout=60)
            if message["type"] == "websocket.close":
                break
            self.hear(json.loads(message["text"]))
            self.is_welcome.set()
        self.is_welcome.set()
        for answer in self.tokens.values():
            if not answer.done():
                answer.set_result({"type": "closed", "code": message.get("code")})

    def act(self, frame: dict[str, Any], reply: Callable[[Any], None]) -> Act:
        assert self.seat is not None
        offer = c.Offer(None, frame["amount_fen"])
        token = frame["client_token"]
        return Act(offer, token, self.seat.user.pk, self.seat.session_key, reply)

    async def offer(self, fen: int, token: str | None = None) -> dict[str, Any]:
        """Offers and waits for the answer, or for the end of the socket."""
        return await self.send(self.intend(fen, token))

    async def send(self, frame: dict[str, Any]) -> dict[str, Any]:
        if self.reading.done():
            return {"type": "closed"}
        await self.socket.send_to(text_data=json.dumps(frame))
        async with asyncio.timeout(PATIENCE):
            answer: dict[str, Any] = await self.tokens[frame["client_token"]]
        return answer

    async def forbidden(self, fen: int, why: str) -> None:
        """Tries what must never count."""
        frame = self.intend(fen)
        self.note("forbidden", token=frame["client_token"], why=why)
        await self.send(frame)

    async def hears_the_end(self, seconds: float = PATIENCE) -> None:
        """Writes down what it believes in the end: once it heard it, or gave up."""
        until = time.monotonic() + seconds
        while not self.is_over and time.monotonic() < until:
            await asyncio.sleep(0.01)
        self.note("state", seq=self.seq, top_fen=self.top_fen)
