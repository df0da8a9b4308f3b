"""Triggers that refuse to change or remove rows; used by the migrations of append-only tables.

They stop mistakes and small insiders; the signed checkpoint shows what a superuser did.
"""

from collections.abc import Callable

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.state import StateApps

Keys = tuple[tuple[str, ...], ...]

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""


def append_only(table: str, keys: Keys = (("id",),)) -> RunPython:
    """Returns the migration step that makes a table append-only. `keys` are its unique column
    sets: on SQLite a REPLACE would otherwise remove rows without firing a DELETE trigger."""

    def apply(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        make: dict[str, Callable[[str, Keys], list[str]]] = {
            "postgresql": on_postgresql,
            "sqlite": on_sqlite,
        }
        for statement in make[editor.connection.vendor](table, keys):
            editor.execute(statement, params=None)

    return RunPython(apply, RunPython.noop)


def on_postgresql(table: str, _keys: Keys) -> list[str]:
    name = f"{table}_append_only"
    refuse = "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    return [
        FUNCTION,
        f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} {refuse}",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ]


def on_sqlite(table: str, keys: Keys) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, 'append-only: % on {table} is refused'); END"
    made = [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        + refuse.replace("%", verb)
        for verb in ("UPDATE", "DELETE")
    ]
    taken = " OR ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE {same_row(key)})"  # noqa: S608
        for key in keys
    )
    made.append(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} "
        + refuse.replace("%", "REPLACE")
    )
    return made


def same_row(key: tuple[str, ...]) -> str:
    return " AND ".join(f'"{column}" = NEW."{column}"' for column in key)
