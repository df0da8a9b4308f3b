"""The room's socket: authenticate, parse, hand over. It never waits for the database while a
frame is being received, so a bidder with an offer in flight goes on reading prices."""

import asyncio
import logging
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings

from accounts.selectors import actor_of, actor_of_session
from audit.clock import system_clock
from bidding import projection, selectors
from bidding.hub import hub
from bidding.protocol import (
    MAX_BYTES,
    ClientFrame,
    JoinFrame,
    Malformed,
    OfferFrame,
    PingFrame,
    ResyncFrame,
    encode,
    parse_frame,
)
from bidding.rules import commands as c
from bidding.sequencer.books import Act, Frame, refused_frame
from bidding.sequencer.committer import sequencer
from kernel.clock import iso_ms
from kernel.errors import NotFound

logger = logging.getLogger(__name__)
SIGNED_OUT, NOT_ALLOWED, NO_ROOM, TOO_LARGE = 4401, 4403, 4404, 4413
RECHECK_SECONDS = 1.0
LARGEST_SEQ = 2**53 - 1


def is_own_origin(scope: dict[str, Any]) -> bool:
    """Whether the page that opened the socket is ours: scheme, host and port, no suffix games.
    Programs that send no Origin carry no browser's cookies by accident."""
    headers = dict(scope.get("headers", ()))
    origin = headers.get(b"origin", b"").decode("latin-1")
    if not origin:
        return True
    if origin in settings.ALLOWED_ORIGINS or origin == settings.PUBLIC_ORIGIN:
        return True
    host = headers.get(b"host", b"").decode("latin-1")
    parts = urlsplit(origin)
    return not settings.IS_PRODUCTION and parts.scheme in {"http", "https"} and parts.netloc == host


class RoomConsumer(AsyncConsumer):
    """One socket in one room."""

    scope: dict[str, Any]

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels' own dispatch hops to the database thread before every message; ours does not,
        because nothing here touches the database on the way in."""
        handler = getattr(self, message["type"].replace(".", "_"), None)
        if handler is not None:
            await handler(message)

    async def send_text(self, text: str) -> None:
        await self.send({"type": "websocket.send", "text": text})

    async def close_with(self, code: int) -> None:
        await self.send({"type": "websocket.close", "code": code})

    # ── opening ─────────────────────────────────────────────────────────────────────────────
    async def websocket_connect(self, _message: dict[str, Any]) -> None:
        self.code = self.scope["url_route"]["kwargs"]["code"]
        self.user_id: int | None = None
        self.session_key = ""
        self.is_joined = False
        self.watcher: asyncio.Task[None] | None = None
        await self.send({"type": "websocket.accept"})
        if not is_own_origin(self.scope):
            await self.close_with(NOT_ALLOWED)
            return
        try:
            seq = await self.introduce()
        except NotFound:
            await self.close_with(NO_ROOM)
            return
        hub().join(self.code, self, seq)
        self.is_joined = True
        await self.answer_resync(self.asked_after())
        if self.user_id is not None:
            self.watcher = asyncio.create_task(self.watch_session())

    def asked_after(self) -> int | None:
        """The `after` of the address; anything that is no number asks for a snapshot."""
        query = self.scope.get("query_string", b"").decode("latin-1")
        for part in query.split("&"):
            name, _equals, value = part.partition("=")
            if name == "after" and value.isascii() and value.isdigit():
                return min(int(value[:18]), LARGEST_SEQ)
        return None

    @sync_to_async
    def introduce(self) -> int:
        """Finds the room and who is there; returns where the room's record stands."""
        room = selectors.access_room(self.code)
        user = self.scope.get("user")
        session = self.scope.get("session")
        actor = actor_of(user)
        if actor.is_signed_in and session is not None:
            self.user_id, self.session_key = actor.user_id, session.session_key or ""
        return room.seq

    async def watch_session(self) -> None:
        """Ends the socket within two seconds of a sign-out or a ban."""
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            if not await self.is_signed_in():
                await self.close_with(SIGNED_OUT)
                return

    @sync_to_async
    def is_signed_in(self) -> bool:
        actor = actor_of_session(self.session_key)
        return actor is not None and actor.user_id == self.user_id

    async def websocket_disconnect(self, _message: dict[str, Any]) -> None:
        if self.is_joined:
            hub().leave(self.code, self)
        if self.watcher is not None:
            self.watcher.cancel()
        raise StopConsumer

    # ── frames ──────────────────────────────────────────────────────────────────────────────
    async def websocket_receive(self, message: dict[str, Any]) -> None:
        text = message.get("text")
        if text is None:
            text = (message.get("bytes") or b"").decode("utf-8", "replace")
        if len(text.encode()) > MAX_BYTES:
            await self.close_with(TOO_LARGE)
            return
        try:
            await self.take(parse_frame(text))
        except Malformed as wrong:
            await self.reply(refused_frame(wrong.token, "malformed", None))

    async def take(self, frame: ClientFrame) -> None:
        match frame:
            case PingFrame(t=t):
                at = iso_ms(system_clock().now())
                await self.send_text(encode({"v": 1, "type": "pong", "t": t, "server_at": at}))
            case ResyncFrame(after=after):
                await self.answer_resync(after)
            case OfferFrame(token=token, amount_fen=fen):
                await self.submit(c.Offer(None, fen), token)
            case JoinFrame(token=token):
                await self.submit(c.Join(None), token)

    async def submit(self, command: c.Command, token: str) -> None:
        """Hands a command to the committer and goes on reading; the answer comes by itself."""
        if self.user_id is None:
            await self.reply(refused_frame(token, "not_seated", None))
            return
        loop = asyncio.get_running_loop()

        def answered(frame: Frame) -> None:
            asyncio.run_coroutine_threadsafe(self.reply(frame), loop)

        act = Act(command, token, self.user_id, self.session_key, reply=answered)
        sequencer.submit(self.code, act)

    async def reply(self, frame: Frame) -> None:
        if frame["type"] == "signed_out":
            await self.close_with(SIGNED_OUT)
            return
        if frame["type"] == "unknown":
            return
        if frame["type"] == "refused":
            frame = {**frame, "message": projection.refusal_message(str(frame["code"]))}
        await self.send_text(encode(frame))

    async def answer_resync(self, after: int | None) -> None:
        """Replays what follows, or a snapshot where that cannot be honoured."""
        await self.send_text(encode(await self.read(after)))

    @sync_to_async
    def read(self, after: int | None) -> dict[str, Any]:
        room = selectors.access_room(self.code)
        now = system_clock().now()
        if after is not None and 0 < after <= room.seq:
            events, more = selectors.list_events(room, after)
            if not more:
                return projection.events_frame(events, after, now)
        seat = None
        if self.user_id is not None:
            seat = selectors.find_seat_of(room, self.user_id)
        book = selectors.read_book(room)
        recent = selectors.list_recent_offers(room)
        return {"type": "snapshot", **projection.snapshot(room, book, seat, now, recent)}
