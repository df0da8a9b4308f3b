"""Databases and servers for tests.

No mark            no database; in tests/rules no network either.
@pytest.mark.django_db
                   rolled back at the end (SQLite). The rows of migrations are there. `on_commit`
                   never fires: use `django_capture_on_commit_callbacks(execute=True)`.
@pytest.mark.django_db(transaction=True), or the fixtures `transactional_db`, `live_server`
                   commits for real, on a fresh copy of the migrated database: the append-only
                   triggers refuse a flush, and no test may switch them off.
@pytest.mark.postgres (beside django_db, any form)
                   the same, on a fresh copy of a migrated database of a private PostgreSQL.
each_database      fixture: the test runs on both, one after the other, committing for real; its
                   value is the vendor, "sqlite" or "postgresql".

For processes that a test starts itself: `sqlite_url_env`, `postgres_url` (a fresh migrated
database), `redis_url` (shared, flushed before), each a value for the environment; `own_postgres`
and `own_redis` are servers of the test's own, which it may stop, kill -9 and start again
(tests/servers.py). The servers start when first asked for and end with the session.
"""

import itertools
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import environ
import pytest
from asgiref.sync import SyncToAsync
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase
from django.utils import translation

from tests.servers import PostgresServer, RedisServer

TEMPLATE = "migrated"
RULES = Path(__file__).parent / "rules"
_numbers = itertools.count(1)
Database = dict[str, Any]


def pytest_configure() -> None:
    """A transactional test's database is thrown away, so nothing need be flushed; and what the
    machine's disk holds after a test is nobody's concern."""
    TransactionTestCase._fixture_teardown = lambda _self: None
    options = settings.DATABASES["default"].get("OPTIONS", {})
    if "init_command" in options:
        options["init_command"] = options["init_command"].replace("=FULL", "=OFF")


# ── which database a test gets ────────────────────────────────────────────────────────────────


def is_transactional(request: pytest.FixtureRequest) -> bool:
    mark = request.node.get_closest_marker("django_db")
    names = {"transactional_db", "live_server", "each_database"}
    return bool((mark and mark.kwargs.get("transaction")) or names & set(request.fixturenames))


def forget_connections() -> None:
    """Closes the connections of this thread and of the one that async code queries from."""

    def forget() -> None:
        connections.close_all()
        for alias in list(connections):
            if hasattr(connections._connections, alias):
                del connections[alias]

    forget()
    SyncToAsync.single_thread_executor.submit(forget).result()


@contextmanager
def using(database: Database) -> Iterator[None]:
    """Makes a database the default one, for every thread."""
    from django.contrib.contenttypes.models import ContentType

    before = connections.settings["default"]
    forget_connections()
    connections.settings["default"] = connections.configure_settings({"default": database})[
        "default"
    ]
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        pool = getattr(connections["default"], "close_pool", None)
        forget_connections()
        if pool:
            pool()
        connections.settings["default"] = before
        ContentType.objects.clear_cache()


@pytest.fixture(scope="session")
def sqlite_template(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The migrated SQLite database as one file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    return path


def postgres_settings(url: str) -> Database:
    return {**environ.Env.db_url_config(url), "CONN_MAX_AGE": 0}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The session's PostgreSQL."""
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer, django_db_blocker: Any) -> str:
    """The name of the migrated PostgreSQL database that tests copy."""
    postgres_server.create(TEMPLATE)
    with django_db_blocker.unblock(), using(postgres_settings(postgres_server.url(TEMPLATE))):
        call_command("migrate", verbosity=0)
    return TEMPLATE


@pytest.fixture
def _own_database(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Swaps the default database for a fresh copy where the test asks for one."""
    if request.node.get_closest_marker("postgres"):
        database = postgres_settings(request.getfixturevalue("postgres_url"))
    elif is_transactional(request):
        database = {**connections.settings["default"], "NAME": copied_sqlite(request)}
    else:
        yield
        return
    with django_db_blocker.unblock(), using(database):
        yield


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A request leaves its reader's language to the thread: the next test must not speak it."""
    yield
    translation.deactivate()


@pytest.fixture
def _django_db_helper(_own_database: None, _django_db_helper: None) -> None:
    """pytest-django's own fixture, after the database was chosen."""
    cache.clear()


@pytest.fixture
def own_engine(transactional_db: None) -> Iterator[None]:
    """Rooms that commit for real, with a sequencer of the test's own. The committer's thread keeps
    a connection: it ends before the database goes."""
    from bidding.sequencer.books import forget_books
    from bidding.sequencer.committer import sequencer
    from bidding.sequencer.pulse import forget_pulse
    from bidding.sequencer.shown import forget_views

    forget_books()
    forget_views()
    forget_pulse()
    yield
    sequencer.stop()
    forget_books()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def each_database(request: pytest.FixtureRequest, transactional_db: None) -> str:
    """Runs the test on both databases; the value is the vendor."""
    vendor: str = request.param
    assert connections["default"].vendor == vendor
    return vendor


def copied_sqlite(request: pytest.FixtureRequest) -> str:
    template: Path = request.getfixturevalue("sqlite_template")
    folder: Path = request.getfixturevalue("tmp_path")
    return str(shutil.copyfile(template, folder / "database.sqlite3"))


# ── for processes that a test starts ──────────────────────────────────────────────────────────


@pytest.fixture
def sqlite_url_env(request: pytest.FixtureRequest) -> dict[str, str]:
    """Environment for a process on a fresh SQLite copy: no server, no broker."""
    env = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
    return {**env, "SQLITE_PATH": copied_sqlite(request)}


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A fresh migrated database."""
    name = f"test_{next(_numbers)}"
    postgres_server.create(name, postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The session's Redis."""
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The session's Redis, emptied."""
    import redis

    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture
def own_postgres(django_db_blocker: Any) -> Iterator[PostgresServer]:
    """A durable PostgreSQL of the test's own, with the migrated database `migrated`."""
    server = PostgresServer(is_durable=True)
    try:
        server.create(TEMPLATE)
        with django_db_blocker.unblock(), using(postgres_settings(server.url(TEMPLATE))):
            call_command("migrate", verbosity=0)
        yield server
    finally:
        server.remove()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis of the test's own."""
    server = RedisServer()
    yield server
    server.remove()


# ── purity ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(autouse=True)
def _no_network_in_rules(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules are pure: a test of theirs that opens a connection is wrong."""

    def refuse(*_args: object) -> None:
        raise AssertionError("a rule's test opens no connection")

    if request.path.is_relative_to(RULES):
        monkeypatch.setattr(socket.socket, "connect", refuse)
