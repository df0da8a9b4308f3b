"""The sweep looks at the past again: whatever an insider did to it is found within one pass."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from audit.models import Entry, LedgerFault, Pending, Sweep
from audit.selectors import ledger_state
from audit.services import sweeping
from audit.services.export import everything, single_rows, whole_streams
from audit.services.sealing import seal, seal_or_report
from audit.services.sweeping import sweep
from kernel.clock import FixedClock
from tests.worlds.insider import as_administrator, rewrite, triggers_off
from tests.worlds.ledger import AT, Noted, export, note, small_ledger

CLOCK = FixedClock(AT)
ROOM = "room/ABCDEFGH"
CHANGE = f"UPDATE audit_entry SET body = replace(body, '{{}}', '{{}}') WHERE stream = '{ROOM}'"


@pytest.fixture
def no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """One pass follows the other at once."""
    monkeypatch.setattr(sweeping, "REST", -sweeping.REST)


def old_ledger() -> None:
    """A signed past of two blocks, and something after it."""
    small_ledger()
    for index in range(270):
        note(f"lot/{index % 3}", Noted(f"{index}"))
    seal(clock=CLOCK)


def one_pass() -> None:
    """Sweeps until the whole was seen."""
    Sweep.objects.update(passed_at=None)
    for _turn in range(10):
        sweep(clock=CLOCK)
        if Sweep.objects.get().passed_at:
            return
    pytest.fail("no pass came to its end")


def test_an_altered_past_is_seen_within_one_pass(each_database: str, no_rest: None) -> None:
    old_ledger()
    one_pass()
    assert ledger_state().is_sound
    as_administrator(CHANGE.format("102000", "902000"))
    # when nobody exports anything and nothing new is written
    one_pass()
    # then the operator, the monitor and the public see it
    assert ledger_state().faults == (f"{ROOM}#3: body_hash",)
    assert json.loads(Client().get("/readyz").content)["ledger"] == "broken"
    assert b'data-testid="ledger-broken"' in Client().get("/").content
    # and it is open once, and closed when the row is as it was
    one_pass()
    assert LedgerFault.objects.count() == 1
    as_administrator(CHANGE.format("902000", "102000"))
    sweep(clock=CLOCK)
    assert ledger_state().is_sound
    assert b"ledger-broken" not in Client().get("/").content


def test_a_past_rewritten_to_its_end_is_seen(each_database: str, no_rest: None) -> None:
    old_ledger()
    rewrite("lot/1", 3, "7", "8")
    one_pass()
    assert "the tree#0: root" in ledger_state().faults


@pytest.mark.django_db(transaction=True)
def test_a_removed_row_is_named_and_stays_open(no_rest: None) -> None:
    old_ledger()
    as_administrator(f"DELETE FROM audit_entry WHERE stream = '{ROOM}' AND seq = 3")
    one_pass()
    assert f"{ROOM}#3: missing" in ledger_state().faults
    note(ROOM, Noted("later"), after_s=30)
    seal_or_report(clock=CLOCK)
    one_pass()
    assert f"{ROOM}#3: missing" in ledger_state().faults


@pytest.mark.django_db(transaction=True)
def test_whoever_finishes_the_job_does_not_close_the_fault(no_rest: None) -> None:
    # given a fault in the signed past, and one in what is not signed yet
    old_ledger()
    as_administrator(CHANGE.format("102000", "902000"))
    one_pass()
    note("lot/9", Noted("first"))
    note("lot/9", Noted("second"))
    as_administrator("UPDATE audit_entry SET kind = 'x' WHERE stream = 'lot/9' AND seq = 1")
    assert seal_or_report(clock=CLOCK) is None
    expected = {f"{ROOM}#3: body_hash", "lot/9#1: hash"}
    assert set(ledger_state().faults) == expected
    # when the insider makes both chains hold again
    rewrite(ROOM, 3, "", "")
    rewrite("lot/9", 1, "first", "other")
    seal_or_report(clock=CLOCK)
    one_pass()
    # then both stay open
    assert expected <= set(ledger_state().faults)


@pytest.mark.django_db(transaction=True)
def test_an_entry_kept_out_of_the_tree_is_seen_although_nothing_waits(no_rest: None) -> None:
    old_ledger()
    note(ROOM, Noted("later"), after_s=30)
    Pending.objects.all().delete()
    sweep(clock=CLOCK)
    assert ledger_state().faults == (f"{ROOM}#6: leaf",)


@pytest.mark.django_db(transaction=True)
def test_a_forged_signature_is_seen() -> None:
    old_ledger()
    as_administrator("UPDATE audit_checkpoint SET note = 'x'", "audit_checkpoint")
    sweep(clock=CLOCK)
    assert ledger_state().faults == ("the tree#278: note",)


@pytest.mark.django_db(transaction=True)
def test_a_slice_goes_on_where_the_last_one_stopped(no_rest: None) -> None:
    old_ledger()
    sweep(clock=CLOCK, seconds=0)
    assert Sweep.objects.get().place == 256
    sweep(clock=CLOCK, seconds=0)
    state = Sweep.objects.get()
    assert (state.place, state.passed_at) == (0, AT)


@pytest.mark.django_db(transaction=True)
def test_between_two_passes_it_only_reads(django_assert_num_queries: Callable[..., object]) -> None:
    small_ledger()
    seal(clock=CLOCK)
    sweep(clock=CLOCK)
    with django_assert_num_queries(5) as seen:
        sweep(clock=CLOCK)
    assert all(query["sql"].lstrip().startswith("SELECT") for query in seen.captured_queries)


# ── an export looks as closely ────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_an_export_names_what_was_rewritten_or_removed() -> None:
    old_ledger()
    rewrite("lot/1", 3, "7", "8")
    for selection in (whole_streams(["lot/1"]), single_rows([("lot/1", 3)], {})):
        done, _files = export(selection)
        assert done.fault == "the tree#278: root does not hold"
    assert {"lot/1#1: proof", "lot/1#3: proof"} <= set(ledger_state().faults)


@pytest.mark.django_db(transaction=True)
def test_an_export_names_what_was_removed() -> None:
    old_ledger()
    as_administrator(f"DELETE FROM audit_entry WHERE stream = '{ROOM}' AND seq = 5")
    done, _files = export(whole_streams([ROOM]))
    assert done.fault == f"{ROOM}#5: missing does not hold"


@pytest.mark.django_db(transaction=True)
def test_a_single_row_is_held_against_the_row_before_it() -> None:
    old_ledger()
    with triggers_off():
        Entry.objects.filter(stream=ROOM, seq=2).update(hash=bytes(32))
    done, _files = export(single_rows([(ROOM, 3)], {}))
    assert done.fault == f"{ROOM}#3: prev does not hold"
    assert "does not hold" in export(everything())[0].fault
