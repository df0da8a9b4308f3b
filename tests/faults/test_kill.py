"""kill -9 in mid-auction: what was acknowledged is there, and the room closes once."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults.judge import judge, read_lines
from tests.faults.ledger import Row
from tests.faults.stack import Stack, acks_in, environment, restart, wait_for, wait_for_acks
from tests.servers import PostgresServer, RedisServer

COLUMNS = "stream, seq, kind, at, idem, body, body_hash, prev, hash"
QUERY = f"SELECT {COLUMNS} FROM audit_entry ORDER BY stream, seq"


def rows_of(found: list[tuple[Any, ...]]) -> list[Row]:
    rows = []
    for stream, seq, kind, at, idem, body, *hashes in found:
        moment = at if isinstance(at, datetime) else datetime.fromisoformat(at).replace(tzinfo=UTC)
        rows.append(Row(stream, seq, kind, moment.astimezone(UTC), idem, body, *map(bytes, hashes)))
    return rows


def ledger_of_postgres(server: PostgresServer) -> list[Row]:
    with psycopg.connect(
        host=str(server.folder), user="yangguang", dbname="migrated"
    ) as connection:
        return rows_of(connection.execute(QUERY).fetchall())


def ledger_of_sqlite(path: str) -> list[Row]:
    with sqlite3.connect(path) as connection:
        return rows_of(connection.execute(QUERY).fetchall())


def assert_nothing_lost(rows: list[Row], log: Path, code: str, stack: Stack) -> None:
    lines = read_lines(log.read_text().splitlines())
    ours = [row for row in rows if row.stream.startswith(f"room/{code}")]
    assert judge(ours, lines, code) == [], stack.logs()
    assert sum(line["what"] == "ack" for line in lines) > 20


@pytest.fixture
def stack_of(tmp_path: Path) -> Iterator[Any]:
    made: list[Stack] = []

    def make(**urls: str) -> Stack:
        stack = Stack({**environment(), **urls}, tmp_path)
        made.append(stack)
        return stack

    yield make
    for stack in made:
        stack.end()


def test_a_web_process_postgresql_and_redis_are_killed(
    own_postgres: PostgresServer, own_redis: RedisServer, stack_of: Any
) -> None:
    stack = stack_of(DATABASE_URL=own_postgres.url("migrated"), REDIS_URL=own_redis.url)
    for name in ("web-1", "web-2"):
        stack.start_web(name)
    stack.start("timekeeper", "timekeeper")
    stack.wait_ready()
    plan = stack.seed(seconds=45, seats=6, watchers=4)
    log = stack.send_clients(plan)

    wait_for_acks(log, 12, "the first offers")
    stack.kill("web-1")
    wait_for_acks(log, 6, "offers by the other process")
    stack.start_web("web-1")
    own_postgres.kill()
    restart(own_postgres)
    wait_for_acks(log, 6, "offers after PostgreSQL came back")
    own_redis.kill()
    wait_for_acks(log, 6, "offers without Redis")
    own_redis.start()
    stack.wait_clients()

    assert_nothing_lost(ledger_of_postgres(own_postgres), log, plan["code"], stack)


@pytest.mark.django_db(transaction=True)  # the migrated template comes with the test database
def test_the_one_process_of_the_default_profile_is_killed(
    sqlite_url_env: dict[str, str], stack_of: Any
) -> None:
    path = sqlite_url_env["SQLITE_PATH"]
    stack = stack_of(SQLITE_PATH=path)
    stack.start_alone()
    stack.wait_ready()
    plan = stack.seed(seconds=30, seats=6, watchers=3)
    log = stack.send_clients(plan)

    wait_for_acks(log, 12, "the first offers")
    stack.kill("web-1")
    before = acks_in(log)
    stack.start_alone()
    wait_for(lambda: acks_in(log) >= before + 6, "offers after the restart")
    stack.wait_clients()

    assert_nothing_lost(ledger_of_sqlite(path), log, plan["code"], stack)
