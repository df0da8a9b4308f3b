"""The room's socket: authenticate, parse, hand over. It never waits for the database while an
offer is being received, so a bidder with one in flight goes on reading prices.

A bare ASGI application: what Channels' consumers add (a mailbox on the layer, a hop to the database
thread before every message) is what a room must not pay."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error
from django.http import parse_cookie
from django.utils import translation

from accounts.selectors import actor_of_session, is_nobodys_session
from bidding import projection, selectors
from bidding.hub import SIGNED_OUT, SLOW_READER, RoomFeed, hub
from bidding.limits import (
    RESYNC_COST,
    SOCKET_MOST,
    SOCKET_PER_SECOND,
    Bucket,
    Sender,
    doors,
    sender_of,
)
from bidding.permissions import is_own_origin
from bidding.protocol import (
    MAX_BYTES,
    ClientFrame,
    JoinFrame,
    Malformed,
    OfferFrame,
    PingFrame,
    ResyncFrame,
    encode,
    parse_after,
    parse_frame,
)
from bidding.rules import commands as c
from bidding.sequencer import pulse
from bidding.sequencer.books import Act, Frame, refused_frame
from bidding.sequencer.committer import sequencer
from bidding.sequencer.store import healing
from bidding.transport import Message, Pipe, Send, prepare
from kernel.clock import iso_ms
from kernel.errors import NotFound

logger = logging.getLogger(__name__)
NOT_ALLOWED, NO_ROOM, TOO_LARGE, TOO_MANY = 4403, 4404, 4413, 4429
INTERNAL_ERROR = 1011
Receive = Callable[[], Awaitable[Message]]


class SignedOut(Exception):
    """The cookie names a session that is over."""


async def room_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """The ASGI application of `/ws/rooms/<code>/`."""
    await RoomSocket(scope, send).serve(receive)


async def nowhere(_scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answers a socket's address that is none: without it every such knock is a server's error."""
    await receive()  # websocket.connect
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": NO_ROOM})


