"""The room's frames: parsed strictly, unknown fields ignored. See docs/protocol.md.

Amounts are JSON integers; a boolean, a float, a repeated key or NaN is no frame."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.money import LARGEST_FEN

VERSION = 1
LARGEST_NUMBER = 2**53 - 1
"""The largest integer that every JSON reader keeps exact."""
MAX_BYTES = 16_384
TOKEN = re.compile(r"[0-9A-Za-z-]{8,64}", re.ASCII)


class Malformed(ValueError):
    """Not a frame of this protocol; `what` is wrong with it, and `token` is the client's if one
    could be read. `what`: frame size version type token amount too_large after ping."""

    def __init__(self, what: str = "frame", token: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.token = token


@dataclass(frozen=True, slots=True)
class OfferFrame:
    token: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class JoinFrame:
    token: str


@dataclass(frozen=True, slots=True)
class ResyncFrame:
    after: int


@dataclass(frozen=True, slots=True)
class PingFrame:
    t: float


ClientFrame = OfferFrame | JoinFrame | ResyncFrame | PingFrame


def refuse_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed
    return found


def refuse_constant(_name: str) -> None:
    raise Malformed


def parse_object(text: str | bytes) -> dict[str, Any]:
    """One JSON object in UTF-8 with unlike keys and no NaN. Malformed otherwise."""
    try:
        if isinstance(text, bytes):
            text = text.decode()
        found = json.loads(text, object_pairs_hook=refuse_twins, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise Malformed from None
    if not isinstance(found, dict):
        raise Malformed
    return found


def token_of(values: Mapping[str, Any]) -> str:
    token = values.get("client_token")
    return token if isinstance(token, str) and TOKEN.fullmatch(token) else ""


def is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def parse_offer(values: Mapping[str, Any]) -> OfferFrame:
    """An offer's token and amount. Malformed names the token, so that its sender can be told."""
    token, amount = token_of(values), values.get("amount_fen")
    if not token:
        raise Malformed("token")
    if not isinstance(amount, int) or not is_whole(amount) or amount <= 0:
        raise Malformed("amount", token)
    if amount > LARGEST_FEN:
        raise Malformed("too_large", token)
    return OfferFrame(token, amount)


def parse_join(values: Mapping[str, Any]) -> JoinFrame:
    token = token_of(values)
    if not token:
        raise Malformed("token")
    return JoinFrame(token)


def parse_after(text: str) -> int:
    """The `after` of an address: a number that any JSON reader keeps exact. Malformed otherwise."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_NUMBER))
    if not is_number or int(text) > LARGEST_NUMBER:
        raise Malformed("after")
    return int(text)


def parse_resync(values: Mapping[str, Any]) -> ResyncFrame:
    after = values.get("after")
    if not isinstance(after, int) or not is_whole(after) or after < 0:
        raise Malformed("after")
    return ResyncFrame(after)


def parse_ping(values: Mapping[str, Any]) -> PingFrame:
    t = values.get("t")
    if isinstance(t, bool) or not isinstance(t, int | float) or not abs(t) <= LARGEST_NUMBER:
        raise Malformed("ping")  # 1e999 is an infinity that no answer could carry
    return PingFrame(t)


PARSERS: dict[str, Callable[[Mapping[str, Any]], ClientFrame]] = {
    "offer": parse_offer,
    "join": parse_join,
    "resync": parse_resync,
    "ping": parse_ping,
}


def parse_frame(text: str) -> ClientFrame:
    """Reads a socket frame. Malformed if it is none."""
    values = parse_object(text)
    if not is_whole(values.get("v")) or values["v"] != VERSION:
        raise Malformed("version", token_of(values))
    kind = values.get("type")
    parser = PARSERS.get(kind) if isinstance(kind, str) else None
    if parser is None:
        raise Malformed("type", token_of(values))
    return parser(values)


def encode(frame: Mapping[str, object]) -> str:
    """A frame as text."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
