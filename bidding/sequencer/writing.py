"""What a batch writes: the entries of all its rooms, then the rooms' own rows."""

from collections.abc import Sequence

from audit.chain import Link
from audit.services.statements import (
    Statement,
    append_statements,
    as_records,
    recordset,
    sqlite_value,
)
from bidding.rules.state import next_due
from bidding.sequencer.turns import Turn

KEEP_BOX = "UPDATE bidding_room SET reserve_box = %s WHERE id = %s"
COLUMNS = ("seq", "sealed_seq", "phase", "due_at", "id")
TYPES = ("bigint", "bigint", "text", "timestamptz", "bigint")


def batch_statements(
    turns: Sequence[Turn], runs: Sequence[Sequence[Link]], vendor: str
) -> list[Statement]:
    """The SQL of a batch, whose turns are those that changed anything and whose runs are theirs.
    On PostgreSQL as many statements for fifty rooms as for one."""
    made = append_statements(runs, vendor)
    made += [
        Statement(KEEP_BOX, (turn.box, turn.row.pk), rows=1)
        for turn in turns
        if turn.box is not None
    ]
    return made + room_statements(turns, vendor)


def room_statements(turns: Sequence[Turn], vendor: str) -> list[Statement]:
    rows = [row_of(turn) for turn in turns]
    if not rows:
        return []
    if vendor == "postgresql":
        sql = (
            "UPDATE bidding_room AS r SET seq = m.seq, sealed_seq = m.sealed_seq, phase = m.phase,"  # noqa: S608
            f" due_at = m.due_at FROM ({recordset(COLUMNS, TYPES)}) AS m WHERE r.id = m.id"
        )
        return [Statement(sql, (as_records(COLUMNS, rows),), rows=len(rows))]
    changes = ", ".join(f"{name} = %s" for name in COLUMNS[:-1])
    sql = f"UPDATE bidding_room SET {changes} WHERE id = %s"  # noqa: S608
    return [Statement(sql, tuple(map(sqlite_value, row)), rows=1) for row in rows]


def row_of(turn: Turn) -> tuple[object, ...]:
    state = turn.book.state
    return state.seq, state.sealed_seq, str(state.phase), next_due(state), turn.row.pk
