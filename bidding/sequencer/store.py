"""The one short transaction of a batch: rooms locked, then the clock, then who may act; written
after the decision. On PostgreSQL two pipelined round trips, on SQLite plain statements."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

import psycopg
from django.conf import settings
from django.db import Error, OperationalError, connection, transaction

from accounts.selectors import acting_statement
from audit.clock import Reading, now_sql, read_clock, reading_of, steady_us
from audit.services.statements import Statement
from bidding import permissions
from kernel.clock import Clock

logger = logging.getLogger(__name__)
LIMITS = (
    f"SELECT set_config('lock_timeout', '{max(1, settings.ROOM_LOCK_WAIT_MS)}ms', true),"
    " set_config('statement_timeout', '2s', true),"
    " set_config('idle_in_transaction_session_timeout', '1s', true),"
    " set_config('synchronous_commit', 'on', true)"
)
ONLY_ON_DEMAND = 1 << 62
"""How often a query must come before psycopg prepares it unasked: never."""
ROOM_COLUMNS = "SELECT id, code, seq, sealed_seq, reserve_box FROM bidding_room WHERE code"
SEAT_COLUMNS = (
    "SELECT s.room_id, s.user_id, s.plate, s.priority_rank FROM bidding_seat s"
    " JOIN bidding_room r ON r.id = s.room_id WHERE NOT s.is_barred AND r.code"
)


class RoomLocked(OperationalError):
    """Another transaction holds the row of one of the rooms; nothing was decided."""


P = ParamSpec("P")
T = TypeVar("T")
Seats = dict[tuple[int, int], tuple[str, int | None]]
Pairs = set[tuple[str, int]]
Moment = Reading | datetime


class Row(NamedTuple):
    """A room's locked row."""

    pk: int
    code: str
    seq: int
    sealed_seq: int
    reserve_box: bytes | None


class Asked(NamedTuple):
    """Which rooms a batch touches and which (session, person) pairs act in it. `is_patient`: it
    waits a little for rooms that others hold."""

    codes: set[str]
    pairs: Pairs
    is_patient: bool = True


class Held(NamedTuple):
    """What holds while the locks do. `moment`: how the clock was read, or the instant of a given
    one. `live`: the pairs whose session is alive, each with whether its person may bid."""

    rows: list[Row]
    moment: Moment
    seats: Seats
    live: dict[tuple[str, int], bool]


Decider = Callable[[Held], list[Statement]]


def vendor() -> str:
    return connection.vendor


def own_connection() -> None:
    """Gives this thread a connection that is nobody else's: what keeps rooms alive must not wait
    until requests give the pool's connections back."""
    connection.close()
    held = connection.settings_dict
    options = {name: value for name, value in held["OPTIONS"].items() if name != "pool"}
    if connection.vendor == "postgresql":
        options["prepare_threshold"] = ONLY_ON_DEMAND
    connection.settings_dict = {**held, "OPTIONS": options}


def give_up_connection() -> None:
    """Gives up a connection that failed, and those of the pool that died with it: the next query
    gets another. Call it in the thread that failed."""
    connection.close()
    pool: Any = getattr(connection, "pool", None)
    if pool is not None and not pool.closed:
        pool.check()


