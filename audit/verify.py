#!/usr/bin/env python3
"""Verifies an auditor's bundle offline: python verify.py BUNDLE.zip --keys TRUSTED.json [--json]

Exit 0 intact · 1 tampered, the first bad row named · 2 cannot tell. One file: Python 3.9 or later
and `cryptography`, nothing of the project. The keys come from the auditor, never from the bundle;
the copy of this file inside a bundle proves nothing, use your own.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import struct
import sys
import zipfile
import zlib
from base64 import b64decode
from datetime import datetime, timedelta, timezone
from functools import partial
from hashlib import sha256
from typing import Any, Callable, Iterator, NamedTuple, NoReturn

INTACT, TAMPERED, UNKNOWN = 0, 1, 2
RESULTS = ("intact", "tampered", "unknown")
MAX_INTEGER = 2**53 - 1
MAX_DIGITS, MAX_SUM = 30, 10**29  # a sum of amounts may be wider than one
MAX_FILES = 20_000
MAX_LINE = 4 << 20
MAX_DOCUMENT = 64 << 20
MAX_TOTAL = 8 << 30
MAX_RATIO = 200
ZERO = bytes(32)
NOWHERE = (None, None, None)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", re.ASCII)
HEX = re.compile(r"[0-9a-f]{64}")
EXPORTED = ("audit/exports", "audit.bundle_exported")
BAD_FILE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, struct.error, MemoryError)
BAD_VALUE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError)
Tips = dict[int, bytes]  # signed roots by size
Name = tuple[Any, Any, Any]  # of a row: stream, seq, line

WHY = {
    "line": ("该行不是账目应有的格式", "the line is not an entry as the ledger writes it"),
    "stream": ("账目不按链名顺序", "streams are out of order or come twice"),
    "seq": ("序号不连续：有账目被删除、插入或调换", "a row was removed, inserted or moved"),
    "prev": ("与前一条不相连", "the row does not follow the one before it"),
    "body": ("内容不是规范格式", "the body is not canonical"),
    "body_hash": ("内容被改动（金额、号牌等）", "the body was changed (an amount, a plate …)"),
    "hash": ("时间、种类或标识被改动", "the instant, the kind or a name was changed"),
    "at": ("时间格式有误", "the instant is malformed"),
    "leaf": ("树中位置缺失或重复", "a place in the tree is missing or taken twice"),
    "proof": ("不在已签名的树上", "the row is not in the signed tree"),
    "root": ("与已签名的树根不符", "the rows do not give the signed root"),
    "attestation": ("与导出时登记的范围不符", "not what the ledger noted at the export"),
}
TO_MANIFEST = ("与清单不符", "the manifest says otherwise")


class Tampered(Exception):
    """The bundle contradicts itself or the signed root."""

    def __init__(self, field: str, row: Name = NOWHERE) -> None:
        super().__init__(field)
        self.field, self.row = field, row


class CannotTell(Exception):
    """Nothing can be said; two sentences, Chinese and English."""


class Verifier(NamedTuple):
    """A log key that the auditor trusts, and when."""

    name: str
    key_id: bytes
    public: bytes
    since: datetime | None
    until: datetime | None


# ── strict reading ────────────────────────────────────────────────────────────────────────────


def refuse(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]} has no place in the ledger")


def integer(text: str, most: int = MAX_INTEGER) -> int:
    if len(text) > MAX_DIGITS or abs(int(text)) > most or text == "-0":
        refuse(text)
    return int(text)


def without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) or not all(key.isascii() for key in found):
        refuse("a key that comes twice or is not ASCII")
    return found


def parse(data: bytes, most: int = MAX_INTEGER) -> Any:
    """Reads JSON as narrow as the ledger's. ValueError; too deep nesting counts as one."""
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=without_twins,
            parse_float=refuse,
            parse_constant=refuse,
            parse_int=partial(integer, most=most),
        )
    except RecursionError:
        refuse("so deep a nesting")


def canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


def instant(text: Any) -> datetime:
    if not isinstance(text, str) or not INSTANT.fullmatch(text):
        refuse(str(text))
    return datetime.fromisoformat(text)


