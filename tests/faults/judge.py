"""The judge: did anything that was promised get lost? Imports nothing of the product.

It reads what clients wrote down themselves and the exported ledger, and returns one sentence for
each promise that was broken; an empty list is an acquittal. What lines there are:

sent      an offer, or a join without `fen`, at its first sending   t wall token plate fen
ack       what the server promised                        t wall token stream seq hash sig
refused   what it answered instead                                  t token code
heard     an event that a client was told                           t seq kind at plate fen
seen      a snapshot that a client was shown                        t seq top_fen
state     what a client believed in the end                         t seq top_fen
gap       an event that did not follow the one before               seq before
forbidden an act that must never count, and why                     token why
held      a room's row was held by another: nobody could decide     from to
down      every process was dead                                    from to
healed    all is well again; what the ledger says then              t seqs

`t` is the machine's steady clock, which orders processes; `wall`, `from` and `to` are its clock."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.faults.ledger import EPOCH, Bundle, Row, broken_chains, broken_trees, is_receipt
from tests.faults.model import faults_of

Line = Mapping[str, Any]
HEALED_S = 5.0
QUIET = timedelta(seconds=2)
"""A silence that is shorter is none, whatever the terms say."""
CUT = timedelta(milliseconds=1)
"""Instants are cut to whole milliseconds."""
SLACK = timedelta(milliseconds=20)
"""Who writes down an instant reads the clock a moment before or after."""
SETTLES_NOTHING = frozenset({"malformed", "not_seated", "too_fast"})
"""Refusals after which the same token may be sent again."""
FINAL_KINDS = frozenset({"closed", "hammered", "passed_in", "aborted"})


def judge(
    rows: list[Row], lines: list[Line], code: str, *, patience_s: float = HEALED_S
) -> list[str]:
    """Everything that is wrong with one room's record, given what its clients wrote down."""
    stream = f"room/{code}"
    ours = [row for row in rows if row.stream in {stream, f"{stream}/sealed"}]
    public = sorted((row for row in ours if row.stream == stream), key=lambda row: row.seq)
    sealed = sorted((row for row in ours if row.stream != stream), key=lambda row: row.seq)
    lines = [line for line in lines if line.get("room", code) == code]
    return [
        *broken_promises(ours, lines),
        *repeated_keys(ours),
        *double_answers(ours, lines),
        *unsent_offers(ours, lines),
        *forbidden_acts(ours, lines),
        *broken_chains(ours),
        *late_offers(public),
        *wrong_outcome(public),
        *faults_of(public, sealed),
        *wrong_order(lines),
        *wrong_instants(ours, lines),
        *lost_time(public, lines),
        *phantoms(public, lines),
        *unhealed(lines, code, patience_s),
        *strayed_clients(public, lines),
    ]


def judge_all(bundle: Bundle, lines: list[Line], *, patience_s: float = HEALED_S) -> list[str]:
    """The same for every room of a whole exported ledger, and what only the whole can show."""
    found = [*broken_chains(bundle.rows), *broken_trees(bundle)]
    codes = {row.stream.split("/")[1] for row in bundle.rows if row.stream.startswith("room/")}
    spoken = {line["room"] for line in lines if "room" in line}
    found += [f"unknown: the ledger says nothing of room {code}" for code in spoken - codes]
    for code in sorted(codes):
        found += [
            f"{code}: {word}" for word in judge(bundle.rows, lines, code, patience_s=patience_s)
        ]
    for line in lines:
        if line["what"] == "ack" and not is_receipt(line["sig"], line["hash"], bundle.keys):
            found.append(f"unsigned: the receipt of {line['token']} bears no trusted signature")
    return list(dict.fromkeys(found))


