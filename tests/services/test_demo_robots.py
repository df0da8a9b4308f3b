"""A robot whose server is away for a moment comes back by itself."""

import asyncio
from typing import Any

import pytest

from config.management.demo import robots
from config.management.demo.websocket import Closed, Socket

OVER = '{"type":"events","events":[{"kind":"aborted"}]}'


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
