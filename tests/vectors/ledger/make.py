"""Makes bundles.json: whole, filtered and tampered bundles, each with what a verifier must answer.

Written from the definitions (the chain's hash, RFC 9162 §2.1, C2SP notes) and on purpose without a
line of the project, so that it can disagree with it. `python make.py` writes the file anew; a test
holds the file to it.
"""

import hashlib
import json
import struct
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ORIGIN = "sunny/log"
CHINA = timezone(timedelta(hours=8))
START = datetime(2026, 4, 21, 10, 3, 30, tzinfo=CHINA)
MADE_AT = "2026-05-01T09:00:00.000+08:00"
ROOM = "room/ABCDEFGH"
Row = dict[str, Any]
Files = dict[str, str | None]


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# ── rows ──────────────────────────────────────────────────────────────────────────────────────


def chained(row: Row) -> Row:
    """Fills in body_hash and hash from everything else."""
    row["body_hash"] = sha(canonical(row["body"])).hex()
    return rehashed(row)


def rehashed(row: Row) -> Row:
    """Fills in hash alone."""
    micros = round(datetime.fromisoformat(row["at"]).timestamp() * 1000) * 1000
    texts = b""
    for name in ("stream", "kind", "idem"):
        encoded = row[name].encode()
        texts += struct.pack(">I", len(encoded)) + encoded
    fixed = struct.pack(">QQ", row["seq"], micros)
    body_hash = bytes.fromhex(row["body_hash"])
    row["hash"] = sha(b"\0", bytes.fromhex(row["prev"]), fixed, texts, body_hash).hex()
    return row


def entry(stream: str, seq: int, kind: str, body: Row, *, prev: str, leaf: int) -> Row:
    at = (START + timedelta(seconds=leaf)).isoformat(timespec="milliseconds")
    head = {"stream": stream, "seq": seq, "kind": kind, "at": at, "idem": f"seq:{seq}"}
    row = {**head, "body": body, "body_hash": "", "prev": prev, "hash": "", "leaf": leaf}
    return chained(row)


def history() -> list[Row]:
    """Fourteen entries of four streams, by leaf."""
    plan: list[tuple[str, str, Row]] = [
        ("lot/L1", "trading.lot_published", {"actor": "u:CLERK", "title": "城东地块"}),
        (ROOM, "opened", {"actor": "system", "phase": "free"}),
    ]
    for index in range(6):
        offer = {"actor": "u:ALICE", "plate": "K27", "amount_fen": 8_000_000_000 + index * 100}
        plan.append((ROOM, "offer_placed", offer))
    plan += [
        (f"{ROOM}/sealed", "refused", {"actor": "u:BOB", "code": "off_step", "amount_fen": 5}),
        (ROOM, "closed", {"actor": "system", "ends_at": "2026-04-21T10:20:00.000+08:00"}),
        (ROOM, "hammered", {"actor": "system", "plate": "K27", "price_fen": 8_000_000_500}),
        ("lot/L1", "trading.lot_awarded", {"actor": "system", "rate": "28.33", "flags": [True]}),
        ("account/7", "trading.refund_fell_due", {"actor": "system", "amount_fen": 4_000_000}),
    ]
    rows: list[Row] = []
    ends: dict[str, Row] = {}
    for leaf, (stream, kind, body) in enumerate(plan):
        before = ends.get(stream)
        seq, prev = (before["seq"] + 1, before["hash"]) if before else (1, "0" * 64)
        ends[stream] = entry(stream, seq, kind, body, prev=prev, leaf=leaf)
        rows.append(ends[stream])
    return rows


# ── tree and keys ─────────────────────────────────────────────────────────────────────────────


def below(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 §2.1.1; the leaves are hashed already."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = below(len(leaves))
    return sha(b"\1", root(leaves[:k]), root(leaves[k:]))


def path(place: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 9162 §2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = below(len(leaves))
    if place < k:
        return [*path(place, leaves[:k]), root(leaves[k:])]
    return [*path(place - k, leaves[k:]), root(leaves[:k])]


class Key:
    def __init__(self, name: str, seed: int) -> None:
        self.name, self.private = name, Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32))
        self.public = b"\1" + self.private.public_key().public_bytes_raw()
        self.key_id = sha(name.encode(), b"\n", self.public)[:4]

    def row(self, role: str, **limits: str | None) -> Row:
        vkey = f"{self.name}+{self.key_id.hex()}+{b64encode(self.public).decode()}"
        limits = {"from": "2026-01-01T00:00:00.000+08:00", "until": None, **limits}
        return {"name": self.name, "role": role, "vkey": vkey, **limits}

    def sign(self, text: str) -> str:
        signature = b64encode(self.key_id + self.private.sign(text.encode())).decode()
        return f"{text}\n— {self.name} {signature}\n"


LOG, RECEIPT, STRANGER = Key("sunny/log", 1), Key("sunny/receipt", 2), Key("sunny/log", 3)


def trusted(*rows: Row, attested: bool = True) -> Row:
    keys = rows or (LOG.row("log"), RECEIPT.row("receipt"))
    return {"v": 1, "origin": ORIGIN, "attested": attested, "keys": list(keys)}


def checkpoint(leaves: list[bytes], *, key: Key = LOG, origin: str = ORIGIN) -> str:
    text = f"{origin}\n{len(leaves)}\n{b64encode(root(leaves)).decode()}\n"
    return key.sign(text)


def hashes(rows: list[Row]) -> list[bytes]:
    return [bytes.fromhex(row["hash"]) for row in sorted(rows, key=lambda row: row["leaf"])]


# ── bundles ───────────────────────────────────────────────────────────────────────────────────


