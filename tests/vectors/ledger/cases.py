"""The cases of bundles.json: what was done to a bundle, and what a verifier must answer."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from make import (
    LOG,
    RECEIPT,
    ROOM,
    STRANGER,
    Files,
    Row,
    chained,
    checkpoint,
    entry,
    everything,
    filtered,
    hashes,
    history,
    in_order,
    lines,
    proofs_of,
    put,
    raise_amount,
    refit,
    relinked,
    root,
    rows_in,
    trusted,
    whole,
    with_json,
    with_rows,
    with_text,
)

HISTORY = history()
ROOMS = [ROOM, "lot/L1"]
WHOLE, ALL, FILTERED = whole(HISTORY, ROOMS), everything(HISTORY), filtered(HISTORY)
OFFER = 4  # lot/L1 has two rows, so this is the room's third: its second offer
Case = dict[str, Any]


def case(name: str, files: Files, exit_code: int, field: str = "", **more: Any) -> Case:
    found: Case = {"name": name, "files": files, "exit": exit_code}
    if exit_code == 1:
        found |= {"field": field, "stream": more.pop("stream", None), "seq": more.pop("seq", None)}
    return {**found, **more}


def bad(name: str, files: Files, field: str, at: tuple[str, Any] | None = None) -> Case:
    stream, seq = at or (None, None)
    return case(name, files, 1, field, stream=stream, seq=seq)


def changed(place: int, **fields: Any) -> Files:
    """One row of the whole bundle with other fields."""
    return with_rows(WHOLE, lambda rows: put(rows, place, **fields))


def renoted(text: str) -> Files:
    return {**WHOLE, "checkpoints/new.txt": text}


def retold(old: str, new: str) -> Files:
    """The first place of a text in the rows written otherwise."""
    return with_text(WHOLE, "entries.jsonl", old, new)


def noted() -> Row:
    """The entry of the export itself."""
    found: Row = json.loads(str(WHOLE["attestation.json"]))["entry"]
    return found


def proof_lines() -> list[str]:
    return str(WHOLE["proofs.jsonl"]).splitlines(keepends=True)


def intact() -> Iterator[Case]:
    yield case("whole streams", WHOLE, 0, complete=True)
    yield case("everything", ALL, 0, complete=True)
    yield case("single rows", FILTERED, 0, complete=False)
    bare = {**WHOLE, "attestation.json": None}
    yield case("no note of the export, none demanded", bare, 0, keys=trusted(attested=False))
    unknown = {**WHOLE, "witness/w1.txt": "?", "documents/a.pdf": "%PDF"}
    yield case("unknown files", unknown, 0)
    spaced = {
        **WHOLE,
        "entries.jsonl": "".join(json.dumps(row, sort_keys=True) + "\n" for row in rows_in(WHOLE)),
    }
    yield case("the same rows written otherwise", spaced, 0)
    signed_twice = str(WHOLE["checkpoints/new.txt"]) + "— witness/a AAAAAAAA\n"
    yield case("a cosignature nobody knows", {**WHOLE, "checkpoints/new.txt": signed_twice}, 0)
    old = {**WHOLE, "checkpoints/old.txt": checkpoint(hashes(HISTORY)[:3], key=STRANGER)}
    yield case("an older checkpoint by an unknown key", old, 0)


def bodies() -> Iterator[Case]:
    place = (ROOM, 3)
    other = chained(raise_amount(rows_in(WHOLE)[OFFER]))
    yield bad("an amount", with_rows(WHOLE, lambda r: raise_amount(r[OFFER])), "body_hash", place)
    yield bad(
        "an amount and its body hash",
        with_rows(
            WHOLE, lambda r: r[OFFER].update(body_hash=other["body_hash"], body=other["body"])
        ),
        "hash",
        place,
    )
    yield bad(
        "an amount and both hashes",
        with_rows(WHOLE, lambda r: chained(raise_amount(r[OFFER]))),
        "prev",
        (ROOM, 4),
    )
    yield bad(
        "the last row with both hashes",
        with_rows(WHOLE, lambda r: chained(put(r, -1, kind="passed_in")[-1])),
        "head",
        (ROOM, 9),
    )
    yield bad("a plate", retold("K27", "K28"), "body_hash", (ROOM, 2))
    yield bad("an instant", changed(OFFER, at="2026-04-21T10:03:31.001+08:00"), "hash", place)
    yield bad("a kind", changed(OFFER, kind="announced"), "hash", place)
    yield bad("a key", changed(OFFER, idem="seq:9"), "hash", place)
    yield bad("a link", changed(OFFER, prev="1" * 64), "prev", place)
    yield bad("a hash", changed(OFFER, hash="1" * 64), "hash", place)
    yield bad(
        "a hash in capitals",
        changed(OFFER, hash=rows_in(WHOLE)[OFFER]["hash"].upper()),
        "hash",
        place,
    )
    yield bad("text for a body", changed(OFFER, body="x"), "body", place)
    yield bad("half a character", retold('"K27"', '"\\ud800"'), "body", (ROOM, 2))
    yield bad("a number for true", retold("[true]", "[1]"), "body_hash", ("lot/L1", 2))


def shapes() -> Iterator[Case]:
    place = (ROOM, 3)
    yield bad("a fraction", retold("8000000100", "8000000100.0"), "line")
    yield bad("a power", retold("8000000100", "80000001e2"), "line")
    yield bad("no number", retold("8000000100", "NaN"), "line")
    huge = retold("8000000100", "9007199254740993")
    yield bad("an integer beyond 2^53", huge, "line")
    yield bad("digits for ever", retold("8000000100", "9" * 9000), "line")
    twin = retold('"plate":"K27"', '"plate":"K27","plate":"K27"')
    yield bad("a key twice", twin, "line")
    yield bad("true for a number", retold('"seq":1', '"seq":true'), "seq", ("lot/L1", True))
    yield bad(
        "a row without a field", with_rows(WHOLE, lambda r: r[OFFER].pop("idem")), "idem", place
    )
    yield bad("no place in the tree", changed(OFFER, leaf=-1), "leaf", place)
    yield bad("a day for an instant", changed(OFFER, at="2026-04-21"), "at", place)
    yield bad("a list for a row", retold("{", "[{"), "line")
    yield bad(
        "a blank line", {**WHOLE, "entries.jsonl": "\n" + str(WHOLE["entries.jsonl"])}, "line"
    )
    yield bad(
        "space at the end",
        {**WHOLE, "entries.jsonl": str(WHOLE["entries.jsonl"])[:-1] + " "},
        "line",
    )
    deep = '{"x":' + "[" * 20_000 + "]" * 20_000 + "}"
    yield bad("nested for ever", {**WHOLE, "entries.jsonl": f"{deep}\n"}, "line")


def orders() -> Iterator[Case]:
    yield bad("a row removed", with_rows(WHOLE, lambda r: r.pop(OFFER)), "seq", (ROOM, 4))
    yield bad("the first row removed", with_rows(WHOLE, lambda r: r.pop(2)), "seq", (ROOM, 2))
    yield bad("the last row removed", with_rows(WHOLE, lambda r: r.pop()), "last_seq", (ROOM, 8))
    yield bad(
        "rows swapped",
        with_rows(WHOLE, lambda r: r.insert(OFFER, r.pop(OFFER + 1))),
        "seq",
        (ROOM, 4),
    )
    yield bad(
        "a row twice", with_rows(WHOLE, lambda r: r.insert(OFFER, r[OFFER])), "seq", (ROOM, 3)
    )
    turned = with_rows(WHOLE, lambda r: r.extend([r.pop(0), r.pop(0)]))
    yield bad("streams turned round", turned, "stream", ("lot/L1", 1))
    yield bad(
        "a stream removed",
        with_rows(WHOLE, lambda r: [r.pop(0), r.pop(0)]),
        "streams",
        ("lot/L1", None),
    )
    other = changed(OFFER, stream="room/ABCDEFGX")
    yield bad("a row of another stream", other, "seq", ("room/ABCDEFGX", 3))
    turned = with_rows(FILTERED, lambda r: r.insert(1, r.pop(2)))
    yield bad("single rows out of order", turned, "seq", (ROOM, 2))
    yield bad(
        "single rows called whole",
        with_json(FILTERED, "manifest.json", lambda m: m.update(complete=True)),
        "seq",
        ("lot/L1", 2),
    )


def manifests() -> Iterator[Case]:
    def said(**fields: Any) -> Files:
        return with_json(WHOLE, "manifest.json", lambda m: m.update(fields))

    yield bad("a count", said(counts={"entries": 10, "streams": 2}), "entries")
    yield bad("a count of streams", said(counts={"entries": 11, "streams": 3}), "streams")
    yield bad("counts gone", said(counts=None), "counts")
    yield bad("the sum", said(sum_fen=1), "sum_fen")
    yield bad("a sum that is true", said(sum_fen=True), "sum_fen")
    yield bad("the root", said(root="1" * 64), "root")
    yield bad("the origin", said(origin="cloudy/log"), "origin")
    yield bad("whole streams called single rows", said(complete=False), "attestation")
    yield bad("the filter", said(filter={"streams": [ROOM]}), "attestation")

    def behead(m: Row) -> None:
        m["streams"][ROOM]["head"] = "1" * 64

    yield bad("a head", with_json(WHOLE, "manifest.json", behead), "head", (ROOM, 9))

    def begin(m: Row) -> None:
        m["streams"][ROOM]["first_seq"] = 2

    yield bad("a beginning", with_json(WHOLE, "manifest.json", begin), "first_seq", (ROOM, 9))
    extra = with_json(WHOLE, "manifest.json", lambda m: m["streams"].update(x={}))
    yield bad("a stream that is not there", extra, "streams", ("x", None))


def insiders() -> Iterator[Case]:
    """Everything that can be recomputed without the signing key."""
    rows = relinked(
        [
            *rows_in(WHOLE)[:OFFER],
            raise_amount(rows_in(WHOLE)[OFFER]),
            *rows_in(WHOLE)[OFFER + 1 :],
        ],
        OFFER,
    )
    yield bad("the chain recomputed", refit(WHOLE, rows), "proof", (ROOM, 3))
    forged = {row["leaf"]: row for row in [*HISTORY, *rows]}
    tree = [*hashes(list(forged.values())), hashes([noted()])[0]]
    proofs = {**refit(WHOLE, rows), "proofs.jsonl": lines(proofs_of(rows, tree))}
    yield bad("chain and proofs recomputed", proofs, "proof", ("lot/L1", 1))
    rooted = with_json(proofs, "manifest.json", lambda m: m.update(root=root(tree).hex()))
    yield bad("chain, proofs and root recomputed", rooted, "root")
    every = rows_in(ALL)
    place = next(i for i, row in enumerate(every) if (row["stream"], row["seq"]) == (ROOM, 3))
    every = relinked([*every[:place], raise_amount(every[place]), *every[place + 1 :]], place)
    yield bad("everything recomputed, the root left", refit(ALL, every), "root")
    moved = with_json(
        refit(ALL, every), "manifest.json", lambda m: m.update(root=root(hashes(every)).hex())
    )
    yield bad("everything and its root recomputed", moved, "root")
    short = rows_in(WHOLE)[:-1]
    cut = {
        **refit(WHOLE, short),
        "proofs.jsonl": lines(proofs_of(short, hashes([*HISTORY, noted()]))),
    }
    yield bad("the tail cut", cut, "attestation", (ROOM, 9))
    yield bad("the tail cut, its proof left", refit(WHOLE, short), "proof")
    added = [*rows_in(WHOLE)]
    added.append(entry(ROOM, 10, "offer_placed", {"amount_fen": 1}, prev=added[-1]["hash"], leaf=2))
    yield bad("a row appended on a leaf of another", refit(WHOLE, added), "leaf", (ROOM, 2))
    new = [*rows_in(WHOLE)]
    new.append(entry(ROOM, 10, "offer_placed", {"amount_fen": 1}, prev=new[-1]["hash"], leaf=99))
    yield bad("a row appended without a proof", refit(WHOLE, new), "proof", (ROOM, 10))
    yield bad(
        "a stream left out",
        {**refit(WHOLE, rows_in(WHOLE)[2:]), "proofs.jsonl": "".join(proof_lines()[2:])},
        "attestation",
        ("lot/L1", 2),
    )
    yield from truncations()


def truncations() -> Iterator[Case]:
    """An honest older bundle, dressed up as the newer one."""
    older = whole(HISTORY[:9], [ROOM, "lot/L1"])
    yield case("an honest older bundle", older, 0, complete=True)
    newer = {**older, "attestation.json": WHOLE["attestation.json"]}
    yield bad("an older bundle under the newer note", newer, "attestation")
    both = {**newer, "checkpoints/new2.txt": WHOLE["checkpoints/new.txt"]}
    yield bad("the same with the newer checkpoint", both, "attestation", ("lot/L1", 2))
    cut = {**everything(HISTORY[:9]), "attestation.json": ALL["attestation.json"]}
    yield bad("everything cut under an older checkpoint", cut, "attestation")
    gone = in_order([row for row in rows_in(ALL) if row["stream"] != "account/7"])
    yield bad("a stream left out of everything", refit(ALL, gone), "leaf")

    def lie(note: Row) -> None:
        note["streams"][ROOM]["last_seq"] = 8

    yield bad("the note's list", with_json(WHOLE, "attestation.json", lie), "attestation")


def trees() -> Iterator[Case]:
    place = (ROOM, 3)
    yield bad("a leaf", changed(OFFER, leaf=99), "proof", place)
    yield bad("a leaf of another", changed(OFFER, leaf=4), "leaf", place)
    yield bad(
        "leaves swapped",
        with_rows(ALL, lambda r: [put(r, 4, leaf=r[5]["leaf"]), put(r, 5, leaf=r[4]["leaf"] - 1)]),
        "root",
    )
    first = json.loads(str(WHOLE["proofs.jsonl"]).splitlines()[0])
    yield bad(
        "a path",
        with_text(WHOLE, "proofs.jsonl", first["path"][0], "1" * 64),
        "proof",
        ("lot/L1", 1),
    )
    yield bad(
        "a proof gone", {**WHOLE, "proofs.jsonl": "".join(proof_lines()[:-1])}, "proof", (ROOM, 9)
    )
    yield bad("the proofs gone", {**WHOLE, "proofs.jsonl": None}, "proof", ("lot/L1", 1))
    yield bad(
        "the proof of nobody",
        {**WHOLE, "proofs.jsonl": str(WHOLE["proofs.jsonl"]) + '{"leaf":12}\n'},
        "proof",
    )
    twice = with_rows(ALL, lambda r: put(r, 4, leaf=r[5]["leaf"]))
    yield bad("a leaf twice in everything", twice, "leaf", (ROOM, 2))
    fork = {**WHOLE, "checkpoints/fork.txt": checkpoint([*hashes(HISTORY), b"\1" * 32])}
    yield bad("a fork: two roots of one size", fork, "root")
    old = {**ALL, "checkpoints/old.txt": checkpoint([b"\1" * 32] * 5)}
    yield bad("an older root of another history", old, "root")


def unknown() -> Iterator[Case]:
    tree = [*hashes(HISTORY), hashes([noted()])[0]]
    none = {**WHOLE, "checkpoints/new.txt": None}
    yield case("no checkpoint", none, 2)
    yield case("signed by a stranger", renoted(checkpoint(tree, key=STRANGER)), 2)
    yield case("signed by the receipt key", renoted(checkpoint(tree, key=RECEIPT)), 2)
    yield case("a checkpoint of another log", renoted(checkpoint(tree, origin="cloudy/log")), 2)
    note = str(WHOLE["checkpoints/new.txt"])
    yield case(
        "a checkpoint changed",
        {**WHOLE, "checkpoints/new.txt": note.replace("\n14\n", "\n15\n")},
        2,
    )
    yield case("a signature cut", {**WHOLE, "checkpoints/new.txt": note[:-9] + "\n"}, 2)
    yield case("only an older checkpoint", renoted(checkpoint(tree[:9])), 2)
    yield case("no note of the export", {**WHOLE, "attestation.json": None}, 2)
    yield case("no manifest", {**WHOLE, "manifest.json": None}, 2)
    yield case("no entries", {**WHOLE, "entries.jsonl": None}, 2)
    yield case("a manifest that is none", {**WHOLE, "manifest.json": "{"}, 2)
    yield case(
        "a manifest of another version",
        with_json(WHOLE, "manifest.json", lambda m: m.update(v=2)),
        2,
    )
    yield case("no key of the log", WHOLE, 2, keys=trusted(RECEIPT.row("receipt")))
    yield case("the receipt key called log", WHOLE, 2, keys=trusted(RECEIPT.row("log")))
    yield case("the log key called receipt", WHOLE, 2, keys=trusted(LOG.row("receipt")))
    late = {"from": "2026-05-01T09:00:00.001+08:00"}
    yield case("a key from later on", WHOLE, 2, keys=trusted(LOG.row("log", **late)))
    spent = {"until": "2026-04-30T00:00:00.000+08:00"}
    yield case("a key until before", WHOLE, 2, keys=trusted(LOG.row("log", **spent)))
    backdated = with_json(
        WHOLE, "manifest.json", lambda m: m.update(made_at="2026-04-01T00:00:00.000+08:00")
    )
    gone = {"until": "2026-04-21T10:03:31.000+08:00"}
    yield case("rows younger than their key", backdated, 2, keys=trusted(LOG.row("log", **gone)))
    damaged = trusted(LOG.row("log", vkey="sunny/log+00000000+AAAA"))
    yield case("a damaged key", WHOLE, 2, keys=damaged)
    yield case("keys that are none", WHOLE, 2, keys=[])


def made() -> dict[str, Any]:
    parts = (intact, bodies, shapes, orders, manifests, insiders, trees, unknown)
    return {
        "keys": trusted(),
        "base": WHOLE,
        "cases": [slim(found) for part in parts for found in part()],
    }


def slim(found: Case) -> Case:
    """Keeps only the files that differ from the base."""
    names = {**WHOLE, **found["files"]}
    files = {name: found["files"].get(name) for name in names}
    return {
        **found,
        "files": {name: text for name, text in files.items() if text != WHOLE.get(name)},
    }


def text() -> str:
    return json.dumps(made(), ensure_ascii=True, indent=1) + "\n"


if __name__ == "__main__":
    if "-" in sys.argv:
        sys.stdout.write(text())
    else:
        (Path(__file__).parent / "bundles.json").write_text(text())
