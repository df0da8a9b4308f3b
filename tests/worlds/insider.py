"""What a superuser of the database can do to the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from audit.chain import Draft, Head, link
from audit.models import Entry, Stream


@contextmanager
def triggers_off(table: str = "audit_entry") -> Iterator[None]:
    """Switches a table's triggers off and on again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            yield
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
            return
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
        )
        triggers = cursor.fetchall()
        for name, _text in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _name, text in triggers:
            cursor.execute(text)


def as_administrator(sql: str, table: str = "audit_entry") -> None:
    """Runs one statement with the triggers off."""
    with triggers_off(table), connection.cursor() as cursor:
        cursor.execute(sql)


def rewrite(stream: str, seq: int, old: str, new: str) -> None:
    """Changes one body and recomputes every hash of the stream from there: the chain holds."""
    with triggers_off():
        before = Entry.objects.filter(stream=stream, seq=seq - 1).first()
        head = Head(seq - 1, bytes(before.hash)) if before else Head(0, bytes(32))
        for row in Entry.objects.filter(stream=stream, seq__gte=seq).order_by("seq"):
            body = row.read_body()
            if row.seq == seq:
                body = {**body, **{key: new for key, value in body.items() if value == old}}
            idem = "" if row.idem.startswith("seq:") else row.idem
            made = link(head, stream, Draft(row.kind, body, idem), row.at)
            Entry.objects.filter(pk=row.pk).update(
                body=made.body, body_hash=made.body_hash, prev=made.prev, hash=made.hash
            )
            head = Head(made.seq, made.hash)
    Stream.objects.filter(pk=stream).update(head=head.hash)
