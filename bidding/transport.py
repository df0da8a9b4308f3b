"""The one place that knows the server. A frame is built once and written to many sockets: on Daphne
straight to the connection, which never waits for a slow reader; elsewhere by plain ASGI send."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

BUDGET_BYTES = 256 * 1024
SCOPE_KEY = "yangguang.protocol"
TEXT_FRAME = 0x81
SHORT, MEDIUM = 126, 1 << 16

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


class Prepared(NamedTuple):
    """A text and the same as one unmasked WebSocket frame (RFC 6455, 5.2)."""

    text: str
    frame: bytes


def prepare(text: str) -> Prepared:
    """Builds the frame once, for as many connections as there are."""
    payload = text.encode()
    size = len(payload)
    if size < SHORT:
        head = bytes((TEXT_FRAME, size))
    elif size < MEDIUM:
        head = bytes((TEXT_FRAME, 126)) + size.to_bytes(2)
    else:
        head = bytes((TEXT_FRAME, 127)) + size.to_bytes(8)
    return Prepared(text, head + payload)


class Pipe:
    """One connection's way out. Every frame to it goes through here, in order, without waiting;
    what its reader does not take is kept up to a budget."""

    def __init__(self, scope: dict[str, Any], send: Send) -> None:
        self.send = send
        self.protocol = scope.get(SCOPE_KEY)
        self.waiting: deque[Message] = deque()
        self.waiting_bytes = 0
        self.draining: asyncio.Task[None] | None = None

    def write(self, prepared: Prepared) -> bool:
        """Writes or queues a frame; False if the reader is too slow to be served."""
        protocol = self.protocol
        if protocol is None:
            return self.queue({"type": "websocket.send", "text": prepared.text})
        if protocol.state != protocol.STATE_OPEN:
            return True  # closing: whoever leaves is told nothing more
        transport = protocol.transport
        if not is_direct(protocol, transport):
            if backlog_of(transport) > BUDGET_BYTES:
                return False
            protocol.sendMessage(prepared.text.encode(), False)
            return True
        return write_direct(transport, prepared.frame)

    def close(self, code: int) -> None:
        """Says goodbye after whatever waits."""
        if self.protocol is None:
            self.queue({"type": "websocket.close", "code": code})
        else:
            self.protocol.sendClose(code)

    # ── plain ASGI ──────────────────────────────────────────────────────────────────────────
    def queue(self, message: Message) -> bool:
        self.waiting_bytes += len(message.get("text", ""))
        if self.waiting_bytes > BUDGET_BYTES and message["type"] == "websocket.send":
            return False
        self.waiting.append(message)
        if self.draining is None or self.draining.done():
            self.draining = asyncio.get_running_loop().create_task(self.drain())
        return True

    async def drain(self) -> None:
        while self.waiting:
            message = self.waiting.popleft()
            await self.send(message)
            self.waiting_bytes -= len(message.get("text", ""))

    def end(self) -> None:
        """The connection is gone: nothing more will be sent."""
        self.waiting.clear()
        if self.draining is not None:
            self.draining.cancel()


def is_direct(protocol: Any, transport: Any) -> bool:
    """Whether Daphne's inside is as we expect: an open socket on plain TCP, uncompressed."""
    return (
        getattr(protocol, "_perMessageCompress", None) is None
        and hasattr(transport, "socket")
        and hasattr(transport, "_tempDataBuffer")
        and transport.connected
        and not transport.disconnecting
    )


def backlog_of(transport: Any) -> int:
    """Bytes that wait inside a transport of Twisted's, through whatever encrypts on top of it."""
    waiting = 0
    while transport is not None:
        waiting += len(getattr(transport, "dataBuffer", b"")) - getattr(transport, "offset", 0)
        waiting += getattr(transport, "_tempDataLen", 0)
        waiting += sum(map(len, getattr(transport, "_appSendBuffer", ())))
        transport = getattr(transport, "transport", None)
    return waiting


def write_direct(transport: Any, frame: bytes) -> bool:
    """Sends on the handle when nothing is queued, and queues only the rest."""
    backlog = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
    if backlog > BUDGET_BYTES:
        return False
    sent = 0
    if not backlog:
        try:
            sent = transport.socket.send(frame)
        except BlockingIOError:
            sent = 0
        except OSError:
            return True  # the reactor notices by itself that this connection is gone
    if sent < len(frame):
        transport.write(frame[sent:] if sent else frame)
    return True
