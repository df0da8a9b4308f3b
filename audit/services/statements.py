"""Appending to the ledger as plain SQL, for the one short transaction of a batch of rooms."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from audit import relay
from audit.chain import Link

ENTRY_COLUMNS = ("stream", "seq", "kind", "at", "idem", "body", "body_hash", "prev", "hash")
ENTRY_TYPES = ("text", "bigint", "text", "timestamptz", "text", "text", "bytea", "bytea", "bytea")
PENDING_COLUMNS = ("stream", "first_seq", "last_seq")
PENDING_TYPES = ("text", "bigint", "bigint")
OUTBOX_COLUMNS = ("stream", "seq", "handler", "is_slow")
OUTBOX_TYPES = ("text", "bigint", "text", "bool")
MOVE_COLUMNS = ("last_seq", "head", "name", "old_seq", "old_head")
MOVE_TYPES = ("bigint", "bytea", "text", "bigint", "bytea")


class Statement(NamedTuple):
    """SQL with %s placeholders; `rows`, where given, is the row count it must report."""

    sql: str
    params: tuple[object, ...]
    rows: int | None = None


def append_statements(runs: Sequence[Sequence[Link]], vendor: str) -> list[Statement]:
    """Returns the SQL that appends links, each run one stream's, for a transaction of one's own:
    the entries, the compare-and-set of the streams (check its row count), the ranges for the tree
    and the handlers' tasks. Call `relay.wake()` after the commit. Vendor `postgresql` or `sqlite`.

    On PostgreSQL the number of statements does not grow with the streams and their text is always
    the same, so that the server plans each once."""
    links = [item for run in runs for item in run]
    if not links:
        return []
    ranges = [(run[0].stream, run[0].seq, run[-1].seq) for run in runs]
    made = [insert("audit_entry", ENTRY_COLUMNS, ENTRY_TYPES, links, vendor)]
    made += move_statements(runs, vendor)
    made.append(insert("audit_pending", PENDING_COLUMNS, PENDING_TYPES, ranges, vendor))
    tasks = [(row.stream, row.seq, row.handler, row.is_slow) for row in relay.tasks_of(links)]
    if tasks:
        made.append(insert("audit_outbox", OUTBOX_COLUMNS, OUTBOX_TYPES, tasks, vendor))
    return made


def move_statements(runs: Sequence[Sequence[Link]], vendor: str) -> list[Statement]:
    """The compare-and-set of each run's stream, from before its first link to its last."""
    rows = [(run[-1].seq, run[-1].hash, run[0].stream, run[0].seq - 1, run[0].prev) for run in runs]
    if vendor == "postgresql":
        moves = recordset(MOVE_COLUMNS, MOVE_TYPES)
        sql = (
            f"UPDATE audit_stream AS s SET last_seq = m.last_seq, head = m.head FROM ({moves}) AS m"  # noqa: S608
            " WHERE s.name = m.name AND s.last_seq = m.old_seq AND s.head = m.old_head"
        )
        return [Statement(sql, (as_records(MOVE_COLUMNS, rows),), rows=len(rows))]
    sql = (
        "UPDATE audit_stream SET last_seq = %s, head = %s"
        " WHERE name = %s AND last_seq = %s AND head = %s"
    )
    return [Statement(sql, row, rows=1) for row in rows]


def insert(
    table: str,
    columns: tuple[str, ...],
    types: tuple[str, ...],
    rows: Sequence[tuple[object, ...]],
    vendor: str,
) -> Statement:
    """Returns one INSERT of many rows; the names are ours, never from outside."""
    names = ", ".join(columns)
    if vendor == "postgresql":
        sql = f"INSERT INTO {table} ({names}) {recordset(columns, types)}"  # noqa: S608
        return Statement(sql, (as_records(columns, rows),))
    marks = ", ".join(f"({', '.join(['%s'] * len(columns))})" for _ in rows)
    sql = f"INSERT INTO {table} ({names}) VALUES {marks}"  # noqa: S608
    return Statement(sql, tuple(sqlite_value(value) for row in rows for value in row))


def recordset(columns: tuple[str, ...], types: tuple[str, ...]) -> str:
    """The rows of one JSON parameter as PostgreSQL's; bytes travel as hexadecimal text."""
    shown = (
        f"decode({name}, 'hex') AS {name}" if kind == "bytea" else name
        for name, kind in zip(columns, types, strict=True)
    )
    given = (
        f"{name} {'text' if kind == 'bytea' else kind}"
        for name, kind in zip(columns, types, strict=True)
    )
    return f"SELECT {', '.join(shown)} FROM json_to_recordset(%s::json) AS x({', '.join(given)})"  # noqa: S608


def as_records(columns: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    """Returns the rows as the JSON that `recordset` reads."""
    return json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=json_value)


def json_value(value: object) -> str:
    """Returns bytes and instants as text."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} is no column of the ledger")


def sqlite_value(value: object) -> object:
    """Returns an instant as the text that Django stores."""
    return str(value.astimezone(UTC).replace(tzinfo=None)) if isinstance(value, datetime) else value
