"""Checking an exported csv or jsonl against the ledger: each cell, each row, up to the root."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Any, NamedTuple

from audit.chain import GENESIS, Head, first_fault
from audit.checkpoint import Tip
from audit.selectors import tree_nodes
from audit.selectors.search import LedgerRow, find_rows
from audit.services.bundle import Row, entry_line
from audit.services.examining import signed_tip
from audit.services.sealing import newest_checkpoint
from audit.tree import Nodes
from documents.rules.lists import BadRow, ListFinding
from oversight.rules.rows import COLUMNS, LEAF, cells_of, guarded
from oversight.selectors.ledger import hidden_streams, leads_to, path_of
from oversight.services.tables import ROWS_HASH, facts_of

AT_ONCE = 200
SHOWN = 60
FIELD_LIMIT = 1 << 22
NUL = "\x00"  # a character that no database takes and no stream's name has
JSON_NAMES = {
    "stream": "链",
    "seq": "序号",
    "at": "时间（北京）",
    "kind": "事件代码",
    "body": "内容",
}
JSON_NAMES |= {"hash": "指纹", "leaf": "树位"}


class Claim(NamedTuple):
    """One row of a file: its line, the place it names, its cells by name."""

    line: int
    stream: str
    seq: int
    cells: dict[str, Any]


@dataclass(slots=True)
class Listing:
    """A file that was recognised: what its head claims, its rows, and how they are compared."""

    rows_hash: str
    claims: Iterator[Claim]
    is_csv: bool


@dataclass(slots=True)
class Course:
    """How far the check has come."""

    tip: Tip | None
    nodes: Nodes
    hidden: frozenset[str]
    rows: int = 0
    on_chain: int = 0
    signed: int = 0
    seen: set[tuple[str, int]] = field(default_factory=set)
    digest: Any = field(default_factory=sha256)

    def finding(self, bad: BadRow | None = None) -> ListFinding:
        is_valid = self.tip is not None
        return ListFinding(self.rows, self.on_chain, self.signed, is_valid, bad)


def check_list(data: bytes) -> ListFinding | None:
    """Returns what the file is worth; None if it is no export of the ledger. Stops at the first
    row that does not fit."""
    listing = recognise(data)
    if listing is None:
        return None
    checkpoint = newest_checkpoint()
    tip = signed_tip(checkpoint.note) if checkpoint else None
    course = Course(tip, tree_nodes(), hidden_streams())
    while claims := list(islice(listing.claims, AT_ONCE)):
        known = find_rows(
            [(claim.stream, claim.seq) for claim in claims if NUL not in claim.stream]
        )
        for claim in claims:
            bad = check_row(claim, known.get((claim.stream, claim.seq)), course, listing.is_csv)
            if bad:
                return course.finding(bad)
    digest = course.digest.hexdigest()
    if listing.rows_hash and course.rows and listing.rows_hash != digest:
        return course.finding(BadRow(1, ROWS_HASH, listing.rows_hash, "differs"))
    return course.finding()


def check_row(claim: Claim, row: LedgerRow | None, course: Course, is_csv: bool) -> BadRow | None:
    """Counts a row that is the ledger's own, proven by its hashes and the tree; or names why not.
    What nobody may read yet does not exist."""
    course.rows += 1
    place = (claim.stream, claim.seq)
    if row is None or claim.stream in course.hidden:
        return BadRow(claim.line, COLUMNS[0], f"{claim.stream} {claim.seq}"[:SHOWN], "unknown")
    if place in course.seen:
        return BadRow(claim.line, COLUMNS[1], f"{claim.stream} {claim.seq}"[:SHOWN], "twice")
    course.seen.add(place)
    if fault_of(row) or not is_covered(row, course):
        return BadRow(claim.line, COLUMNS[-1], "", "broken")
    wanted = csv_cells(row) if is_csv else json_cells(row)
    for name, said in claim.cells.items():
        is_open = name == COLUMNS[LEAF] and not said  # the place was given after the export
        if said != wanted.get(name) and not is_open:
            return BadRow(claim.line, name, as_text(said)[:SHOWN], "differs")
    course.on_chain += 1
    course.digest.update(row.link.hash)
    return None


def is_covered(row: LedgerRow, course: Course) -> bool:
    """Whether the signed root leads to the row; one that is too new for it counts as not signed."""
    tip = course.tip
    if tip is None or row.leaf is None or row.leaf >= tip.size:
        return True
    course.signed += 1
    return leads_to(tip, row, path_of(row.leaf, tip, course.nodes))


def fault_of(row: LedgerRow) -> str | None:
    """Returns what of the row does not fit its own hashes."""
    item = row.link
    before = Head(item.seq - 1, item.prev) if item.seq > 1 else GENESIS
    return first_fault(item, before)


def csv_cells(row: LedgerRow) -> dict[str, Any]:
    return dict(zip(COLUMNS, guarded(cells_of(facts_of(row))), strict=True))


def json_cells(row: LedgerRow) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entry_line(Row(*row.link, leaf=row.leaf)))
    return {JSON_NAMES.get(name, name): value for name, value in found.items()}


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# ── reading files ───────────────────────────────────────────────────────────────────────────────
def recognise(data: bytes) -> Listing | None:
    """Returns the file's rows if it is an export of ours."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return read_jsonl(text) if text.lstrip().startswith("{") else read_csv(text)


