"""Writing the files of a bundle; their formats are what `audit/verify.py` reads."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.db.models import OuterRef, Subquery

from audit.chain import GENESIS, Body, Head, Link
from audit.clock import database_now
from audit.models import Checkpoint, Entry
from audit.selectors import tree_nodes
from audit.services.examining import LedgerBroken, Placed
from audit.services.keys import origin
from audit.services.sealing import CheckpointView
from audit.tree import inclusion_proof, verify_inclusion
from kernel.clock import CHINA, iso_ms

AUDIT = Path(__file__).parents[1]
PAGE = 1000
NEWEST_CHECKPOINTS = 1000
COLUMNS = ("stream", "seq", "kind", "at", "idem", "body", "body_hash", "prev", "hash")
ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


class Part(NamedTuple):
    """Of one stream either all entries up to `last`, or the entries `seqs`."""

    stream: str
    last: int = 0
    seqs: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        return len(self.seqs) or self.last


class Row(NamedTuple):
    """An entry as it stands in the table, its place in the tree if it has one, and, of a single
    row, the hash of the row before it."""

    stream: str
    seq: int
    kind: str
    at: datetime
    idem: str
    body: str
    body_hash: bytes
    prev: bytes
    hash: bytes
    leaf: int | None
    previous: bytes | None = None

    def link(self) -> Link:
        """Returns the pure value."""
        hashes = (bytes(self.body_hash), bytes(self.prev), bytes(self.hash))
        return Link(self.stream, self.seq, self.kind, self.at, self.idem, self.body, *hashes)


class Place(NamedTuple):
    """A row that gets a proof."""

    stream: str
    seq: int
    hash: bytes
    leaf: int


class Manifest(NamedTuple):
    """The totals of what was written, and the first row that does not fit its own hashes."""

    entries: int
    streams: dict[str, Body]
    sum_fen: int
    size: int
    broken: LedgerBroken | None


def pages_of(part: Part) -> list[Sequence[int]]:
    """Returns the numbers of a part, a page at a time."""
    numbers = part.seqs or range(1, part.last + 1)
    return [numbers[start : start + PAGE] for start in range(0, len(numbers), PAGE)]


def rows_of(part: Part) -> Iterator[Row]:
    """Reads a part in pages, so that no long read stands in anybody's way. A row that is gone is
    left out: the verifier will name the gap."""
    for page in pages_of(part):
        rows = Entry.objects.filter(stream=part.stream, seq__gte=page[0], seq__lte=page[-1])
        columns = [*COLUMNS, "leaf__index"]
        if part.seqs:
            before = Entry.objects.filter(stream=OuterRef("stream"), seq=OuterRef("seq") - 1)
            previous = Subquery(before.values("hash")[:1])
            rows = rows.filter(seq__in=page).annotate(previous=previous)
            columns.append("previous")
        for row in rows.order_by("seq").values_list(*columns):
            yield Row(*row)


def exact_row(stream: str, seq: int) -> Row:
    """Returns one row."""
    return next(rows_of(Part(stream, seqs=(seq,))))


def entry_line(row: Row) -> str:
    """Returns the entry as one line of JSON; the body stands in it exactly as it was hashed."""
    hashes = (bytes(value).hex() for value in (row.body_hash, row.prev, row.hash))
    head = {"stream": row.stream, "seq": row.seq, "kind": row.kind}
    head |= {"at": iso_ms(row.at), "idem": row.idem}
    tail = {**dict(zip(COLUMNS[-3:], hashes, strict=True)), "leaf": row.leaf}
    return f'{ENCODER.encode(head)[:-1]},"body":{row.body},{ENCODER.encode(tail)[1:]}\n'


def amount_of(body: str) -> int:
    """Returns the `amount_fen` that the body names, 0 if none; a damaged body has none."""
    if '"amount_fen"' not in body:
        return 0
    try:
        amount = json.loads(body).get("amount_fen")
    except (ValueError, AttributeError):
        return 0
    return amount if type(amount) is int else 0


class Bundle:
    """An open bundle: entries first, then what speaks about them, then `finish`."""

    def __init__(self, path: Path, checkpoint: CheckpointView | None, *, is_all: bool) -> None:
        self._made_at = database_now()
        self._checkpoint, self._is_all = checkpoint, is_all
        self._size = checkpoint.size if checkpoint else 0
        self._nodes = tree_nodes()
        self._zip = ZipFile(path, "w", ZIP_DEFLATED)
        self._places: list[Place] = []
        self._streams: dict[str, Body] = {}
        self._entries = self._sum_fen = 0
        self._broken: LedgerBroken | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def _name(self, name: str) -> ZipInfo:
        info = ZipInfo(name, self._made_at.astimezone(CHINA).timetuple()[:6])
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        return info

    def _put(self, name: str, text: str) -> None:
        self._zip.writestr(self._name(name), text.encode())

    def write_entries(self, parts: Sequence[Part], progress: Callable[[int], None]) -> None:
        """Writes entries.jsonl in stream and seq order."""
        with self._zip.open(self._name("entries.jsonl"), "w", force_zip64=True) as file:
            for part in parts:
                head = GENESIS
                for row in rows_of(part):
                    self._examine(row, self._before(row, part, head))
                    head = Head(row.seq, bytes(row.hash))
                    file.write(entry_line(row).encode())
                    self._count(row)
                    if self._entries % PAGE == 0:
                        progress(self._entries)
                if not part.seqs and head.seq < part.last:
                    self._note(LedgerBroken(part.stream, head.seq + 1, "missing"))
        progress(self._entries)
        if not self._is_all:
            self._write_proofs()

    def _before(self, row: Row, part: Part, head: Head) -> Head | None:
        """Returns where the stream stood before the row by the rows that are there; None if the
        row before it is gone."""
        if not part.seqs:
            return head if head.seq == row.seq - 1 else None
        if row.seq == 1:
            return GENESIS
        return None if row.previous is None else Head(row.seq - 1, bytes(row.previous))

    def _examine(self, row: Row, before: Head | None) -> None:
        """Looks whether the row was changed since it was written."""
        if self._broken is None:
            self._note(Placed(row.leaf or 0, row.link(), before).fault())

    def _note(self, fault: LedgerBroken | None) -> None:
        """Keeps the first fault."""
        self._broken = self._broken or fault

    def _count(self, row: Row) -> None:
        self._entries += 1
        self._sum_fen += amount_of(row.body)
        if row.leaf is not None and row.leaf < self._size and not self._is_all:
            self._places.append(Place(row.stream, row.seq, bytes(row.hash), row.leaf))
        stream = self._streams.setdefault(row.stream, {"first_seq": row.seq})
        stream |= {"last_seq": row.seq, "head": bytes(row.hash).hex()}

    def _proof(self, leaf: int) -> dict[str, Any]:
        path = inclusion_proof(self._nodes, leaf, self._size)
        return {"leaf": leaf, "size": self._size, "path": [item.hex() for item in path]}

    def _write_proofs(self) -> None:
        with self._zip.open(self._name("proofs.jsonl"), "w", force_zip64=True) as file:
            for place in self._places:
                try:
                    proof = self._proof(place.leaf)
                except LookupError:  # a leaf is gone: the row stays without proof, and is named
                    self._note(LedgerBroken(place.stream, place.seq, "leaf"))
                    continue
                if not self._is_proven(place, proof["path"]):
                    self._note(LedgerBroken(place.stream, place.seq, "proof"))
                file.write(f"{ENCODER.encode(proof)}\n".encode())

    def _is_proven(self, place: Place, path: Sequence[str]) -> bool:
        """Whether the row leads to the signed root: a past that was rewritten whole does not."""
        root = self._checkpoint.root if self._checkpoint else b""
        way = [bytes.fromhex(item) for item in path]
        return verify_inclusion(place.hash, index=place.leaf, size=self._size, path=way, root=root)

    def write_attestation(self, row: Row, streams: Body) -> None:
        """Writes the ledger's own entry about this export with its proof and the streams' ends
        that it promises: without it a bundle cut short under an older checkpoint looks whole."""
        proof = ENCODER.encode(self._proof(cast(int, row.leaf)))
        ends = ENCODER.encode(streams)
        line = entry_line(row).rstrip("\n")
        self._put("attestation.json", f'{{"entry":{line},"proof":{proof},"streams":{ends}}}\n')

    def finish(self, asked: Body, *, complete: bool) -> Manifest:
        """Writes the checkpoints, the manifest, the verifier and the reader's guide."""
        self._write_checkpoints()
        manifest = {
            "v": 1,
            "origin": origin(),
            "made_at": iso_ms(self._made_at),
            "filter": asked,
            "complete": complete,
            "counts": {"entries": self._entries, "streams": len(self._streams)},
            "sum_fen": self._sum_fen,
            "streams": self._streams,
            "size": self._size,
            "root": self._checkpoint.root.hex() if self._checkpoint else None,
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        self._put("manifest.json", f"{text}\n")
        self._put("verify.py", (AUDIT / "verify.py").read_text())
        self._put("README.txt", (AUDIT / "data" / "README.txt").read_text())
        return Manifest(self._entries, self._streams, self._sum_fen, self._size, self._broken)

    def _write_checkpoints(self) -> None:
        if self._checkpoint is None:
            return
        notes = Checkpoint.objects.filter(size__lte=self._size).order_by("-size")
        wanted = notes.values_list("size", "note")[: NEWEST_CHECKPOINTS if self._is_all else 1]
        for size, note in reversed(wanted):
            self._put(f"checkpoints/{size:012d}.txt", note)