def in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["stream"], row["seq"]))


def ends_of(rows: list[Row]) -> Row:
    found: Row = {}
    for row in rows:
        ends = found.setdefault(row["stream"], {"first_seq": row["seq"]})
        ends |= {"last_seq": row["seq"], "head": row["hash"]}
    return found


def lines(items: list[Any]) -> str:
    return "".join(f"{compact(item)}\n" for item in items)


def manifest_of(rows: list[Row], tree: list[bytes], asked: Row, *, complete: bool) -> Row:
    amounts = (row["body"].get("amount_fen", 0) for row in rows)
    streams = ends_of(rows)
    return {
        "v": 1,
        "origin": ORIGIN,
        "made_at": MADE_AT,
        "filter": asked,
        "complete": complete,
        "counts": {"entries": len(rows), "streams": len(streams)},
        "sum_fen": sum(amounts),
        "streams": streams,
        "size": len(tree),
        "root": root(tree).hex(),
    }


def proofs_of(rows: list[Row], tree: list[bytes]) -> list[Row]:
    return [
        {
            "leaf": row["leaf"],
            "size": len(tree),
            "path": [item.hex() for item in path(row["leaf"], tree)],
        }
        for row in rows
    ]


def promise(before: list[Row], chosen: list[Row], asked: Row) -> Row:
    """The ledger's entry about an export, appended to `before`."""
    digest = sha(canonical(ends_of(chosen))).hex()
    body = {
        "actor": "u:AUDITOR",
        "filter": asked,
        "is_complete": True,
        "streams_sha256": digest,
    }
    noted = [row for row in before if row["stream"] == "audit/exports"]
    seq, prev = (len(noted) + 1, noted[-1]["hash"]) if noted else (1, "0" * 64)
    kind = "audit.bundle_exported"
    return entry("audit/exports", seq, kind, body, prev=prev, leaf=len(before))


def whole(rows: list[Row], names: list[str], asked: Row | None = None) -> Files:
    """Whole streams, proved one by one."""
    asked = asked or {"streams": names}
    chosen = in_order([row for row in rows if row["stream"] in names])
    noted = promise(rows, chosen, asked)
    tree = hashes([*rows, noted])
    note = {"entry": noted, "proof": proofs_of([noted], tree)[0], "streams": ends_of(chosen)}
    return {
        "entries.jsonl": lines(chosen),
        "proofs.jsonl": lines(proofs_of(chosen, tree)),
        "attestation.json": f"{compact(note)}\n",
        "checkpoints/new.txt": checkpoint(tree),
        "manifest.json": compact(manifest_of(chosen, tree, asked, complete=True)),
    }


def everything(rows: list[Row]) -> Files:
    """The whole tree: no proofs, an older checkpoint beside the newest."""
    asked = {"all": True}
    noted = promise(rows, in_order(rows), asked)
    every = in_order([*rows, noted])
    tree = hashes(every)
    proof = proofs_of([noted], tree)[0]
    note = {"entry": noted, "proof": proof, "streams": ends_of(in_order(rows))}
    return {
        "entries.jsonl": lines(every),
        "attestation.json": f"{compact(note)}\n",
        "checkpoints/new.txt": checkpoint(tree),
        "checkpoints/old.txt": checkpoint(tree[:5]),
        "manifest.json": compact(manifest_of(every, tree, asked, complete=True)),
    }


def filtered(rows: list[Row]) -> Files:
    chosen = [row for row in in_order(rows) if row["seq"] in {2, 3, 7}]
    tree = hashes(rows)
    return {
        "entries.jsonl": lines(chosen),
        "proofs.jsonl": lines(proofs_of(chosen, tree)),
        "checkpoints/new.txt": checkpoint(tree),
        "manifest.json": compact(manifest_of(chosen, tree, {"seq": "some"}, complete=False)),
    }


# ── changing them ─────────────────────────────────────────────────────────────────────────────


def rows_in(files: Files) -> list[Row]:
    return [json.loads(line) for line in str(files["entries.jsonl"]).splitlines()]


def with_rows(files: Files, change: Callable[[list[Row]], object]) -> Files:
    rows = rows_in(files)
    change(rows)
    return {**files, "entries.jsonl": lines(rows)}


def with_json(files: Files, name: str, change: Callable[[Row], object]) -> Files:
    found = json.loads(str(files[name]))
    change(found)
    return {**files, name: compact(found)}


def with_text(files: Files, name: str, old: str, new: str) -> Files:
    text = str(files[name])
    if text.count(old) < 1:
        raise ValueError(f"{name} has no {old}")
    return {**files, name: text.replace(old, new, 1)}


def refit(files: Files, rows: list[Row]) -> Files:
    """New rows with counts, sums and heads to match: what a careful forger writes."""

    def fit(manifest: Row) -> None:
        fresh = manifest_of(rows, [], {}, complete=True)
        manifest |= {name: fresh[name] for name in ("counts", "sum_fen", "streams")}

    return with_json({**files, "entries.jsonl": lines(rows)}, "manifest.json", fit)


def relinked(rows: list[Row], start: int) -> list[Row]:
    """Recomputes the chain from one row on, as an insider would."""
    for place in range(start, len(rows)):
        if place and rows[place]["stream"] == rows[place - 1]["stream"]:
            rows[place]["prev"] = rows[place - 1]["hash"]
        chained(rows[place])
    return rows


def put(rows: list[Row], place: int, **fields: Any) -> list[Row]:
    rows[place] |= fields
    return rows


def raise_amount(row: Row) -> Row:
    row["body"]["amount_fen"] += 100
    return row