class RoomSocket:
    """One socket in one room."""

    def __init__(self, scope: dict[str, Any], send: Send) -> None:
        self.headers: dict[bytes, bytes] = dict(scope.get("headers", ()))
        self.query: bytes = scope.get("query_string", b"")
        self.code: str = scope["url_route"]["kwargs"]["code"]
        self.is_secure = scope.get("scheme") == "wss"
        self.send = send
        self.pipe = Pipe(scope, send)
        self.seq = 0
        self.user_id: int | None = None
        self.session_key = ""
        self.language = settings.LANGUAGE_CODE
        self.feed: RoomFeed | None = None
        self.sender: Sender | None = None
        self.allowance = Bucket(SOCKET_MOST, SOCKET_PER_SECOND)
        self.address = self.peer(scope.get("client"))
        self.is_over = False
        self.wanted: int | None = None
        self.resyncing: asyncio.Task[None] | None = None

    def peer(self, client: Sequence[Any] | None) -> str:
        """Whose socket it is; behind our proxy, the address which that proxy wrote last."""
        forwarded = self.header(b"x-forwarded-for").rpartition(",")[2].strip()
        if settings.BEHIND_PROXY and forwarded:
            return forwarded
        return str(client[0]) if client else ""

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    # ── opening ─────────────────────────────────────────────────────────────────────────────
    async def serve(self, receive: Receive) -> None:
        await receive()  # websocket.connect
        # Accept first, then close: before it a client sees nothing but HTTP 403.
        await self.send({"type": "websocket.accept"})
        is_in = doors.enter(self.address, settings.ROOM_SOCKETS_PER_ADDRESS)
        try:
            code = await self.open() if is_in else TOO_MANY
            if code is not None:
                self.end(code)
            while (message := await receive())["type"] != "websocket.disconnect":
                if not self.is_over:
                    await self.receive(message)
        finally:
            if self.resyncing is not None:
                self.resyncing.cancel()
            if is_in:
                doors.leave(self.address)
            hub().leave(self.code, self)
            self.pipe.end()

    def end(self, code: int) -> None:
        """Says goodbye; what still comes in is not heard."""
        logger.info("socket refused", extra={"room": self.code, "close": code})
        self.is_over = True
        hub().leave(self.code, self)
        self.pipe.close(code)

    async def open(self) -> int | None:
        """Finds out who is there and answers the first question; a close code if it may not."""
        origin, host = self.header(b"origin"), self.header(b"host")
        scheme = "https" if self.is_secure else "http"
        if origin and not is_own_origin(origin, host, scheme):
            return NOT_ALLOWED
        try:
            seq = await self.introduce()
        except NotFound:
            return NO_ROOM
        except SignedOut:
            return SIGNED_OUT
        # Who speaks for somebody says from where, as over HTTP; to watch, no one has to.
        if self.user_id is not None and not origin:
            return NOT_ALLOWED
        self.feed = hub().arrive(self.code, self, seq)
        await self.answer_resync(self.asked_after())
        return None

    def asked(self, name: str) -> str:
        """A value of the address's query."""
        parts = (part.partition("=") for part in self.query.decode("latin-1").split("&"))
        return next((value for found, _equals, value in parts if found == name), "")

    def asked_after(self) -> int | None:
        """The `after` of the address; anything that is no number asks for a snapshot."""
        try:
            return parse_after(self.asked("after"))
        except Malformed:
            return None

    @sync_to_async
    @healing
    def introduce(self) -> int:
        """Finds the room and who is there; returns where the room's record stands."""
        room = selectors.access_room(self.code)
        cookies = parse_cookie(self.header(b"cookie"))
        key = cookies.get(settings.SESSION_COOKIE_NAME, "")
        self.language = language_of(cookies, self.header(b"accept-language"))
        if self.asked("watch") == "1":
            return room.seq  # who only watches is nobody, whatever the cookie says
        actor = actor_of_session(key) if key else None
        if actor is not None:
            self.user_id, self.session_key = actor.user_id, key
            self.sender = sender_of(key)
        elif key and not is_nobodys_session(key):
            raise SignedOut
        return room.seq

    # ── frames ──────────────────────────────────────────────────────────────────────────────
    async def receive(self, message: Message) -> None:
        text = message.get("text")
        size = len(message.get("bytes") or b"") if text is None else len(text.encode())
        if size > MAX_BYTES:
            self.end(TOO_LARGE)
            return
        try:
            await self.take(parse_frame(text or ""))
        except Malformed as wrong:
            if not self.afford(1):
                return
            logger.info("malformed frame", extra={"room": self.code, "what": wrong.what})
            with translation.override(self.language):
                said = projection.malformed_message(wrong.what)
            self.write({**refused_frame(wrong.token, "malformed", None), "message": said})

    async def take(self, frame: ClientFrame) -> None:
        match frame:
            case PingFrame(t=t) if self.afford(1):
                at = iso_ms(pulse.shown_now())
                self.write({"v": 1, "type": "pong", "t": t, "server_at": at})
            case ResyncFrame(after=after) if self.afford(RESYNC_COST):
                self.resync(after)
            case OfferFrame(token=token, amount_fen=fen):
                self.submit(c.Offer(None, fen), token)
            case JoinFrame(token=token):
                self.submit(c.Join(None), token)

    def afford(self, cost: float) -> bool:
        """Pays for a frame that moves no room; who asks too much of the house has to leave."""
        if self.allowance.take(cost):
            return True
        logger.info("too many frames", extra={"room": self.code})
        self.end(TOO_MANY)
        return False

    def submit(self, command: c.Command, token: str) -> None:
        """Hands a command to the committer and goes on reading; the answer comes by itself."""
        sender = self.sender
        if sender is None:
            if self.afford(1):
                self.deliver(refused_frame(token, "not_seated", None))
            return
        if not sender.admit():
            self.deliver(refused_frame(token, "too_fast", None))
            return
        found = hub()

        def answered(frame: Frame) -> None:
            sender.answered(frame.get("type"))
            found.answer(self, frame)

        sequencer.submit(self.code, Act(command, token, self.user_id, self.session_key, answered))

    def deliver(self, frame: Frame) -> None:
        """Sends an answer. One that is unknown is not sent: the client asks again by its token."""
        kind = frame["type"]
        if kind == "signed_out":
            self.end(SIGNED_OUT)
        elif kind == "refused":
            with translation.override(self.language):
                message = projection.refusal_message(str(frame["code"]))
            self.write({**frame, "message": message})
        elif kind != "unknown":
            self.write(frame)

    def write(self, frame: Frame) -> None:
        if not self.pipe.write(prepare(encode(frame))):
            self.end(SLOW_READER)

    def resync(self, after: int) -> None:
        """Answers beside the reading, so that a flood is noticed as it comes; of those that come
        meanwhile the last one counts."""
        self.wanted = after
        if self.resyncing is None or self.resyncing.done():
            self.resyncing = asyncio.get_running_loop().create_task(self.answer_wanted())

    async def answer_wanted(self) -> None:
        while (after := self.wanted) is not None and not self.is_over:
            self.wanted = None
            try:
                await self.answer_resync(after)
            except Error:
                logger.warning("a resync could not be answered", extra={"room": self.code})
                self.end(INTERNAL_ERROR)

    async def answer_resync(self, after: int | None) -> None:
        """Replays what follows, or a snapshot where that cannot be honoured; then goes on from
        there without a gap or a repetition."""
        if self.feed is None:
            return
        hub().arrive(self.code, self, self.feed.seq)
        frame = await self.read(after)
        self.write(frame)
        await hub().enter(self.feed, self, int(frame["seq"]))

    @sync_to_async
    @healing
    def read(self, after: int | None) -> dict[str, Any]:
        room = selectors.access_room(self.code)
        at = pulse.shown_now()
        if after is not None and room.seq - selectors.PAGE <= after <= room.seq:
            events, more = selectors.list_events(room, after)
            if not more:
                return projection.events_frame(events, after, at)
        seat = selectors.find_seat_of(room, self.user_id) if self.user_id is not None else None
        book = selectors.read_book(room)
        shown = projection.snapshot(room, book, seat, at, list(book.offers))
        return {"type": "snapshot", **shown}


def language_of(cookies: dict[str, str], accepted: str) -> str:
    """The reader's language: what they chose, what their browser asks for, or Chinese."""
    wanted = [cookies.get(settings.LANGUAGE_COOKIE_NAME, "")]
    wanted += [part.partition(";")[0].strip() for part in accepted.split(",")]
    for code in wanted:
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