def is_count(value: Any, least: int = 0) -> bool:
    return type(value) is int and value >= least


def is_hash(value: Any) -> bool:
    return isinstance(value, str) and bool(HEX.fullmatch(value))


def is_plain_file(item: zipfile.ZipInfo) -> bool:
    """Whether a file is stored in the usual way under a harmless relative path."""
    is_usual = item.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    parts = item.filename.split("/")
    is_harmless = item.filename.isprintable() and not {"", ".", ".."} & set(parts[:-1])
    return is_usual and is_harmless and not {"\\", ":"} & set(item.filename) and parts[-1] != ".."


class Archive:
    """A zip that is only read, never unpacked, and never beyond its caps."""

    def __init__(self, path: str) -> None:
        self.zip = zipfile.ZipFile(path)
        items = self.zip.infolist()
        self.names = {item.filename for item in items}
        stored = sum(item.compress_size for item in items)
        total = sum(item.file_size for item in items)
        if len(items) > MAX_FILES or total > min(MAX_TOTAL, MAX_DOCUMENT + stored * MAX_RATIO):
            raise CannotTell("压缩包过大", "the archive is too big for what it claims to be")
        if len(self.names) != len(items):
            raise CannotTell("压缩包内有重名文件", "the archive holds a name twice")
        if not all(is_plain_file(item) for item in items):
            raise CannotTell("压缩包内有危险路径", "the archive holds a dangerous path")

    def read(self, name: str) -> bytes:
        with self.zip.open(name) as file:
            data = file.read(MAX_DOCUMENT + 1)
        if len(data) > MAX_DOCUMENT:
            raise CannotTell(f"{name} 过大", f"{name} is too big")
        return data

    def lines(self, name: str) -> Iterator[tuple[int, bytes]]:
        """Yields numbered lines without their end; a line may not be blank at either side."""
        raw: Any = self.zip.open(name)
        with io.BufferedReader(raw, 1 << 16) as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                text = line[:-1] if line.endswith(b"\n") else line
                if len(text) > MAX_LINE or text != text.strip():
                    raise Tampered("line", (None, None, number))
                yield number, text


# ── rows ──────────────────────────────────────────────────────────────────────────────────────


def entry_hash(row: dict[str, Any], body_hash: bytes) -> bytes:
    """SHA-256(0x00 ‖ prev ‖ u64 seq ‖ u64 at_µs ‖ (u32 ‖ text) of stream, kind, idem ‖ body)."""
    micros = (instant(row["at"]) - EPOCH) // timedelta(microseconds=1)
    parts = [b"\x00", bytes.fromhex(row["prev"])]
    parts += [row["seq"].to_bytes(8, "big"), micros.to_bytes(8, "big")]
    for name in ("stream", "kind", "idem"):
        text = row[name].encode("utf-8")
        parts += [len(text).to_bytes(4, "big"), text]
    return sha256(b"".join([*parts, body_hash])).digest()


def is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


SHAPE: dict[str, Callable[[Any], bool]] = {
    "stream": is_text,
    "seq": lambda value: is_count(value, 1),
    "kind": is_text,
    "at": is_text,
    "idem": is_text,
    "body": lambda value: isinstance(value, dict),
    "body_hash": is_hash,
    "prev": is_hash,
    "hash": is_hash,
    "leaf": lambda value: value is None or is_count(value),
}


def check_shape(row: Any, number: int | None) -> Name:
    """Returns the row's name; Tampered if a field is missing or of a wrong type."""
    if not isinstance(row, dict):
        raise Tampered("line", (None, None, number))
    name = (row.get("stream"), row.get("seq"), number)
    for field, is_sound in SHAPE.items():
        if field not in row or not is_sound(row[field]):
            raise Tampered(field, name)
    return name


