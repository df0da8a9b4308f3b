"""The triggers refuse every change, on both databases, and survive all migrations."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from audit.chain import GENESIS, Draft, extend
from audit.models import Checkpoint, Entry, Leaf, TreeNode
from audit.services import append_entries, open_stream

AT = datetime(2026, 4, 21, 2, 3, 30, tzinfo=UTC)
CHANGES = {
    "audit_entry": "kind = 'other'",
    "audit_leaf": "entry_id = 2",
    "audit_treenode": "level = 2",
    "audit_checkpoint": "note = ''",
}
REPLACES = {
    "by id": "REPLACE INTO audit_entry SELECT id, 's/x', 9, kind, at, 'i', body, body_hash,"
    " prev, hash FROM audit_entry LIMIT 1",
    "by place": "REPLACE INTO audit_entry SELECT 77, stream, seq, kind, at, 'i', body, body_hash,"
    " prev, hash FROM audit_entry LIMIT 1",
    "by idem": "REPLACE INTO audit_entry SELECT 77, stream, 9, kind, at, idem, body, body_hash,"
    " prev, hash FROM audit_entry LIMIT 1",
}


def make_rows() -> None:
    links = extend("lot/1", GENESIS, [Draft("a.b", {"n": 1})] * 2, AT)
    with transaction.atomic():
        open_stream("lot/1")
        append_entries(after=GENESIS, links=links)
        for index, entry in enumerate(Entry.objects.order_by("pk")):
            Leaf.objects.create(index=index, entry=entry)
        TreeNode.objects.create(level=1, index=0, hash=bytes(32))
        Checkpoint.objects.create(size=2, root=bytes(32), note="text", signed_at=AT)


def contents() -> list[list[tuple[object, ...]]]:
    found = []
    for table in CHANGES:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
            found.append([tuple(map(repr, row)) for row in cursor.fetchall()])
    return found


def refused(sql: str) -> str:
    with (
        pytest.raises(DatabaseError) as raised,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    return str(raised.value)


@pytest.mark.parametrize("table", CHANGES)
def test_rows_cannot_be_changed_or_removed(each_database: str, table: str) -> None:
    make_rows()
    before = contents()
    assert "append-only" in refused(f"UPDATE {table} SET {CHANGES[table]}")
    assert "append-only" in refused(f"DELETE FROM {table}")
    if each_database == "postgresql":
        assert "append-only" in refused(f"TRUNCATE {table} CASCADE")
    assert contents() == before


@pytest.mark.parametrize("how", REPLACES)
@pytest.mark.django_db(transaction=True)
def test_sqlite_cannot_replace_rows(how: str) -> None:
    make_rows()
    before = contents()
    assert "append-only" in refused(REPLACES[how])
    assert contents() == before


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_postgresql_keeps_the_triggers_on_for_replicas() -> None:
    make_rows()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        with pytest.raises(DatabaseError, match="append-only"):
            cursor.execute("DELETE FROM audit_entry")