def read_csv(text: str) -> Listing | None:
    """The head's pairs, then the columns, then rows."""
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows_hash = ""
    try:
        for row in islice(reader, 40):
            if tuple(row) == COLUMNS:
                return Listing(rows_hash, csv_claims(reader), is_csv=True)
            if len(row) > 1 and row[0] == ROWS_HASH:
                rows_hash = row[1]
    except csv.Error:
        return None
    return None


def csv_claims(reader: Any) -> Iterator[Claim]:
    """Yields the rows; one that cannot be read names a place that does not exist."""
    while True:
        try:
            row: Sequence[str] = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Claim(reader.line_num, "?", 0, {})
            return
        if not any(row):
            continue
        cells = dict(zip(COLUMNS, row, strict=False))
        seq = cells.get(COLUMNS[1], "")
        is_whole = len(row) == len(COLUMNS) and seq.isascii() and seq.isdigit() and len(seq) < 16
        if not is_whole:
            yield Claim(reader.line_num, ",".join(row), 0, {})
            continue
        yield Claim(reader.line_num, cells[COLUMNS[0]], int(seq), cells)


def read_jsonl(text: str) -> Listing | None:
    """A head line or none, then entries as the bundle has them."""
    lines = list(enumerate(text.splitlines(), 1))
    first = read_object(lines[0][1]) if lines else None
    if first is None or not {"header", "stream"} & set(first):
        return None
    rows_hash = ""
    if isinstance(first.get("header"), dict):
        rows_hash = str(first["header"].get(ROWS_HASH, ""))
        lines = lines[1:]
    return Listing(rows_hash, json_claims(lines), is_csv=False)


def json_claims(lines: list[tuple[int, str]]) -> Iterator[Claim]:
    for number, line in lines:
        if not line.strip():
            continue
        found = read_object(line) or {}
        seq = found.get("seq")
        is_place = type(seq) is int and 0 < seq < 1 << 53
        named = {JSON_NAMES.get(name, name): value for name, value in found.items()}
        stream = str(found.get("stream", line))
        yield Claim(number, stream, int(seq or 0) if is_place else 0, named)


def read_object(line: str) -> dict[str, Any] | None:
    """Returns the object on a line; None for anything else, for one with a name twice and for one
    with half a character, which no page could show."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _value in pairs}) != len(pairs):
            raise ValueError("a name occurs twice")
        return dict(pairs)

    try:
        found = json.loads(line, object_pairs_hook=once)
        if "\\u" in line:
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