def check_hashes(row: dict[str, Any], name: Name) -> bytes:
    """Recomputes body_hash and hash, and returns the hash."""
    try:
        body_hash = sha256(canonical(row["body"])).digest()
    except (ValueError, RecursionError):
        raise Tampered("body", name) from None
    if body_hash.hex() != row["body_hash"]:
        raise Tampered("body_hash", name)
    try:
        own = entry_hash(row, body_hash)
    except (ValueError, OverflowError):
        raise Tampered("at", name) from None
    if own.hex() != row["hash"]:
        raise Tampered("hash", name)
    return own


class Ledger:
    """What the rows say, gathered while they are read."""

    def __init__(self, *, complete: bool) -> None:
        self.complete = complete
        self.names: list[tuple[str, int]] = []
        self.leaves: list[int | None] = []
        self.hashes: list[bytes] = []
        self.streams: dict[str, dict[str, Any]] = {}
        self.sum_fen = 0
        self.latest = EPOCH
        self.stream, self.seq, self.head = "", 0, ZERO

    def take(self, data: bytes, number: int) -> None:
        """Checks one line against the one before it."""
        try:
            row = parse(data)
        except ValueError:
            raise Tampered("line", (None, None, number)) from None
        name = check_shape(row, number)
        if row["stream"] != self.stream:
            if row["stream"] <= self.stream:
                raise Tampered("stream", name)
            self.stream, self.seq, self.head = row["stream"], 0, ZERO
        self.follow(row, name)
        self.head, self.seq = check_hashes(row, name), row["seq"]
        self.names.append((row["stream"], row["seq"]))
        self.leaves.append(row["leaf"])
        self.hashes.append(self.head)
        ends = self.streams.setdefault(row["stream"], {"first_seq": row["seq"]})
        ends.update(last_seq=row["seq"], head=row["hash"])
        amount = row["body"].get("amount_fen")
        self.sum_fen += amount if type(amount) is int else 0
        self.latest = max(self.latest, instant(row["at"]))

    def follow(self, row: dict[str, Any], name: Name) -> None:
        """A whole stream has no gap; single rows rise, and neighbours must still be linked."""
        is_next = row["seq"] == self.seq + 1
        if not is_next and (self.complete or row["seq"] <= self.seq):
            raise Tampered("seq", name)
        if is_next and row["prev"] != self.head.hex():
            raise Tampered("prev", name)

    def name(self, place: int) -> Name:
        return (*self.names[place], place + 1)


def check_manifest(manifest: dict[str, Any], ledger: Ledger) -> None:
    """The manifest must say of the rows what they say themselves."""
    claimed = manifest.get("streams")
    if not isinstance(claimed, dict):
        raise Tampered("streams")
    for stream in sorted({*claimed, *ledger.streams}):
        found, said = ledger.streams.get(stream), claimed.get(stream)
        if not isinstance(said, dict) or found is None:
            raise Tampered("streams", (stream, None, None))
        check_same(found, said, (stream, found["last_seq"], None))
    counts = {"entries": len(ledger.names), "streams": len(ledger.streams)}
    if not isinstance(manifest.get("counts"), dict):
        raise Tampered("counts")
    check_same(counts, manifest["counts"], NOWHERE)
    check_same({"sum_fen": ledger.sum_fen}, manifest, NOWHERE)


def check_same(found: dict[str, Any], said: dict[str, Any], name: Name) -> None:
    for field, value in found.items():
        if type(said.get(field)) is not type(value) or said[field] != value:
            raise Tampered(field, name)


# ── keys and checkpoints ──────────────────────────────────────────────────────────────────────


def bound(text: Any) -> datetime | None:
    """A key's limit: null, an instant, or a day (its first moment, UTC)."""
    if text is None:
        return None
    found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def read_trusted(path: str) -> tuple[dict[str, Any], list[Verifier]]:
    """Reads the auditor's own file; only keys of the role `log` may sign checkpoints."""
    with open(path, "rb") as file:
        trusted = parse(file.read(MAX_DOCUMENT))
    found = []
    for row in trusted["keys"]:
        if row["role"] != "log":
            continue
        name, key_id, encoded = row["vkey"].split("+", 2)
        raw = b64decode(encoded, validate=True)
        own_id = sha256(name.encode() + b"\n" + raw).digest()[:4]
        if len(raw) != 33 or raw[:1] != b"\x01" or own_id.hex() != key_id or name != row["name"]:
            refuse(row["vkey"])
        found.append(Verifier(name, own_id, raw[1:], bound(row["from"]), bound(row["until"])))
    if not found or not isinstance(trusted["origin"], str):
        raise CannotTell("密钥文件中没有日志公钥", "the keys file holds no key of the log")
    return trusted, found


