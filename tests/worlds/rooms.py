"""Rooms with seated bidders, made through the services, and a client that speaks the protocol."""

import asyncio
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zlib import crc32

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import transaction

from accounts.models import Organisation, User
from audit.clock import system_clock
from bidding.models import Room
from bidding.rules import commands as c
from bidding.sequencer.batches import settle_alone
from bidding.sequencer.books import Act
from bidding.sequencer.shown import current
from bidding.services import rooms
from config.management.demo.bench import cookie_of
from kernel.actors import SYSTEM, Actor, Role
from kernel.clock import iso_ms
from tests.worlds import city

ORIGIN = "http://testserver"
PATIENCE = 5.0


@dataclass
class Seated:
    """A bidder who is signed in and has a plate in the room."""

    user: User
    plate: str
    cookie: str
    actor: Actor

    @property
    def session_key(self) -> str:
        return self.cookie.partition("=")[2]


@dataclass
class Table:
    """A room and who sits in it, by name."""

    code: str
    seats: dict[str, Seated] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Seated:
        return self.seats[name]

    @property
    def row(self) -> Room:
        return Room.objects.get(code=self.code)

    def act(self, command: c.Command) -> None:
        """Lets the house act: a host, or time."""
        settle_alone(self.code, Act(command))

    def abort(self, reason: str) -> None:
        """Lets a host ask and a supervisor agree."""
        self.act(c.AskAbort(reason, timedelta(minutes=15), "u:HOST"))
        request = current(self.row).state.sealed.abort
        assert request is not None
        self.act(c.ConfirmAbort(request.at, "u:SUPERVISOR"))

    def place(self, name: str, fen: int, token: str = "") -> dict[str, Any]:
        """Lets a bidder quote as the edges do; returns the answer."""
        seat = self.seats[name]
        act = Act(c.Offer(None, fen), token or new_token(), seat.user.pk, seat.session_key)
        settle_alone(self.code, act)
        return act.answer


def new_token() -> str:
    return str(uuid.uuid4())


def terms_of(**over: object) -> dict[str, object]:
    """An ascending room that is open now: from 1,000 fen in steps of 100."""
    now = system_clock().now()
    return {
        "start_fen": 1000,
        "step_fen": 100,
        "soft_close_s": 60,
        "opens_at": iso_ms(now - timedelta(seconds=1)),
        "ends_at": iso_ms(now + timedelta(hours=1)),
        **over,
    }


def lay_table(
    *names: str, preset: str = "ASC", terms: Mapping[str, object] | None = None, opened: bool = True
) -> Table:
    """Makes a room, seats people of these names and, if its time has come, opens it."""
    clock = system_clock()
    with transaction.atomic():
        room = rooms.create_room(
            title="旧公务用车",
            preset=preset,
            terms=terms or terms_of(),
            unit="yuan",
            origin_no="",
            actor=SYSTEM,
            clock=clock,
        )
    table = Table(room.code)
    for name in names:
        table.seats[name] = seat_person(room.code, name)
    if opened:
        table.act(c.Tick())
    return table


def listing_in_inquiry(*names: str) -> Table:
    """A land listing whose inquiry runs now."""
    now = system_clock().now()
    terms = terms_of(inquiry_s=600, countdown_s=60, step_mode="multiple")
    del terms["soft_close_s"], terms["ends_at"]
    terms["opens_at"] = iso_ms(now - timedelta(seconds=10))
    terms["listing_ends_at"] = iso_ms(now + timedelta(seconds=599))
    return lay_table(*names, preset="TC", terms=terms)


def seat_person(code: str, name: str) -> Seated:
    known = Organisation.objects.filter(name=f"{name}有限公司").first()
    company = known or city.organisation(f"{name}有限公司", crc32(name.encode()) % 10_000)
    actor = city.person(name, company, Role.BIDDER)
    user = User.objects.get(username=name)
    with transaction.atomic():
        seat = rooms.seat_bidder(
            room_code=code,
            user_id=user.pk,
            organisation_id=company.pk,
            actor=SYSTEM,
            clock=system_clock(),
        )
    return Seated(user, seat.plate, cookie_of(user), actor)


def offer(fen: Any, token: str = "", **more: Any) -> dict[str, Any]:
    frame = {"v": 1, "type": "offer", "client_token": token or new_token(), "amount_fen": fen}
    return {**frame, **more}


class Client:
    """One socket, over the ASGI application."""

    def __init__(
        self,
        code: str,
        seat: Seated | None = None,
        *,
        after: int | str | None = None,
        origin: str | None = ORIGIN,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        from config.asgi import application

        path = f"/ws/rooms/{code}/" + ("" if after is None else f"?after={after}")
        given = {"host": "testserver", **(headers or {})}
        if origin is not None:
            given["origin"] = origin
        if seat is not None:
            given["cookie"] = seat.cookie
        raw = [(name.encode(), value.encode()) for name, value in given.items()]
        self.socket = WebsocketCommunicator(application, path, headers=raw)
        self.frames: list[dict[str, Any]] = []

    async def __aenter__(self) -> "Client":
        await self.socket.connect(timeout=PATIENCE)
        return self

    async def __aexit__(self, *_why: object) -> None:
        if not self.socket.future.done():
            await self.socket.disconnect(timeout=PATIENCE)

    async def send(self, frame: Mapping[str, Any] | str) -> None:
        await self.socket.send_to(text_data=frame if isinstance(frame, str) else json.dumps(frame))

    async def receive(self) -> dict[str, Any]:
        """The next frame."""
        frame: dict[str, Any] = json.loads(await self.socket.receive_from(timeout=PATIENCE))
        self.frames.append(frame)
        return frame

    async def answer_to(self, text: str) -> dict[str, Any]:
        """Sends that text and returns the next refusal."""
        await self.send(text)
        return await self.until(lambda frame: frame["type"] == "refused")

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next frame of that kind; those before it are kept in `frames`."""
        while not wanted(frame := await self.receive()):
            pass
        return frame

    async def answer(self, frame: Mapping[str, Any]) -> dict[str, Any]:
        """Sends a command and returns its answer."""
        await self.send(frame)
        token = frame.get("client_token", "")
        return await self.until(lambda got: got.get("client_token") == token)

    async def close_code(self) -> int:
        """Waits until the server closes the socket; returns its code."""
        while (message := await self.socket.receive_output(PATIENCE))["type"] != "websocket.close":
            self.frames.append(json.loads(message["text"]))
        code: int = message["code"]
        return code

    def events(self) -> list[dict[str, Any]]:
        """Every event that was received, in order."""
        return [
            event for frame in self.frames for event in frame.get("events", ()) if "kind" in event
        ]


def in_thread(function: Callable[..., Any], *args: Any) -> Any:
    """Calls the database from an async test."""
    return sync_to_async(function)(*args)


async def eventually(holds: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Waits for a condition, with a deadline."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)