def broken_promises(rows: list[Row], lines: list[Line]) -> Iterator[str]:
    """(a) Every acknowledgement is in the ledger with the same number, hash and token. What stands
    in the sealed stream has no number that anybody is told: its hash finds it."""
    by_place = {(row.stream, row.seq): row for row in rows}
    by_hash = {row.hash.hex(): row for row in rows}
    for line in lines:
        if line["what"] != "ack":
            continue
        place = f"{line['stream']}#{line['seq']}"
        row = by_place.get((line["stream"], line["seq"]))
        if line["seq"] is None:
            row = by_hash.get(line["hash"])
        if row is None or row.stream != line["stream"]:
            yield f"lost: {place} was acknowledged and is not there"
        elif row.hash.hex() != line["hash"]:
            yield f"changed: {place} has another hash than its receipt"
        elif row.token != line["token"]:
            yield f"swapped: {place} is another's offer"


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
        if line["what"] in {"ack", "refused"} and line.get("code") not in SETTLES_NOTHING:
            said = (line["what"], line.get("hash") or line.get("code"))
            answers.setdefault(line["token"], set()).add(said)
    for token, heard in answers.items():
        if len(heard) > 1:
            yield f"twice: the token {token} was answered in {len(heard)} ways"


def unsent_offers(rows: list[Row], lines: list[Line]) -> Iterator[str]:
    """(c) Every offer, accepted or refused, and every join was sent by somebody: with that amount,
    and for that seat where the client knew its own."""
    sent = {line["token"]: line for line in lines if line["what"] == "sent"}
    for row in rows:
        if row.kind not in {"offer_placed", "offer_refused", "joined", "join_refused"}:
            continue
        if row.idem.startswith("seq:"):
            continue  # a token that was used for two intentions; the refusal settles nothing
        values, line = row.values, sent.get(row.token, {})
        if not line or line.get("fen") != values.get("amount_fen"):
            yield f"invented: nobody sent the offer #{row.seq} ({row.kind})"
        elif (line.get("plate") or values["plate"]) != values["plate"]:
            yield f"invented: #{row.seq} stands for {values['plate']}, {line['plate']} sent it"


def forbidden_acts(rows: list[Row], lines: list[Line]) -> Iterator[str]:
    """(c) What nobody was entitled to do was neither accepted nor acknowledged."""
    forbidden = {line["token"]: line["why"] for line in lines if line["what"] == "forbidden"}
    for row in rows:
        if row.kind in {"offer_placed", "joined"} and row.token in forbidden:
            yield f"not allowed: #{row.seq} was accepted, {forbidden[row.token]}"
    for line in lines:
        if line["what"] == "ack" and line["token"] in forbidden:
            yield f"not allowed: {line['token']} was acknowledged, {forbidden[line['token']]}"


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
    acks = [
        line
        for line in lines
        if line["what"] == "ack" and line["token"] in sent and line["seq"] is not None
    ]
    moments = [(line["t"], 1, line["seq"]) for line in acks]
    moments += [(sent[line["token"]], 0, line["seq"]) for line in acks]
    highest = 0
    for _t, is_ack, seq in sorted(moments):
        if is_ack:
            highest = max(highest, seq)
        elif seq < highest:
            yield f"order: #{seq} was sent after #{highest} had been acknowledged"


