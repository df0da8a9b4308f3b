"""`record` writes the event with its change or not at all, once for each key, in one chain."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from audit import relay
from audit.chain import GENESIS, Draft, Head, extend, first_fault
from audit.models import AttemptSource, Entry, Outbox, Pending, Stream
from audit.selectors import entries_after, read_head
from audit.services import (
    Source,
    append_entries,
    erase_sources,
    open_stream,
    record,
    record_attempt,
)
from audit.services.statements import append_statements
from kernel.actors import Actor
from kernel.errors import Conflict
from tests.worlds.ledger import ALICE, AT, BOB, Noted, OfferPlaced, note

OFFER = OfferPlaced("K27", 100)


def hear(_entry: object) -> None:
    """A handler that need not run."""


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody hears notes and offers."""
    heard = [relay.Subscription("tests.hear", hear, False)]
    for kind in (Noted.kind, OfferPlaced.kind):
        monkeypatch.setitem(relay.HANDLERS, kind, heard)


def counts() -> tuple[int, ...]:
    models = (Entry, Pending, Outbox, Stream, AttemptSource)
    return tuple(model.objects.count() for model in models)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded() -> None:
    before = counts()
    with pytest.raises(RuntimeError, match=r"test\.noted"):
        record(stream="lot/1", event=Noted("x"), actor=ALICE, at=AT)
    links = extend("lot/1", GENESIS, [Draft("a", {})], AT)
    with pytest.raises(RuntimeError, match="transaction"):
        append_entries(after=GENESIS, links=links)
    assert counts() == before


def test_an_event_and_its_tasks_come_and_go_with_the_change(
    each_database: str, heard: None
) -> None:
    before = counts()

    with transaction.atomic():
        record(stream="lot/1", event=Noted("x"), actor=ALICE, at=AT)
        assert counts() != before
        transaction.set_rollback(True)
    assert counts() == before
    note("lot/1", Noted("x"))
    entries, pending, outbox, streams, _sources = counts()
    assert (entries, pending, outbox, streams) == (1, 1, 1, 1)


@pytest.mark.django_db
def test_entries_follow_one_another() -> None:
    for index in range(3):
        note("lot/1", Noted(f"{index}"), after_s=index)
    before = GENESIS
    for entry in Entry.objects.order_by("seq"):
        assert first_fault(entry.as_link(), before) is None
        before = Head(entry.seq, bytes(entry.hash))
    assert read_head("lot/1") == before
    assert [entry.body["text"] for entry in entries_after("lot/1", 1)] == ["1", "2"]


@pytest.mark.django_db
def test_a_key_settles_once(heard: None) -> None:
    note("lot/1", OFFER, idem="K27:1")
    before = counts()
    with transaction.atomic():
        again = record(
            stream="lot/1", event=OfferPlaced("K27", 999), actor=BOB, at=AT, idem="K27:1"
        )
    assert again.read_body()["amount_fen"] == 100
    assert counts() == before
    assert again.read_body()["actor"] == ALICE.id


@pytest.mark.django_db
def test_a_key_of_another_kind_is_a_conflict() -> None:
    note("lot/1", OFFER, idem="K27:1")
    before = counts()
    with pytest.raises(Conflict, match="idem_reused"), transaction.atomic():
        record(stream="lot/1", event=Noted("x"), actor=ALICE, at=AT, idem="K27:1")
    assert counts() == before


@pytest.mark.django_db
def test_a_key_counts_within_its_stream_alone() -> None:
    note("lot/1", OFFER, idem="K27:1")
    note("lot/2", OFFER, idem="K27:1")
    assert Entry.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("value", [1.5, {"键": 1}, b"x", 2**60], ids=str)
def test_what_the_ledger_cannot_hold_is_refused(value: Any) -> None:
    before = counts()
    with pytest.raises(ValueError, match="."), transaction.atomic():
        record(stream="lot/1", event=Noted("x", (value,)), actor=ALICE, at=AT)
    assert counts() == before


@pytest.mark.django_db
def test_a_demo_says_so_in_its_first_entry_only() -> None:
    demo = Actor(id="system", origin="demo")
    for _ in range(2):
        with transaction.atomic():
            record(stream="lot/1", event=Noted("x"), actor=demo, at=AT)
    first, second = entries_after("lot/1", 0)
    assert first.body["origin"] == "demo"
    assert "origin" not in second.body