def healing(query: Callable[P, T]) -> Callable[P, T]:
    """For a thread that keeps its connection from one query to the next."""

    @wraps(query)
    def ask(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return query(*args, **kwargs)
        except Error:
            give_up_connection()
            raise

    return ask


def transact(asked: Asked, clock: Clock | None, decide: Decider) -> None:
    """Locks, reads, decides and writes in one transaction. A given clock (replays, tests) takes
    the place of the database's."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        pipelined(asked, clock, decide)
    else:
        plain(asked, clock, decide)


# ── questions ─────────────────────────────────────────────────────────────────────────────────


def among(values: Sequence[object], kind: str) -> tuple[str, tuple[object, ...]]:
    """A condition that a column is one of the values."""
    if connection.vendor == "postgresql":
        return f" = ANY(%s::{kind}[])", (list(values),)
    return f" IN ({', '.join(['%s'] * len(values))})", tuple(values)


def lock_statement(codes: set[str], *, is_patient: bool = True) -> Statement:
    """The rows in the order of their keys, so that batches of several processes never lock each
    other out. It must not read the clock: that would be the instant before the wait."""
    condition, params = among(sorted(codes), "text")
    lock = " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""
    wait = "" if is_patient or not lock else " SKIP LOCKED"
    return Statement(f"{ROOM_COLUMNS}{condition} ORDER BY id{lock}{wait}", params)


def who_statements(asked: Asked) -> list[Statement]:
    """The seats of the people in the batch, and which sessions are still alive: two queries,
    however many commands; none when only the house acts. Who may quote may join an inquiry."""
    if not asked.pairs:
        return []
    rooms, room_params = among(sorted(asked.codes), "text")
    people, people_params = among(sorted({user for _key, user in asked.pairs}), "bigint")
    seats = f"{SEAT_COLUMNS}{rooms} AND s.user_id{people}"
    alive = acting_statement(
        sorted({key for key, _user in asked.pairs}), permissions.TABLE["place_offer"]
    )
    return [Statement(seats, (*room_params, *people_params)), Statement(*alive)]


def rows_of(found: Sequence[tuple[Any, ...]]) -> list[Row]:
    return [
        Row(pk, code, seq, sealed_seq, None if box is None else bytes(box))
        for pk, code, seq, sealed_seq, box in found
    ]


def held_of(rows: list[Row], moment: Moment, who: Sequence[Sequence[tuple[Any, ...]]]) -> Held:
    """Puts the answers together; `who` answers `who_statements`."""
    if not who:
        return Held(rows, moment, {}, {})
    seats = {(room, user): (plate, rank) for room, user, plate, rank in who[0]}
    live: dict[tuple[str, int], bool] = {}
    for key, user, may_bid in who[1]:
        live[key, user] = bool(may_bid) or live.get((key, user), False)
    return Held(rows, moment, seats, live)


def values(statement: Statement) -> Any:
    """The parameters, as Django's cursors are typed to take them."""
    return statement.params


# ── one transaction ───────────────────────────────────────────────────────────────────────────


def plain(asked: Asked, clock: Clock | None, decide: Decider) -> None:
    """Statement by statement, inside Django's own transaction."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:

        def ask(statement: Statement) -> list[tuple[Any, ...]]:
            cursor.execute(statement.sql, values(statement))
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

        rows = rows_of(ask(lock_statement(asked.codes)))
        # The clock is read after the locks: an offer that waited is judged when it is heard.
        moment = clock.now() if clock else read_clock()
        who = [ask(statement) for statement in who_statements(asked)]
        for statement in decide(held_of(rows, moment, who)):
            cursor.execute(statement.sql, values(statement))
            if statement.rows is not None and cursor.rowcount != statement.rows:
                raise RuntimeError("the record moved under its own lock")


def pipelined(asked: Asked, clock: Clock | None, decide: Decider) -> None:
    """Two round trips. What the second one sends ends with the COMMIT, so a row count that is
    wrong must fail in the database itself (see `guarded`)."""
    connection.ensure_connection()
    raw: psycopg.Connection[tuple[Any, ...]] = connection.connection
    locking = lock_statement(asked.codes, is_patient=asked.is_patient)
    first = [Statement("BEGIN", ()), Statement(LIMITS, ()), locking]
    first += [Statement(now_sql(), ()), *who_statements(asked)]
    with connection.wrap_database_errors:
        try:
            since = steady_us()
            found = [cursor.fetchall() for cursor in lock(raw, first)[2:]]
            moment = clock.now() if clock else reading_of(found[1][0], since, steady_us())
            held = held_of(rows_of(found[0]), moment, found[2:])
            if not asked.is_patient and len(held.rows) < len(asked.codes):
                raise RoomLocked("lock timeout: another transaction holds the row of a room")
            send(raw, [*map(guarded, decide(held)), Statement("COMMIT", ())])
        except BaseException:
            abandon(raw)
            raise


def send(
    raw: "psycopg.Connection[tuple[Any, ...]]", statements: Sequence[Statement]
) -> list["psycopg.Cursor[tuple[Any, ...]]"]:
    """Sends the statements at once and waits for all answers. A connection of one's own keeps
    their plans; they are few, and their text does not change with the batch."""
    with raw.pipeline():
        return [
            psycopg.Cursor(raw).execute(item.sql, item.params, prepare=True) for item in statements
        ]


def lock(
    raw: "psycopg.Connection[tuple[Any, ...]]", statements: Sequence[Statement]
) -> list["psycopg.Cursor[tuple[Any, ...]]"]:
    """Sends what locks the rooms. RoomLocked if others hold one for too long."""
    try:
        return send(raw, statements)
    except psycopg.errors.LockNotAvailable as held:
        raise RoomLocked("lock timeout: another transaction holds the row of a room") from held


def guarded(statement: Statement) -> Statement:
    """Makes an UPDATE that hits other than its number of rows an error of the database."""
    if statement.rows is None:
        return statement
    sql = f"WITH moved AS ({statement.sql} RETURNING 1) SELECT 1 / (count(*) = %s)::int FROM moved"  # noqa: S608
    return Statement(sql, (*statement.params, statement.rows))


def abandon(raw: "psycopg.Connection[tuple[Any, ...]]") -> None:
    """Rolls back; a connection that is no more is given up, so that the next batch gets another."""
    try:
        raw.rollback()
    except psycopg.Error:
        logger.warning("a room's connection was lost")
    if raw.closed:
        connection.close()