def moment(nanoseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=nanoseconds // 1000)


def wrong_instants(rows: list[Row], lines: list[Line]) -> Iterator[str]:
    """(g) An entry is dated between its sending and its acknowledgement, and never at an instant
    at which nobody could decide anything."""
    by_token = {row.token: row for row in rows if row.kind in {"offer_placed", "joined"}}
    for line in lines:
        row = by_token.get(line.get("token", ""))
        if line["what"] in {"held", "down"}:
            yield from impossible(rows, line)
        elif row is None or "wall" not in line:
            continue
        elif line["what"] == "sent" and row.at < moment(line["wall"]) - SLACK:
            yield f"back-dated: #{row.seq} is dated {row.at}, before it was sent"
        elif line["what"] == "ack" and row.at > moment(line["wall"]) + SLACK:
            yield f"post-dated: #{row.seq} is dated {row.at}, after it was acknowledged"


def impossible(rows: list[Row], line: Line) -> Iterator[str]:
    begin, end = moment(line["from"]), moment(line["to"])
    for row in rows:
        if begin < row.at < end - CUT:
            yield f"impossible: {row.stream}#{row.seq} is dated while all was {line['what']}"


def lost_time(public: list[Row], lines: list[Line]) -> Iterator[str]:
    """(e) When nothing could be accepted for longer than the terms allow, an end within that time
    is void: the room is halted since the last sign of life and gets its time back."""
    opened = next((row for row in public if row.kind == "opened"), None)
    if opened is None:
        return
    limit = timedelta(seconds=opened.values["terms"].get("outage_limit_s", 10))
    for line in lines:
        if line["what"] != "down":
            continue
        begin, end = moment(line["from"]), moment(line["to"])
        if end - begin <= max(limit, QUIET) or not was_open(public, begin):
            continue
        after = [row for row in public if row.at >= end - SLACK]
        halted = any(row.kind == "paused" and row.values["reason"] == "outage" for row in after[:3])
        if not halted:
            kinds = [row.kind for row in after[:3]]
            yield f"lost time: dead from {begin} to {end}, and then only {kinds}"


def was_open(public: list[Row], at: datetime) -> bool:
    """Whether the room took offers at that instant, and would have for a moment more."""
    is_open, ends_at = False, None
    for row in public:
        if row.at > at:
            break
        if row.kind in {"opened", "resumed"}:
            is_open = True
        if row.kind in FINAL_KINDS or row.kind == "paused":
            is_open = False
        if "ends_at" in row.values:
            ends_at = datetime.fromisoformat(row.values["ends_at"])
    return is_open and ends_at is not None and ends_at > at


def phantoms(public: list[Row], lines: list[Line]) -> Iterator[str]:
    """(h) What a client was told is what the ledger says: no event that never was, no price that
    did not stand at that number."""
    told = {row.seq: shown(row) for row in public}
    tops: dict[int, int | None] = {0: None}
    for row in public:
        top = tops.get(row.seq - 1)
        tops[row.seq] = shown(row)[3] if row.kind == "offer_placed" else top
    for line in lines:
        if line["what"] == "heard":
            at = datetime.fromisoformat(line["at"])
            heard = (line["kind"], at, line.get("plate"), line.get("fen"))
            if told.get(line["seq"]) != heard:
                known = told.get(line["seq"], "not in the ledger")
                yield f"phantom: {line['client']} was told #{line['seq']} {heard}: {known}"
        elif line["what"] == "seen" and tops.get(line["seq"], "unknown") != line["top_fen"]:
            yield f"phantom: {line['client']} was shown {line['top_fen']} at #{line['seq']}"


def shown(row: Row) -> tuple[str, datetime, str | None, int | None]:
    return row.kind, row.at, row.values.get("plate"), row.values.get("amount_fen")


def unhealed(lines: list[Line], code: str, patience_s: float) -> Iterator[str]:
    """(h) So long after all is well again, every client that was there knows what the ledger said
    then. A client that came later, or had left, is not asked."""
    known: dict[str, list[Line]] = {}
    for line in lines:
        if line["what"] in {"heard", "seen", "state"}:
            known.setdefault(line["client"], []).append(line)
    for healed in (line for line in lines if line["what"] == "healed"):
        wanted = healed["seqs"].get(code)
        until = healed["t"] + int(patience_s * 1e9)
        for client, told in known.items():
            heard = sorted(told, key=lambda line: line["t"])
            first, last = heard[0], heard[-1]
            if wanted is None or first["t"] > healed["t"]:
                continue
            if last["what"] == "state" and last["t"] <= healed["t"]:
                continue
            seq = max(line["seq"] for line in heard if line["t"] <= until)
            if seq < wanted:
                yield f"unhealed: {client} knew {seq} of {wanted}, {patience_s} s after the fault"


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
