"""Controls for the judge: each scene is played by the honest product, which must be acquitted, and
by the product with one thing broken, which must not be. What a scene needs and no more: most are
played in this process on SQLite, those about locks and logs on PostgreSQL."""

import asyncio
import json
import queue
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.db import DataError, IntegrityError, connection

from accounts.models import Session
from audit import verify
from audit.clock import system_clock
from audit.services.export import everything, export_bundle
from audit.services.keys import trusted_keys
from audit.services.statements import Statement
from bidding.hub import hub
from bidding.sequencer import batches, books, pulse, store
from bidding.sequencer.books import forget_books
from bidding.sequencer.shelf import Shelf
from bidding.sequencer.store import RoomLocked
from bidding.services.outage import beat
from kernel.actors import SYSTEM
from kernel.clock import iso_ms
from tests.conftest import forget_connections, postgres_settings, using
from tests.faults.judge import judge_all, read_lines
from tests.faults.ledger import read_bundle
from tests.faults.mutants import MUTANTS
from tests.faults.rehearsal import Stage
from tests.faults.stack import restart
from tests.servers import PostgresServer
from tests.worlds.rooms import in_thread, lay_table, new_token, terms_of

Scene = Callable[[Stage, pytest.MonkeyPatch], Awaitable[None]]
PATIENCE = 5.0


@pytest.fixture
def stage(own_engine: None, settings: Any) -> Stage:
    settings.TEST_CLOCK = True
    ends_at = iso_ms(system_clock().now() + timedelta(seconds=60))
    given = {"soft_close_s": 30, "outage_limit_s": 1, "own_outbid": True, "step_mode": "at_least"}
    return Stage(lay_table("alice", "bob", terms=terms_of(ends_at=ends_at, **given)))


# ── the scenes ────────────────────────────────────────────────────────────────────────────────


async def a_sale(stage: Stage, _patch: pytest.MonkeyPatch) -> None:
    """A whole sale with all that people try: the least amount, two at once, another site's page, a
    session that is over, an offer that moves the end, one that is late, two closers."""
    table = stage.table
    async with (
        stage.puppet("alice", table.alice) as alice,
        stage.puppet("bob", table.bob) as bob,
        stage.puppet("watcher") as watcher,
    ):
        await alice.offer(1003)
        await bob.offer(1103)
        await stage.together((alice, 1300), (bob, 1420))
        async with stage.puppet("page", table.alice, origin="http://eviltestserver") as page:
            await page.forbidden(1600, "the page is another site's")
        await in_thread(Session.objects.filter(session_key=table.bob.session_key).delete)
        await bob.forbidden(1800, "the session had ended")
        await stage.pass_time(45)
        await alice.offer(2000)
        await stage.pass_time(35)
        await alice.offer(2100)
        await stage.tick()
        await stage.tick()
        await alice.hears_the_end(1)
        await watcher.hears_the_end(1)


