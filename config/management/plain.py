"""What a command says in one sentence where Django would print a traceback."""

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

NOT_MIGRATED = "The database is not prepared: run `manage.py migrate` first."


def sentence(error: Exception) -> str | None:
    """What is wrong and what to do; None for a fault of the program, whose traceback is wanted."""
    if isinstance(error, CommandError | ImproperlyConfigured):
        return str(error)
    if isinstance(error, DatabaseError):
        try:
            return NOT_MIGRATED if waiting_migrations() else None
        except OperationalError as silence:
            return f"The database does not answer: {first_line(silence)}"
    return None


def waiting_migrations() -> int:
    """How many steps the database is behind the code."""
    connection.close()  # what failed may have left a transaction behind
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
