"""The client's side of a WebSocket (RFC 6455), as little of it as the demo's robots need."""

import asyncio
import os
from base64 import b64encode
from collections.abc import Mapping

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
OPENED = b" 101 "


class Closed(Exception):
    """The connection is over."""


class Socket:
    """One connection; `receive` answers pings by itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, host: str, port: int, path: str, headers: Mapping[str, str]) -> "Socket":
        """Connects and shakes hands. Closed if the server does not want to."""
        reader, writer = await asyncio.open_connection(host, port)
        fixed = {
            "Host": f"{host}:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
        }
        lines = [f"GET {path} HTTP/1.1", *(f"{k}: {v}" for k, v in {**fixed, **headers}.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        try:
            answer = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            raise Closed from None
        if OPENED not in answer.split(b"\r\n")[0]:
            raise Closed
        return cls(reader, writer)

    async def receive(self) -> str:
        """The next text. Closed when there will be none."""
        try:
            while True:
                kind, payload = await self.read_frame()
                if kind == TEXT:
                    return payload.decode()
                if kind == PING:
                    self.write_frame(PONG, payload)
                if kind == CLOSE:
                    raise Closed
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Closed from None

    async def read_frame(self) -> tuple[int, bytes]:
        """One frame of the server: unmasked, in one piece."""
        first, size = await self.reader.readexactly(2)
        if size in {126, 127}:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8))
        return first & 0x0F, await self.reader.readexactly(size)

    def send(self, text: str) -> None:
        self.write_frame(TEXT, text.encode())

    def write_frame(self, kind: int, payload: bytes) -> None:
        """One masked frame, up to 64 kB."""
        size = len(payload)
        head = bytes([0x80 | kind, 0x80 | size] if size < 126 else [0x80 | kind, 0xFE])
        if size >= 126:
            head += size.to_bytes(2)
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self.writer.write(head + mask + masked)

    def close(self) -> None:
        self.writer.close()