async def a_commit_that_fails(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    """The database goes away at the end of a transaction; the batch is decided once more."""
    honest, failed = batches.transact, list[bool]()

    def transact(asked: Any, clock: Any, decide: Any) -> None:
        def decide_in_vain(held: Any) -> Any:
            return [*decide(held), Statement("SELECT the_database_goes_away()", ())]

        if failed:
            honest(asked, clock, decide)
        else:
            failed.append(True)
            honest(asked, clock, decide_in_vain)

    table = stage.table
    async with stage.puppet("alice", table.alice) as alice, stage.puppet("w") as watcher:
        patch.setattr(batches, "transact", transact)
        await alice.offer(1000)
        assert failed
        await asyncio.wait_for(heard(watcher, 2), PATIENCE)
        await close(stage, alice, watcher)


async def a_retry(stage: Stage, _patch: pytest.MonkeyPatch) -> None:
    """The line breaks after the answer, which is lost: the same token comes on another socket, to
    a process that has just been started."""
    token = new_token()
    async with stage.puppet("alice", stage.table.alice) as alice:
        await alice.offer(1000, token)
    await in_thread(forget_books)
    async with stage.puppet("alice", stage.table.alice) as alice:
        frame = {"v": 1, "type": "offer", "client_token": token, "amount_fen": 1000}
        alice.tokens[token] = asyncio.get_running_loop().create_future()
        await alice.send(frame)
        await close(stage, alice)


async def a_broken_line(stage: Stage, _patch: pytest.MonkeyPatch) -> None:
    """A watcher is away for two offers and comes back with what it knows."""
    async with stage.puppet("alice", stage.table.alice) as alice:
        async with stage.puppet("watcher") as watcher:
            await alice.offer(1000)
            await asyncio.wait_for(heard(watcher, 2), PATIENCE)
        await alice.offer(1100)
        await alice.offer(1200)
        await asyncio.wait_for(heard(alice, 4), PATIENCE)  # everybody but one was told
        again = stage.puppet("watcher", after=watcher.seq)
        again.top_fen = watcher.top_fen
        again.is_welcome.set()  # one that is told nothing is let in all the same
        async with again:
            await alice.offer(1300)
            await close(stage, alice, again)


async def a_lost_hint(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    """Another process commits while Redis is away; only looking helps."""
    looking = asyncio.get_running_loop().create_task(hub().watch())
    hub().note_deaf(True)
    try:
        async with stage.puppet("watcher") as watcher:
            with patch.context() as elsewhere:
                elsewhere.setattr(batches, "listeners", [])
                await in_thread(stage.table.place, "alice", 1000, "elsewhere-1")
                stage.note("sent", token="elsewhere-1", fen=1000)
                await stage.pass_time(90)
                await stage.tick()
            stage.note("healed", seqs={stage.table.code: 4})
            await watcher.hears_the_end(3)
    finally:
        looking.cancel()


async def a_silence(stage: Stage, _patch: pytest.MonkeyPatch) -> None:
    """Nothing serves for longer than the terms allow."""
    await in_thread(beat, "web")
    begin = stage.wall()
    until = time.monotonic() + pulse.QUIET.total_seconds() + 0.2
    while time.monotonic() < until:
        await asyncio.sleep(0.05)
    stage.note("down", **{"from": begin, "to": stage.wall()})
    async with stage.puppet("alice", stage.table.alice) as alice:
        await alice.offer(1000)
        await close(stage, alice)


async def heard(puppet: Any, seq: int) -> None:
    while puppet.seq < seq:
        await asyncio.sleep(0.01)


async def close(stage: Stage, *puppets: Any) -> None:
    await stage.pass_time(120)
    await stage.tick()
    for puppet in puppets:
        await puppet.hears_the_end(2)


CAUGHT: list[tuple[Scene, str, str]] = [
    (a_sale, "float_money", "invented"),
    (a_sale, "closer_not_idempotent", "closed "),
    (a_sale, "end_left_to_the_timekeeper", "late"),
    (a_sale, "soft_close_forgotten", "model"),
    (a_sale, "first_offer_wins", "wrong outcome"),
    (a_sale, "least_offer_refused", "unjust"),
    (a_sale, "answers_swapped", "swapped"),
    (a_sale, "origin_by_suffix", "not allowed"),
    (a_sale, "authorised_only_at_connect", "not allowed"),
    (a_sale, "hash_without_kind", "altered"),
    (a_sale, "entries_outside_the_tree", "unplaced"),
    (a_commit_that_fails, "ack_before_commit", "changed"),
    (a_commit_that_fails, "broadcast_before_commit", "phantom"),
    (a_retry, "idempotency_per_socket", "twice"),
    (a_retry, "idempotency_in_memory_only", "twice"),
    (a_broken_line, "no_resync", "gap"),
    (a_lost_hint, "hints_believed", "strayed"),
    (a_silence, "silence_not_noticed", "lost time"),
]
SCENES = list(dict.fromkeys(scene for scene, _name, _word in CAUGHT))


def play(scene: Scene, stage: Stage, patch: pytest.MonkeyPatch) -> list[str]:
    async_to_sync(scene)(stage, patch)
    patch.undo()
    found = stage.verdict(patience_s=4)
    return [word.removeprefix(f"{stage.table.code}: ") for word in found]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_the_honest_house_is_acquitted(
    scene: Scene, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert play(scene, stage, monkeypatch) == []


@pytest.mark.parametrize(("scene", "name", "word"), CAUGHT, ids=[item[1] for item in CAUGHT])
def test_the_judge_catches(
    scene: Scene, name: str, word: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    MUTANTS[name](monkeypatch.setattr)
    found = play(scene, stage, monkeypatch)
    assert any(said.startswith(word) for said in found), found


# ── what only PostgreSQL shows ────────────────────────────────────────────────────────────────


class Neighbour:
    """Another session of the database, for what others do to a room's row."""

    def __init__(self) -> None:
        found = connection.get_connection_params()
        self.raw = psycopg.connect(
            host=found["host"], user=found["user"], dbname=found["dbname"], autocommit=True
        )

    def __enter__(self) -> "Neighbour":
        return self

    def __exit__(self, *_why: object) -> None:
        self.raw.close()

    def ask(self, sql: str, *params: object) -> Any:
        row = self.raw.execute(sql, params).fetchone()
        return row[0] if row else None

    def nanoseconds(self) -> int:
        micros = self.ask("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        return int(micros) * 1000


def wait_until(holds: Callable[[], Any], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.01)


def offer_aside(stage: Stage, name: str, fen: int) -> "queue.SimpleQueue[Any]":
    """An offer in a thread of its own; what it is told, or the error, comes through the queue."""
    heard: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def offer() -> None:
        try:
            place(stage, name, fen)
            heard.put(None)
        except Exception as error:  # told to whoever waits
            heard.put(error)
        finally:
            connection.close()

    threading.Thread(target=offer).start()
    return heard


def place(stage: Stage, name: str, fen: int, token: str = "") -> None:
    """An offer without a socket, written down like any other."""
    token = token or new_token()
    stage.note("sent", token=token, fen=fen, wall=stage.wall())
    answer = stage.table.place(name, fen, token)
    if answer.get("type") == "ack":
        told = {key: answer[key] for key in ("stream", "seq", "hash")}
        signed = batches.signed(dict(answer))["sig"]
        stage.note("ack", token=token, wall=stage.wall(), sig=signed, **told)


def held_row(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    """Another transaction holds the room's row while an offer waits for it."""
    patch.setattr(store, "LIMITS", store.LIMITS.replace("250ms", "5000ms"))
    with Neighbour() as holder, Neighbour() as watch, holder.raw.transaction():
        code = stage.table.code
        holder.ask("SELECT 1 FROM bidding_room WHERE code = %s FOR UPDATE", code)
        begin = watch.nanoseconds()
        heard = offer_aside(stage, "alice", 1000)
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        wait_until(lambda: watch.ask(waits), "nobody waited for the row")
        began = time.monotonic()
        wait_until(lambda: time.monotonic() > began + 0.1, "time stands still")
        stage.note("held", **{"from": begin, "to": watch.nanoseconds()})
    assert heard.get(timeout=PATIENCE) is None


def two_processes(stage: Stage, patch: pytest.MonkeyPatch) -> None:
    """Another process decides between our reading of the room and our writing."""
    honest, went_between = batches.transact, list[bool]()

    def transact(asked: Any, clock: Any, decide: Any) -> None:
        def decide_late(held: Any) -> Any:
            statements = decide(held)
            if not went_between:
                went_between.append(True)
                elsewhere(stage)
            return statements

        honest(asked, clock, decide_late)

    def elsewhere(stage: Stage) -> None:
        with patch.context() as other:  # what another process has of its own
            other.setattr(batches, "_deciding", threading.RLock())
            other.setattr(books, "_books", Shelf())
            other.setattr(batches, "LOCK_PATIENCE_SECONDS", 0.1)
            error = offer_aside(stage, "bob", 1000).get(timeout=PATIENCE)
            assert error is None or isinstance(error, RoomLocked)

    patch.setattr(batches, "transact", transact)
    for fen in (1000, 1100):
        try:
            place(stage, "alice", fen)
        except (IntegrityError, RuntimeError, psycopg.Error):
            connection.close()  # to its sender it is unknown
    assert went_between


def end(stage: Stage, patch: pytest.MonkeyPatch) -> list[str]:
    patch.undo()
    forget_books()
    with suppress(DataError):  # a record with two histories takes no third: the room stays open
        async_to_sync(close)(stage)
    return [word.removeprefix(f"{stage.table.code}: ") for word in stage.verdict()]


on_postgresql = pytest.mark.postgres
LOCKS = [
    (held_row, "", None),
    (held_row, "now_for_the_deadline", "impossible"),
    (two_processes, "", None),
    (two_processes, "lock_after_read", None),
    (two_processes, "no_lock_at_all", "forked"),
]


@on_postgresql
@pytest.mark.parametrize(("scene", "name", "word"), LOCKS)
def test_what_the_judge_says_of_locks(
    scene: Any, name: str, word: str | None, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock alone nothing is lost: a place in a stream is given once, by constraint.
    Only where that is gone too, two histories stand beside each other."""
    if name == "no_lock_at_all":
        with Neighbour() as keeper:
            keeper.raw.execute("ALTER TABLE audit_entry DROP CONSTRAINT entry_stream_seq")
    if name:
        MUTANTS[name](monkeypatch.setattr)
    scene(stage, monkeypatch)
    found = end(stage, monkeypatch)
    assert (found == []) if word is None else any(said.startswith(word) for said in found), found


# ── what only a machine that fails shows ──────────────────────────────────────────────────────


@pytest.fixture
def lazy_postgres(own_postgres: PostgresServer, django_db_blocker: Any) -> Iterator[PostgresServer]:
    """A server that writes its log to the disk only when somebody waits for it."""
    own_postgres.kill()
    own_postgres.options = ["-c", "wal_writer_delay=10s"]
    restart(own_postgres)
    with django_db_blocker.unblock(), using(postgres_settings(own_postgres.url("migrated"))):
        yield own_postgres


def test_what_the_judge_says_of_a_database_that_is_killed(
    lazy_postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten acknowledged offers, then kill -9 of the whole of PostgreSQL: once as it should be, once
    with the commits that do not wait for the disk."""
    for is_broken in (False, True):
        stage = Stage(lay_table("alice", terms=terms_of(own_outbid=True)))
        with monkeypatch.context() as patch:
            if is_broken:
                MUTANTS["synchronous_commit_off"](patch.setattr)
            for step in range(10):
                place(stage, "alice", 1000 + 100 * step)
        lazy_postgres.kill()
        restart(lazy_postgres)
        forget_connections()
        forget_books()
        found = stage.verdict()
        assert any(": lost: " in word for word in found) == is_broken, found


# ── the auditor's own tool ────────────────────────────────────────────────────────────────────

INTACT, TAMPERED, UNKNOWN = 0, 1, 2
Files = dict[str, bytes]


def without_checkpoints(files: Files) -> Files:
    return {name: data for name, data in files.items() if not name.startswith("checkpoints/")}


def without_a_row(files: Files) -> Files:
    lines = files["entries.jsonl"].splitlines(keepends=True)
    return {**files, "entries.jsonl": b"".join(lines[:3] + lines[4:])}


def with_another_amount(files: Files) -> Files:
    entries = files["entries.jsonl"].replace(b'"amount_fen":1103', b'"amount_fen":1104', 1)
    return {**files, "entries.jsonl": entries}


BATTERY: list[tuple[Callable[[Files], Files], int]] = [
    (dict, INTACT),
    (without_checkpoints, UNKNOWN),
    (without_a_row, TAMPERED),
    (with_another_amount, TAMPERED),
]


def wrong_answers(bundle: Path, keys: Path) -> list[str]:
    """What the verifier says of an honest bundle and of three that are not, where it errs."""
    with ZipFile(bundle) as archive:
        honest = {name: archive.read(name) for name in archive.namelist()}
    wrong = []
    for change, wanted in BATTERY:
        changed = bundle.with_name("changed.zip")
        with ZipFile(changed, "w", ZIP_DEFLATED) as archive:
            for name, data in change(honest).items():
                archive.writestr(name, data)
        code = verify.answer(str(changed), str(keys))["code"]
        if code != wanted:
            wrong.append(f"{change.__name__}: {code} where {wanted} was due")
    return wrong


def test_a_bundle_is_judged_like_its_database_and_its_verifier_is_judged_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert play(a_sale, stage, monkeypatch) == []
    bundle, keys = tmp_path / "bundle.zip", tmp_path / "keys.json"
    export_bundle(selection=everything(), out=bundle, actor=SYSTEM, clock=system_clock())
    keys.write_text(json.dumps(trusted_keys()))
    lines = read_lines(stage.log.getvalue().splitlines())

    assert judge_all(read_bundle(bundle, keys), lines) == []
    assert wrong_answers(bundle, keys) == []

    honest = verify.answer

    def too_kind(*asked: str) -> dict[str, Any]:
        found = honest(*asked)
        return {**found, "code": INTACT} if "checkpoint" in found["reason"] else found

    monkeypatch.setattr(verify, "answer", too_kind)
    assert wrong_answers(bundle, keys) == ["without_checkpoints: 0 where 2 was due"]
