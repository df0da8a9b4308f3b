"""The one place that knows the server. A frame is written to many sockets: on Daphne the text goes
straight to the protocol, which never waits for a slow reader; elsewhere by plain ASGI send."""

from typing import Any, Protocol

BUDGET_BYTES = 256 * 1024
SCOPE_KEY = "yangguang.protocol"


class Sender(Protocol):
    """What the hub needs of a consumer."""

    scope: dict[str, Any]

    async def send_text(self, text: str) -> None: ...


def backlog(protocol: Any) -> int:
    """Bytes that this connection's reader has not taken yet."""
    transport = protocol.transport
    waiting = getattr(transport, "dataBuffer", b"")
    pieces = getattr(transport, "_tempDataBuffer", ())
    offset = getattr(transport, "offset", 0)
    return len(waiting) - offset + sum(map(len, pieces))


def write(sender: Sender, payload: bytes) -> bool | None:
    """Writes a frame at once. True: written; False: the reader is too slow; None: no fast path."""
    protocol = sender.scope.get(SCOPE_KEY)
    if protocol is None or getattr(protocol, "transport", None) is None:
        return None
    if backlog(protocol) > BUDGET_BYTES:
        return False
    protocol.sendMessage(payload, False)
    return True