@pytest.mark.django_db(transaction=True)
def test_a_moved_stream_refuses_what_was_linked_before() -> None:
    note("room/A", Noted("x"))
    stale = extend("room/A", GENESIS, [Draft("a", {})], AT)
    before = counts()
    with pytest.raises(IntegrityError), transaction.atomic():
        append_entries(after=GENESIS, links=stale)
    head = read_head("room/A")
    assert head is not None
    later = Head(head.seq + 1, bytes(32))
    with pytest.raises(Conflict, match="stream_moved"), transaction.atomic():
        append_entries(after=later, links=extend("room/A", later, [Draft("a", {})], AT))
    assert counts() == before


def test_a_pipeline_writes_what_record_writes(each_database: str, heard: None) -> None:
    note("room/A", OFFER)
    note("room/A", OFFER, after_s=1)
    # the same events, through the statements that the rooms' sequencer runs
    drafts = [Draft(OFFER.kind, {"actor": ALICE.id, "plate": "K27", "amount_fen": 100})]
    with transaction.atomic():
        open_stream("room/B")
        head = GENESIS
        for second in (0, 1):
            links = extend("room/B", head, drafts, AT + timedelta(seconds=second))
            for statement in append_statements([links], each_database):
                with connection.cursor() as cursor:
                    cursor.execute(statement.sql, statement.params)
                    assert statement.rows is None or cursor.rowcount == statement.rows
            head = Head(links[-1].seq, links[-1].hash)

    def told(stream: str) -> list[tuple[Any, ...]]:
        rows = Entry.objects.filter(stream=stream).order_by("seq")
        return [(row.seq, row.kind, row.at, row.idem, row.body) for row in rows]

    assert told("room/A") == told("room/B")
    assert read_head("room/B") == head
    for model in (Pending, Outbox):
        assert model.objects.filter(stream="room/A").count() == 2
        assert model.objects.filter(stream="room/B").count() == 2
    states = Outbox.objects.values_list("state", "attempts", "is_slow", "last_error").distinct()
    assert list(states) == [("pending", 0, False, "")]


# ── refused attempts ──────────────────────────────────────────────────────────────────────────


def attempt(actor: Actor = ALICE, action: str = "publish", *, after_ms: int = 0) -> Entry | None:
    return record_attempt(
        stream="attempts/ALICE000",
        action=action,
        actor=actor,
        at=AT + timedelta(milliseconds=after_ms),
        code="not_allowed",
        params={"lot": "L1", "odd": 1.5, "huge": 2**70, "when": AT},
        source=Source("10.0.0.1", "Firefox"),
    )


@pytest.mark.django_db
def test_an_attempt_is_evidence_without_personal_data() -> None:
    entry = attempt()
    assert entry is not None
    body = entry.read_body()
    assert body["code"] == "not_allowed"
    assert body["params"] == {
        "lot": "L1",
        "odd": "1.5",
        "huge": str(2**70),
        "when": "2026-04-21T10:03:30.000+08:00",
    }
    source = AttemptSource.objects.get(digest=body["source_hash"])
    assert (source.address, source.agent) == ("10.0.0.1", "Firefox")
    assert "10.0.0.1" not in entry.body


@pytest.mark.django_db
def test_one_attempt_a_second_for_each_actor_and_action() -> None:
    assert attempt() is not None
    assert attempt(after_ms=999) is None
    assert attempt(BOB, after_ms=999) is not None
    assert attempt(action="withdraw", after_ms=999) is not None
    assert attempt(after_ms=1000) is not None
    assert Entry.objects.count() == 4
    assert AttemptSource.objects.count() == 4


@pytest.mark.django_db
def test_the_source_can_be_erased_and_the_chain_stands() -> None:
    entry = attempt()
    assert entry is not None
    assert erase_sources(before=AT) == 0
    assert erase_sources(before=AT + timedelta(days=1)) == 1
    assert first_fault(Entry.objects.get(pk=entry.pk).as_link(), GENESIS) is None
