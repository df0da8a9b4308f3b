"""The exported ledger as an outsider reads it: rows, chain, tree, signatures. Imports nothing of
the product: what it checks is written here a second time, from the published format."""

import json
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEY_ID_BYTES = 4


@dataclass(frozen=True)
class Row:
    """One row of the ledger, as the database or the bundle gave it."""

    stream: str
    seq: int
    kind: str
    at: datetime
    idem: str
    body: str
    body_hash: bytes
    prev: bytes
    hash: bytes
    leaf: int | None = None

    @property
    def values(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def token(self) -> str:
        return self.idem.partition(":")[2]


@dataclass(frozen=True)
class Bundle:
    """What an auditor is handed: the rows, the signed roots, and the keys he keeps himself."""

    rows: list[Row]
    notes: list[str] = field(default_factory=list)
    keys: dict[str, Any] = field(default_factory=dict)


def read_bundle(path: Path, keys: Path) -> Bundle:
    """Reads an exported bundle; the bodies are kept exactly as they were hashed."""
    with ZipFile(path) as archive:
        lines = archive.read("entries.jsonl").decode().splitlines()
        names = [name for name in archive.namelist() if name.startswith("checkpoints/")]
        notes = [archive.read(name).decode() for name in sorted(names)]
    return Bundle([row_of(line) for line in lines], notes, json.loads(keys.read_text()))


def row_of(line: str) -> Row:
    found = json.loads(line)
    body = json.dumps(found["body"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    at = datetime.fromisoformat(found["at"]).astimezone(UTC)
    place = (found["stream"], found["seq"], found["kind"], at, found["idem"], body)
    hashes = (bytes.fromhex(found[name]) for name in ("body_hash", "prev", "hash"))
    return Row(*place, *hashes, found["leaf"])


# ── the chain ─────────────────────────────────────────────────────────────────────────────────


def entry_hash(row: Row) -> bytes:
    """SHA-256(0x00 ‖ prev ‖ seq ‖ at ‖ stream, kind, idem with lengths ‖ SHA-256(body))."""
    micros = (row.at - EPOCH) // timedelta(microseconds=1)
    parts = [b"\0", row.prev, row.seq.to_bytes(8, "big"), micros.to_bytes(8, "big")]
    for text in (row.stream, row.kind, row.idem):
        parts += [len(text.encode()).to_bytes(4, "big"), text.encode()]
    return sha256(b"".join([*parts, sha256(row.body.encode()).digest()])).digest()


def broken_chains(rows: list[Row]) -> Iterator[str]:
    """(d) Numbers without gaps, each entry bound to the one before, each hash its own; an entry is
    never dated before the one it follows."""
    heads: dict[str, tuple[int, bytes, datetime]] = {}
    for row in sorted(rows, key=lambda row: (row.stream, row.seq)):
        seq, head, at = heads.get(row.stream, (0, bytes(32), EPOCH))
        if row.seq != seq + 1:
            yield f"gap: {row.stream} goes from {seq} to {row.seq}"
        elif row.prev != head:
            yield f"unbound: {row.stream}#{row.seq} does not follow the entry before"
        if row.body_hash != sha256(row.body.encode()).digest() or row.hash != entry_hash(row):
            yield f"altered: {row.stream}#{row.seq} does not have its own hash"
        if row.at < at and row.stream.startswith("room/"):
            yield f"turned back: {row.stream}#{row.seq} is dated before the entry it follows"
        heads[row.stream] = (row.seq, row.hash, row.at)


# ── the tree ──────────────────────────────────────────────────────────────────────────────────


def root_of(leaves: Sequence[bytes], sizes: set[int]) -> dict[int, bytes]:
    """The RFC 9162 roots of the tree's first so many leaves, for each size."""

    @cache
    def subtree(start: int, end: int) -> bytes:
        width = end - start
        if width == 1:
            return leaves[start]
        middle = start + (1 << (width - 1).bit_length() - 1)
        return sha256(b"\x01" + subtree(start, middle) + subtree(middle, end)).digest()

    return {size: subtree(0, size) if size else sha256(b"").digest() for size in sizes}


def broken_trees(bundle: Bundle) -> Iterator[str]:
    """(d) Every entry has one place in the tree, and every signed root is that of the entries."""
    placed = {row.leaf: row for row in bundle.rows if row.leaf is not None}
    if len(placed) != len(bundle.rows) or set(placed) != set(range(len(placed))):
        yield f"unplaced: {len(bundle.rows)} entries, {len(placed)} places in the tree"
        return
    leaves = [placed[place].hash for place in range(len(placed))]
    signed = dict[int, bytes]()
    for note in bundle.notes:
        try:
            size, root = open_note(note, bundle.keys)
        except (ValueError, InvalidSignature):
            yield f"unsigned: a checkpoint bears no trusted signature: {note.splitlines()[:2]}"
            continue
        signed[size] = root
    newest = max(signed, default=0)
    if newest < len(leaves):
        yield f"unproven: {len(leaves)} entries, the newest signed root is of {newest}"
        return
    within = {size for size in signed if size <= len(leaves)}
    for size, root in root_of(leaves, within).items():
        if signed[size] != root:
            yield f"another tree: the signed root of {size} entries is not theirs"


def open_note(note: str, keys: dict[str, Any]) -> tuple[int, bytes]:
    """Size and root of a checkpoint that a trusted log key signed. ValueError, InvalidSignature."""
    text, _gap, lines = note.rpartition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    if origin != keys["origin"]:
        raise ValueError("another log's checkpoint")
    known = {name: (key_id, key) for name, key_id, key in public_keys(keys, "log")}
    for line in lines.splitlines():
        name, _space, encoded = line.removeprefix("— ").partition(" ")
        signature = b64decode(encoded)
        if name in known and signature[:KEY_ID_BYTES] == known[name][0]:
            known[name][1].verify(signature[KEY_ID_BYTES:], text.encode())
            return int(size), b64decode(root)
    raise ValueError("no trusted signature")


def public_keys(keys: dict[str, Any], role: str) -> Iterator[tuple[str, bytes, Ed25519PublicKey]]:
    for row in keys.get("keys", ()):
        if row["role"] == role:
            name, key_id, encoded = row["vkey"].split("+", 2)
            raw = b64decode(encoded)[1:]
            yield name, bytes.fromhex(key_id), Ed25519PublicKey.from_public_bytes(raw)


def is_receipt(signature: str, entry: str, keys: dict[str, Any]) -> bool:
    """Whether a receipt key signed that entry's hash."""
    for _name, _key_id, key in public_keys(keys, "receipt"):
        try:
            key.verify(b64decode(signature), bytes.fromhex(entry))
        except (InvalidSignature, ValueError):
            continue
        return True
    return False
