"""The hash chain: canonical bodies, the entry's hash, linking. Pure; the verifier repeats it.

`hash` is the RFC 9162 leaf hash of the entry, so the chain and the tree stand on the same value.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import NamedTuple

from kernel.clock import iso_ms

MAX_INTEGER = 2**53 - 1
HASH_BYTES = 32
ZERO = bytes(HASH_BYTES)
LEAF_PREFIX = b"\x00"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
OWN_IDEM = "seq:"
SINGLE = frozenset({str, bool, type(None)})
ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
STREAM_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,118}[A-Za-z0-9]")

Body = dict[str, object]


class Head(NamedTuple):
    """Where a stream stands: its last number and that entry's hash."""

    seq: int
    hash: bytes


GENESIS = Head(0, ZERO)


@dataclass(frozen=True, slots=True)
class Draft:
    """What shall be appended; an empty `idem` becomes the entry's own number."""

    kind: str
    body: Mapping[str, object]
    idem: str = ""


class Link(NamedTuple):
    """An entry with its place in the chain. `body` is the text exactly as hashed."""

    stream: str
    seq: int
    kind: str
    at: datetime
    idem: str
    body: str
    body_hash: bytes
    prev: bytes
    hash: bytes


def canonical(body: Mapping[str, object]) -> str:
    """Returns the RFC 8785 text of the body. ValueError names what the ledger cannot hold."""
    check_value(body, "body")
    text = ENCODER.encode(body)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError("body: half of a surrogate pair is no text") from error
    return text


def check_value(value: object, where: str) -> None:
    """Refuses floats, big integers, foreign keys and every other type. ValueError; `where` is the
    nearest key."""
    if type(value) is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise ValueError(f"{where}: the key {key!r} is not ASCII text")
            if type(item) is not str:
                check_value(item, key)
    elif type(value) is list:
        for item in value:
            check_value(item, where)
    else:
        check_single(value, where)


def check_single(value: object, where: str) -> None:
    if type(value) is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ValueError(f"{where}: {value} is beyond ±(2^53−1)")
    elif type(value) not in SINGLE:
        raise ValueError(f"{where}: a {type(value).__name__} has no place in the ledger")


def plain(value: object) -> object:
    """Turns an event's value into what `canonical` takes: instants and dates become ISO text,
    enumerations their value, tuples lists, dataclasses dicts. Anything else passes unchanged."""
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime):
        return iso_ms(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    return value


def microseconds(at: datetime) -> int:
    """Returns the instant as whole microseconds since 1970. ValueError if naive."""
    if at.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return (at - EPOCH) // MICROSECOND


def entry_hash(
    *, prev: bytes, seq: int, at: datetime, names: tuple[str, str, str], body_hash: bytes
) -> bytes:
    """Returns SHA-256(0x00 ‖ prev ‖ u64 seq ‖ u64 at_µs ‖ (u32 length ‖ text) of stream, kind and
    idem ‖ SHA-256(body)), all numbers big-endian."""
    parts = [LEAF_PREFIX, prev, seq.to_bytes(8), microseconds(at).to_bytes(8)]
    for name in names:
        encoded = name.encode()
        parts += (len(encoded).to_bytes(4), encoded)
    parts.append(body_hash)
    return sha256(b"".join(parts)).digest()


def link(head: Head, stream: str, draft: Draft, at: datetime) -> Link:
    """Returns the entry that follows `head`. ValueError if it cannot be held."""
    if not STREAM_NAME.fullmatch(stream):
        raise ValueError(f"{stream!r} is no stream's name")
    if not draft.kind or draft.idem.startswith(OWN_IDEM):
        raise ValueError("an entry needs a kind, and an idem that is not of the ledger's own form")
    if at.microsecond % 1000:
        raise ValueError(f"{at} is not cut to whole milliseconds")
    seq = head.seq + 1
    idem = draft.idem or f"{OWN_IDEM}{seq}"
    body = canonical(draft.body if type(draft.body) is dict else dict(draft.body))
    body_hash = sha256(body.encode()).digest()
    own = entry_hash(
        prev=head.hash, seq=seq, at=at, names=(stream, draft.kind, idem), body_hash=body_hash
    )
    return Link(stream, seq, draft.kind, at, idem, body, body_hash, head.hash, own)


def extend(stream: str, head: Head, drafts: Iterable[Draft], at: datetime) -> list[Link]:
    """Returns the entries, in order, that follow `head` at one instant."""
    links: list[Link] = []
    for draft in drafts:
        links.append(link(head, stream, draft, at))
        head = Head(links[-1].seq, links[-1].hash)
    return links


def first_fault(entry: Link, before: Head) -> str | None:
    """Recomputes an entry that was read back: returns the first field that does not hold (seq,
    prev, body_hash, hash), or None. A hash cannot say which value inside a body changed."""
    if entry.seq != before.seq + 1:
        return "seq"
    if entry.prev != before.hash:
        return "prev"
    if sha256(entry.body.encode()).digest() != entry.body_hash:
        return "body_hash"
    names = (entry.stream, entry.kind, entry.idem)
    own = entry_hash(
        prev=entry.prev, seq=entry.seq, at=entry.at, names=names, body_hash=entry.body_hash
    )
    return None if own == entry.hash else "hash"
