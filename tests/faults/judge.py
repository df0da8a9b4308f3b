"""The judge: did anything that was promised get lost? Imports nothing of the product.

It reads what clients wrote down themselves (`sent`, `ack`, `state` lines) and the ledger's rows,
and returns one sentence for each promise that was broken; an empty list is an acquittal."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Line = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One row of the ledger, as the database gave it."""

    stream: str
    seq: int
    kind: str
    at: datetime
    idem: str
    body: str
    body_hash: bytes
    prev: bytes
    hash: bytes

    @property
    def values(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


def judge(rows: list[Row], lines: list[Line], code: str) -> list[str]:
    """Everything that is wrong with one room's record, given what its clients wrote down."""
    stream = f"room/{code}"
    public = sorted((row for row in rows if row.stream == stream), key=lambda row: row.seq)
    by_place = {(row.stream, row.seq): row for row in rows}
    return [
        *broken_promises(by_place, lines),
        *repeated_keys(rows),
        *double_answers(rows, lines),
        *unsent_offers(public, lines),
        *broken_chains(rows),
        *late_offers(public),
        *wrong_outcome(public),
        *wrong_order(lines),
        *strayed_clients(public, lines),
    ]


def broken_promises(by_place: Mapping[tuple[str, int], Row], lines: list[Line]) -> Iterator[str]:
    """(a) Every acknowledgement is in the ledger with the same number, hash and token."""
    for line in lines:
        if line["what"] != "ack":
            continue
        row = by_place.get((line["stream"], line["seq"]))
        if row is None:
            yield f"lost: {line['stream']}#{line['seq']} was acknowledged and is not there"
        elif row.hash.hex() != line["hash"]:
            yield f"changed: {line['stream']}#{line['seq']} has another hash than its receipt"
        elif row.idem.partition(":")[2] != line["token"]:
            yield f"swapped: {line['stream']}#{line['seq']} is another's offer"


def repeated_keys(rows: list[Row]) -> Iterator[str]:
    """(b) No idempotency key twice, no number twice, no token accepted twice."""
    for key, count in Counter((row.stream, row.idem) for row in rows).items():
        if count > 1:
            yield f"repeated: the key {key[1]} stands {count} times in {key[0]}"
    for key, count in Counter((row.stream, row.seq) for row in rows).items():
        if count > 1:
            yield f"forked: {key[0]}#{key[1]} stands {count} times"


def double_answers(rows: list[Row], lines: list[Line]) -> Iterator[str]:
    """(b) A token is settled once: in one of a room's two streams, with one answer for ever."""
    settled = (row for row in rows if not row.idem.startswith("seq:"))
    places = Counter((row.stream.removesuffix("/sealed"), row.idem) for row in settled)
    for (room, idem), count in places.items():
        if count > 1:
            yield f"twice: the token {idem} of {room} was settled {count} times"
    answers: dict[str, set[tuple[str, object]]] = {}
    for line in lines:
        if line["what"] in {"ack", "refused"}:
            said = (line["what"], line.get("hash") or line.get("code"))
            answers.setdefault(line["token"], set()).add(said)
    for token, heard in answers.items():
        if len(heard) > 1:
            yield f"twice: the token {token} was answered in {len(heard)} ways"


def unsent_offers(public: list[Row], lines: list[Line]) -> Iterator[str]:
    """(c) Every offer was sent by somebody, with that amount."""
    sent = {line["token"]: line["fen"] for line in lines if line["what"] == "sent"}
    for row in public:
        if row.kind != "offer_placed":
            continue
        token = row.idem.partition(":")[2]
        if sent.get(token) != row.values["amount_fen"]:
            yield f"invented: nobody sent the offer #{row.seq}"


def entry_hash(row: Row) -> bytes:
    """SHA-256(0x00 ‖ prev ‖ seq ‖ at ‖ stream, kind, idem with lengths ‖ SHA-256(body))."""
    micros = (row.at - EPOCH) // timedelta(microseconds=1)
    parts = [b"\0", row.prev, row.seq.to_bytes(8, "big"), micros.to_bytes(8, "big")]
    for text in (row.stream, row.kind, row.idem):
        parts += [len(text.encode()).to_bytes(4, "big"), text.encode()]
    return sha256(b"".join([*parts, sha256(row.body.encode()).digest()])).digest()


def broken_chains(rows: list[Row]) -> Iterator[str]:
    """(d) Numbers without gaps, each entry bound to the one before, each hash its own."""
    heads: dict[str, tuple[int, bytes]] = {}
    for row in sorted(rows, key=lambda row: (row.stream, row.seq)):
        seq, head = heads.get(row.stream, (0, bytes(32)))
        if row.seq != seq + 1:
            yield f"gap: {row.stream} goes from {seq} to {row.seq}"
        elif row.prev != head:
            yield f"unbound: {row.stream}#{row.seq} does not follow the entry before"
        if row.body_hash != sha256(row.body.encode()).digest() or row.hash != entry_hash(row):
            yield f"altered: {row.stream}#{row.seq} does not have its own hash"
        heads[row.stream] = (row.seq, row.hash)


def late_offers(public: list[Row]) -> Iterator[str]:
    """(e) One close; no offer at or after the end in force, none while paused, none afterwards."""
    ends_at: datetime | None = None
    is_open = False
    for row in public:
        if row.kind == "offer_placed" and (not is_open or ends_at is None or row.at >= ends_at):
            yield f"late: the offer #{row.seq} came when none could be accepted"
        if row.kind in {"opened", "resumed"}:
            is_open = True
        if row.kind in {"paused", "closed"}:
            is_open = False
        if row.kind != "closed" and "ends_at" in row.values:
            ends_at = datetime.fromisoformat(row.values["ends_at"])
    closes = sum(row.kind == "closed" for row in public)
    if closes != 1:
        yield f"closed {closes} times"


def wrong_outcome(public: list[Row]) -> Iterator[str]:
    """(f) A model of its own: rising by at least the step, the last one wins."""
    terms = next((row.values["terms"] for row in public if row.kind == "opened"), None)
    if terms is None:
        yield "never opened"
        return
    top, plate = None, None
    for row in public:
        if row.kind != "offer_placed":
            continue
        amount = row.values["amount_fen"]
        least = terms["start_fen"] if top is None else top + terms["step_fen"]
        if amount < least:
            yield f"too low: #{row.seq} offers {amount} where {least} was the least"
        top, plate = amount, row.values["plate"]
    outcome = [row.values for row in public if row.kind in {"hammered", "passed_in"}]
    expected = (plate, top)
    if len(outcome) != 1 or (outcome[0].get("plate"), outcome[0].get("price_fen")) != expected:
        yield f"wrong outcome: {outcome} where {expected} should have won"


def wrong_order(lines: list[Line]) -> Iterator[str]:
    """(g) What was acknowledged before another was sent stands before it."""
    sent = {line["token"]: line["t"] for line in lines if line["what"] == "sent"}
    acks = [line for line in lines if line["what"] == "ack" and line["token"] in sent]
    moments = [(line["t"], 1, line["seq"]) for line in acks]
    moments += [(sent[line["token"]], 0, line["seq"]) for line in acks]
    highest = 0
    for _t, is_ack, seq in sorted(moments):
        if is_ack:
            highest = max(highest, seq)
        elif seq < highest:
            yield f"order: #{seq} was sent after #{highest} had been acknowledged"


def strayed_clients(public: list[Row], lines: list[Line]) -> Iterator[str]:
    """(h) In the end every client knew what the ledger says."""
    if not public:
        return
    offers = [row.values["amount_fen"] for row in public if row.kind == "offer_placed"]
    truth = (public[-1].seq, offers[-1] if offers else None)
    for line in lines:
        if line["what"] == "state" and (line["seq"], line["top_fen"]) != truth:
            yield f"strayed: client {line['client']} believes {line['seq']}, {line['top_fen']}"
        if line["what"] == "gap":
            yield f"gap: client {line['client']} saw {line['seq']} after {line['before']}"


def read_lines(texts: Iterable[str]) -> list[Line]:
    """The clients' logs; a line that a killed process cut short counts as never written."""
    found = []
    for text in texts:
        try:
            found.append(json.loads(text))
        except ValueError:
            continue
    return found
