"""Entries get their place and the root its signature; what was tampered with is never signed."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from audit import handlers, relay
from audit.checkpoint import open_note, parse_checkpoint
from audit.models import Checkpoint, Entry, Leaf, LedgerFault, Pending, TreeNode
from audit.selectors import ledger_state, tree_nodes
from audit.services import sealing
from audit.services.examining import LedgerBroken
from audit.services.export import everything, whole_streams
from audit.services.keys import LOG, signing_key
from audit.services.sealing import is_dirty, seal, seal_or_report
from audit.tree import nodes_of, root_of
from kernel.clock import FixedClock
from tests.worlds.insider import as_administrator
from tests.worlds.ledger import AT, Auditor, Noted, OfferPlaced, export, note, small_ledger

CLOCK = FixedClock(AT)
ROOM = "room/ABCDEFGH"


def test_a_sealed_ledger_is_signed_over_every_entry(each_database: str) -> None:
    small_ledger()
    assert is_dirty()
    found = seal(clock=CLOCK)
    assert found is not None
    hashes = [bytes(leaf.entry.hash) for leaf in Leaf.objects.order_by("index")]
    assert found.size == len(hashes) == Entry.objects.count() == 8
    assert found.root == root_of(nodes_of(hashes), 8)
    text = open_note(found.note, [signing_key(LOG).verifier])
    assert parse_checkpoint(text)[1:] == (8, found.root)
    assert not is_dirty()
    assert not Pending.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_clean_ledger_costs_four_reads(django_assert_num_queries: Callable[..., object]) -> None:
    small_ledger()
    first = seal(clock=CLOCK)
    with django_assert_num_queries(4):
        again = seal_or_report(clock=CLOCK)
    assert again == first
    assert Checkpoint.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_empty_ledger_has_nothing_to_sign() -> None:
    assert seal(clock=CLOCK) is None
    assert not Checkpoint.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_batches_are_small_and_the_tree_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    monkeypatch.setattr(sealing, "RANGES", 2)
    for index in range(11):
        note(f"lot/{index % 3}", Noted(f"{index}"))
    found = seal(clock=CLOCK)
    assert found is not None
    assert found.size == 11
    entries = [leaf.entry for leaf in Leaf.objects.order_by("index").select_related("entry")]
    assert [entry.read_body()["text"] for entry in entries] == [str(index) for index in range(11)]


@pytest.mark.django_db(transaction=True)
def test_kept_nodes_give_the_same_roots() -> None:
    for index in range(270):
        note("lot/1", Noted(f"{index}"))
        if index in {100, 255, 256}:
            seal(clock=CLOCK)
    found = seal(clock=CLOCK)
    assert found is not None
    assert list(TreeNode.objects.values_list("level", "index")) == [(1, 0)]
    hashes = [bytes(leaf.entry.hash) for leaf in Leaf.objects.order_by("index")]
    assert found.root == root_of(nodes_of(hashes), 270) == root_of(tree_nodes(), 270)


TAMPERED = {
    "a body": ("UPDATE audit_entry SET body = '{\"n\":1}' WHERE seq = 3", "body_hash"),
    "a kind": ("UPDATE audit_entry SET kind = 'other' WHERE seq = 3", "hash"),
    "an instant": ("UPDATE audit_entry SET at = '2026-04-21 02:03:31' WHERE seq = 3", "hash"),
}


@pytest.mark.parametrize("how", TAMPERED)
@pytest.mark.django_db(transaction=True)
def test_every_changed_field_is_seen_before_signing(how: str) -> None:
    small_ledger()
    sql, field = TAMPERED[how]
    as_administrator(f"{sql} AND stream = '{ROOM}'")
    with pytest.raises(LedgerBroken, match=f"{ROOM}#3: {field}"):
        seal(clock=CLOCK)
    assert not Checkpoint.objects.exists()


def test_nothing_is_signed_after_tampering_and_it_is_seen(
    each_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    small_ledger()
    as_administrator(f"UPDATE audit_entry SET kind = 'x' WHERE stream = '{ROOM}' AND seq = 3")
    with caplog.at_level(logging.CRITICAL):
        assert seal_or_report(clock=CLOCK) is None
        assert seal_or_report(clock=CLOCK) is None
    assert not Checkpoint.objects.exists()
    # in the log, by the operator, on the readiness page
    assert "does not fit its hashes" in caplog.text
    assert ledger_state().faults == (f"{ROOM}#3: hash",)
    assert LedgerFault.objects.count() == 1
    answer = Client().get("/readyz")
    assert (answer.status_code, json.loads(answer.content)["ledger"]) == (200, "broken")


@pytest.mark.django_db(transaction=True)
def test_a_rewritten_past_is_not_signed_again() -> None:
    small_ledger()
    first = seal(clock=CLOCK)
    as_administrator(f"UPDATE audit_entry SET hash = prev WHERE stream = '{ROOM}' AND seq = 2")
    note(ROOM, Noted("later"), after_s=30)
    with pytest.raises(LedgerBroken, match="the tree"):
        seal(clock=CLOCK)
    assert sealing.newest_checkpoint() == first


@pytest.mark.django_db(transaction=True)
def test_a_removed_leaf_is_not_signed_over() -> None:
    small_ledger()
    seal(clock=CLOCK)
    note(ROOM, Noted("later"), after_s=30)
    while sealing.give_leaves():
        pass
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_leaf_no_delete")
        cursor.execute('DELETE FROM audit_leaf WHERE "index" = 4')
    with pytest.raises(LedgerBroken, match="leaf"):
        seal(clock=CLOCK)


@pytest.mark.django_db(transaction=True)
def test_a_fault_is_closed_by_the_next_sound_signature() -> None:
    small_ledger()
    before = Entry.objects.get(stream=ROOM, seq=3).kind
    as_administrator(f"UPDATE audit_entry SET kind = 'x' WHERE stream = '{ROOM}' AND seq = 3")
    assert seal_or_report(clock=CLOCK) is None
    as_administrator(
        f"UPDATE audit_entry SET kind = '{before}' WHERE stream = '{ROOM}' AND seq = 3"
    )
    assert seal_or_report(clock=CLOCK) is not None
    assert ledger_state().is_sound
    assert LedgerFault.objects.get().closed_at == AT


@pytest.mark.django_db(transaction=True)
def test_a_removed_entry_that_waits_for_its_leaf_is_named() -> None:
    small_ledger()
    as_administrator(f"DELETE FROM audit_entry WHERE stream = '{ROOM}' AND seq = 3")
    assert seal_or_report(clock=CLOCK) is None
    assert ledger_state().faults == (f"{ROOM}#3: missing",)
    assert not Checkpoint.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_not_kept_out_of_the_tree_unnoticed() -> None:
    small_ledger()
    Pending.objects.filter(stream=ROOM, first_seq=4).delete()
    with pytest.raises(LedgerBroken, match=f"{ROOM}#4: leaf"):
        seal(clock=CLOCK)
    assert not Checkpoint.objects.exists()
    # put back, it is signed
    Pending.objects.create(stream=ROOM, first_seq=4, last_seq=4)
    assert seal_or_report(clock=CLOCK) is not None


@pytest.mark.django_db(transaction=True)
def test_a_range_that_waits_twice_hides_nothing() -> None:
    small_ledger()
    seal(clock=CLOCK)
    note(ROOM, Noted("later"), after_s=30)
    Pending.objects.filter(stream=ROOM).update(stream="lot/L1", first_seq=1, last_seq=1)
    with pytest.raises(LedgerBroken, match="leaf"):
        seal(clock=CLOCK)


@pytest.mark.django_db(transaction=True)
def test_a_broken_ledger_can_still_leave_as_evidence(tmp_path: Path) -> None:
    # given a signed past in which an amount was changed, and a present that cannot be signed
    auditor = Auditor(tmp_path / "auditor")
    small_ledger()
    seal(clock=CLOCK)
    note(ROOM, OfferPlaced("K27", 999_000), after_s=40)
    as_administrator(
        "UPDATE audit_entry SET body = replace(body, '102000', '902000')"
        f" WHERE stream = '{ROOM}' AND seq = 3"
    )
    as_administrator(f"UPDATE audit_entry SET kind = 'x' WHERE stream = '{ROOM}' AND seq = 6")
    # when the auditor takes the room or everything away
    for selection in (whole_streams([ROOM]), everything()):
        done, files = export(selection)
        # then the export tells of the fault and the verifier names the row
        assert done.fault.startswith(f"{ROOM}#6")
        answer = auditor.verify(files)
        assert (answer.code, answer.bad) == (1, (ROOM, 3, "body_hash"))


@pytest.mark.django_db(transaction=True)
def test_an_export_that_meets_a_changed_past_says_so_until_it_is_mended() -> None:
    # given an amount that was changed long after it was signed: new roots look at new rows only
    small_ledger()
    seal(clock=CLOCK)
    change = f"UPDATE audit_entry SET body = replace(body, '{{}}', '{{}}') WHERE stream = '{ROOM}'"
    as_administrator(change.format("102000", "902000"))
    # when somebody takes everything away
    done, _files = export(everything())
    # then the export and the readiness page name it, and a sound signature does not hide it
    assert done.fault == f"{ROOM}#3: body_hash does not hold"
    note(ROOM, Noted("later"), after_s=50)
    assert seal_or_report(clock=CLOCK) is not None
    assert ledger_state().faults == (f"{ROOM}#3: body_hash",)
    # until the row is as it was
    as_administrator(change.format("902000", "102000"))
    note(ROOM, Noted("later still"), after_s=60)
    assert seal_or_report(clock=CLOCK) is not None
    assert ledger_state().is_sound


@pytest.mark.django_db(transaction=True)
def test_a_changed_amount_in_the_signed_past_is_named(tmp_path: Path) -> None:
    auditor = Auditor(tmp_path / "auditor")
    small_ledger()
    seal(clock=CLOCK)
    as_administrator(
        "UPDATE audit_entry SET body = replace(body, '102000', '902000')"
        f" WHERE stream = '{ROOM}' AND seq = 3"
    )
    _done, files = export(whole_streams([ROOM]))
    answer = auditor.verify(files)
    assert (answer.code, answer.bad) == (1, (ROOM, 3, "body_hash"))


@pytest.mark.django_db
def test_a_rooms_end_is_sealed_through_the_relay() -> None:
    for end in ("closed", "aborted"):
        heard = [(item.handler, item.is_slow) for item in relay.HANDLERS[end]]
        assert (handlers.on_room_closed, True) in heard, end