def is_signed(text: bytes, lines: list[str], keys: list[Verifier]) -> bool:
    """Whether one of the keys signed the text of a C2SP note."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    for line in lines:
        mark, name, encoded = line.split(" ")
        raw = b64decode(encoded, validate=True)
        for key in keys:
            if (mark, name, raw[:4]) != ("—", key.name, key.key_id):
                continue
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(raw[4:], text)
            except InvalidSignature:
                continue
            return True
    return False


def read_tips(archive: Archive, keys: list[Verifier], origin: str) -> Tips:
    """Returns the roots, by size, that a trusted key signed for this log; others count for
    nothing. Two roots of one size are a fork."""
    tips: Tips = {}
    for name in sorted(archive.names):
        if not name.startswith("checkpoints/") or not name.endswith(".txt"):
            continue
        try:
            text, _, signatures = archive.read(name).decode("utf-8").rpartition("\n\n")
            said, size, root = f"{text}\n".split("\n")[:3]
            is_ours = is_signed(f"{text}\n".encode(), signatures.split("\n")[:-1], keys)
            if said != origin or not is_ours:
                continue
            place, value = integer(size), b64decode(root, validate=True)
        except ValueError:
            continue
        if tips.setdefault(place, value) != value:
            raise Tampered("root")
    return tips


# ── the tree ──────────────────────────────────────────────────────────────────────────────────


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def climb(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root to which an inclusion path leads (RFC 9162 §2.1.3.2), None if it cannot."""
    place, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            found = node(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node(found, sibling)
        place, last = place >> 1, last >> 1
    return found if last == 0 else None


def holds(proof: Any, leaf_hash: bytes, tips: Tips) -> bool:
    """Whether a line of proofs.jsonl leads to a signed root."""
    if not isinstance(proof, dict):
        return False
    leaf: Any = proof.get("leaf")
    size: Any = proof.get("size")
    path = proof.get("path")
    if not is_count(leaf) or not is_count(size) or size not in tips or not isinstance(path, list):
        return False
    if leaf >= size or len(path) > 64 or not all(is_hash(item) for item in path):
        return False
    return climb(leaf_hash, leaf, size, [bytes.fromhex(item) for item in path]) == tips[size]


class Growth:
    """The tree of leaves taken so far, as the roots of its complete subtrees."""

    def __init__(self) -> None:
        self.peaks: list[tuple[int, bytes]] = []

    def append(self, leaf: bytes) -> None:
        height, found = 0, leaf
        while self.peaks and self.peaks[-1][0] == height:
            found = node(self.peaks.pop()[1], found)
            height += 1
        self.peaks.append((height, found))

    def root(self) -> bytes:
        found = self.peaks[-1][1] if self.peaks else sha256(b"").digest()
        for _, peak in reversed(self.peaks[:-1]):
            found = node(peak, found)
        return found


def check_whole_tree(ledger: Ledger, tips: Tips, size: int) -> None:
    """Every leaf of the tree is here: the rows themselves must give each signed root."""
    places: dict[int, int] = {}
    for place, leaf in enumerate(ledger.leaves):
        if leaf is None or leaf >= size or leaf in places:
            raise Tampered("leaf", ledger.name(place))
        places[leaf] = place
    if len(places) != size:
        raise Tampered("leaf")
    tree = Growth()
    if 0 in tips and tips[0] != tree.root():
        raise Tampered("root")
    for leaf in range(size):
        tree.append(ledger.hashes[places[leaf]])
        if leaf + 1 in tips and tips[leaf + 1] != tree.root():
            raise Tampered("root")


def check_proofs(archive: Archive, ledger: Ledger, tips: Tips) -> None:
    """Each row needs a path to a signed root; the first row without one is named."""
    rows = {leaf: place for place, leaf in enumerate(ledger.leaves) if leaf is not None}
    proven, is_stray = set(), False
    for _, line in archive.lines("proofs.jsonl"):
        try:
            proof = parse(line)
            place = rows[proof["leaf"]]
        except (ValueError, LookupError, TypeError):
            is_stray = True
            continue
        if holds(proof, ledger.hashes[place], tips):
            proven.add(place)
    for place, leaf in enumerate(ledger.leaves):
        if leaf is None:
            raise CannotTell("有账目尚未入树", "a row has no place in the tree yet")
        if place not in proven:
            raise Tampered("proof" if rows[leaf] == place else "leaf", ledger.name(place))
    if is_stray:
        raise Tampered("proof")


def check_attestation(archive: Archive, manifest: dict[str, Any], tips: Tips) -> str:
    """The ledger's own entry about this export says where each stream ended then: so a whole
    export cut short under an older checkpoint is found. Returns the instant of the export."""
    try:
        told = parse(archive.read("attestation.json"))
        row, streams = told["entry"], told["streams"]
        check_shape(row, None)
        own, body = check_hashes(row, NOWHERE), row["body"]
        is_ours = (row["stream"], row["kind"]) == EXPORTED
        is_ours = is_ours and body["is_complete"] is manifest["complete"] is True
        is_bound = sha256(canonical(streams)).hexdigest() == body["streams_sha256"]
        is_same = body["filter"] == manifest["filter"] and told["proof"]["leaf"] == row["leaf"]
        if not (is_ours and is_bound and is_same and holds(told["proof"], own, tips)):
            raise Tampered("attestation")
    except (ValueError, LookupError, TypeError):
        raise Tampered("attestation") from None
    is_all = manifest["filter"] == {"all": True}
    for stream in sorted({*streams, *(() if is_all else manifest["streams"])}):
        here, then = manifest["streams"].get(stream), streams.get(stream)
        if here != then and not (is_all and here and here["last_seq"] >= then["last_seq"]):
            raise Tampered("attestation", (stream, (then or here)["last_seq"], None))
    return str(row["at"])


# ── the answer ────────────────────────────────────────────────────────────────────────────────


def read_manifest(archive: Archive) -> dict[str, Any]:
    try:
        manifest = parse(archive.read("manifest.json"), MAX_SUM)
        made_at = instant(manifest["made_at"])
        is_known = manifest["v"] == 1 and type(manifest["complete"]) is bool
        if not is_known or not isinstance(manifest["filter"], dict):
            refuse("a manifest of another version")
    except (KeyError, TypeError, ValueError):
        raise CannotTell("清单读不懂", "the manifest cannot be read") from None
    return {**manifest, "made_at": made_at}


def check_tree(archive: Archive, manifest: dict[str, Any], ledger: Ledger, tips: Tips) -> None:
    """The rows must lead to the signed root that the manifest names."""
    size = manifest.get("size")
    if not is_count(size) or size not in tips:
        raise CannotTell(
            "没有可信密钥签名的、大小相符的检查点",
            "no checkpoint of the size that the bundle names is signed by a trusted key",
        )
    if manifest.get("root") != tips[size].hex():
        raise Tampered("root")
    is_all = manifest["filter"] == {"all": True}
    if "proofs.jsonl" in archive.names or not is_all:
        if "proofs.jsonl" not in archive.names:
            raise Tampered("proof", ledger.name(0) if ledger.names else NOWHERE)
        check_proofs(archive, ledger, tips)
    if is_all:
        check_whole_tree(ledger, tips, size)


def verify(bundle: str, keys: str) -> dict[str, Any]:
    """Returns what an intact bundle shows. Raises Tampered or CannotTell."""
    trusted, verifiers = read_trusted(keys)
    archive = Archive(bundle)
    manifest = read_manifest(archive)
    ledger = Ledger(complete=manifest["complete"])
    for number, line in archive.lines("entries.jsonl"):
        ledger.take(line, number)
    check_manifest(manifest, ledger)
    made_at = manifest["made_at"]
    valid = [
        key
        for key in verifiers
        if (key.since is None or key.since <= made_at)
        and (key.until is None or max(made_at, ledger.latest) <= key.until)
    ]
    tips = read_tips(archive, valid, trusted["origin"])
    if not tips:
        raise CannotTell(
            "没有当时有效的可信密钥签名的检查点",
            "no checkpoint is signed by a trusted key that was valid then",
        )
    if manifest.get("origin") != trusted["origin"]:
        raise Tampered("origin")
    check_tree(archive, manifest, ledger, tips)
    as_of = None
    if "attestation.json" in archive.names:
        as_of = check_attestation(archive, manifest, tips)
    elif manifest["complete"] and trusted.get("attested") is True:
        raise CannotTell(
            "缺少导出登记，不能断定链尾没有被截去",
            "the note of the export is missing: the ends of the streams may be cut off",
        )
    return {
        "entries": len(ledger.names),
        "complete": manifest["complete"],
        "as_of": as_of,
        "size": manifest["size"],
    }


def answer(bundle: str, keys: str) -> dict[str, Any]:
    """Verifies and never fails: what cannot be read cannot be told."""
    found: dict[str, Any] = {"code": UNKNOWN, "entries": None, "complete": None, "first_bad": None}
    try:
        found.update(verify(bundle, keys), code=INTACT, reason="")
    except Tampered as bad:
        stream, seq, line = bad.row
        found["code"] = TAMPERED
        found["first_bad"] = {"stream": stream, "seq": seq, "line": line, "field": bad.field}
        found["reason"] = " / ".join(WHY.get(bad.field, TO_MANIFEST))
    except CannotTell as doubt:
        found["reason"] = " / ".join(doubt.args)
    except ImportError:
        found["reason"] = "请先安装 cryptography / install `cryptography` first"
    except (*BAD_FILE, *BAD_VALUE) as error:
        found["reason"] = f"文件无法读取 / a file cannot be read: {error}"
    return {"result": RESULTS[found["code"]], **found}


def printable(value: Any) -> str:
    """Text from a bundle, harmless to a terminal."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in str(value))


def in_words(found: dict[str, Any]) -> str:
    """Returns the answer for people, a few lines in both languages."""
    if found["code"] == UNKNOWN:
        return f"无法判断 CANNOT TELL\n{printable(found['reason'])}\n"
    if found["code"] == TAMPERED:
        bad = found["first_bad"]
        place = "" if bad["stream"] is None else f"{bad['stream']} #{bad['seq'] or ''} "
        line = "" if bad["line"] is None else f"· 第 {bad['line']} 行 line {bad['line']} "
        text = f"已被改动 TAMPERED\n{place}{line}· {bad['field']}\n{found['reason']}"
        return "\n".join(printable(part) for part in text.split("\n")) + "\n"
    head = f"完好 INTACT\n{found['entries']} 条账目 entries · 树 tree {found['size']}\n"
    if not found["complete"]:
        return head + (
            "筛选导出：证明所列各条都在账上，不证明没有遗漏。\n"
            "A filtered export: its rows are on the record; others may be missing from it.\n"
        )
    if found["as_of"] is None:
        return f"{head}整条记录 whole streams\n"
    return f"{head}整条记录，截至 whole streams as of {found['as_of']}\n"


def main() -> int:
    reader = argparse.ArgumentParser(description="Verifies an auditor's bundle offline.")
    reader.add_argument("bundle", metavar="BUNDLE.zip")
    reader.add_argument("--keys", metavar="TRUSTED.json", required=True)
    reader.add_argument("--json", action="store_true")
    asked = reader.parse_args()
    found = answer(asked.bundle, asked.keys)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    text = json.dumps(found, ensure_ascii=False) + "\n" if asked.json else in_words(found)
    sys.stdout.write(text)
    return int(found["code"])


if __name__ == "__main__":
    sys.exit(main())
