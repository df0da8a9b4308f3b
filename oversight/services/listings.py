"""Reading an exported csv or jsonl back: what its head says, which places its rows name."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from oversight.rules.rows import COLUMNS

HEAD_LINES = 40
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


class Told(NamedTuple):
    """One line of the head as the file has it."""

    line: int
    name: str
    value: str


class Claim(NamedTuple):
    """One row of a file: its line, the place it names, its cells by name."""

    line: int
    stream: str
    seq: int
    cells: dict[str, Any]


@dataclass(slots=True)
class Listing:
    """A file that was recognised: its head, its rows and where they begin."""

    head: list[Told]
    claims: Iterator[Claim]
    claims_at: int
    is_csv: bool

    def said(self, name: str) -> str:
        """Returns what the head says under a name, "" if nothing."""
        return next((told.value for told in self.head if told.name == name), "")


def recognise(data: bytes) -> Listing | None:
    """Returns the file as it speaks if it has the form of an export of ours."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return read_jsonl(text) if text.lstrip().startswith("{") else read_csv(text)


def read_csv(text: str) -> Listing | None:
    """The head's pairs, an empty line, the columns, then rows."""
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    head: list[Told] = []
    try:
        for row in islice(reader, HEAD_LINES):
            if tuple(row) == COLUMNS:
                return Listing(head, csv_claims(reader), reader.line_num, is_csv=True)
            if any(row):
                head.append(Told(reader.line_num, row[0], ",".join(row[1:])))
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
    """A head line, then entries as the bundle has them. Lines end at a line feed alone: a body may
    hold the other characters that end a line elsewhere."""
    lines = list(enumerate(text.split("\n"), 1))
    first = read_object(lines[0][1])
    if first is None or not {"header", "stream"} & set(first):
        return None
    head: list[Told] = []
    if "header" in first:
        lines = lines[1:]
        said = first["header"] if isinstance(first["header"], dict) else {}
        head = [
            Told(1, name, value if isinstance(value, str) else "") for name, value in said.items()
        ]
        head += [Told(1, name, "") for name in first if name != "header"]
    return Listing(head, json_claims(lines), 1, is_csv=False)


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
