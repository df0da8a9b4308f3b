"""The reserve governs if the record commits to it, and only then: the box goes with it."""

from datetime import timedelta

import pytest

from audit.clock import system_clock
from audit.models import Entry
from bidding.models import Room
from bidding.rules import commands as c
from bidding.rules.codes import StaffCode
from bidding.sequencer import reserve, writing
from bidding.sequencer.batches import settle_alone
from bidding.sequencer.books import Act
from bidding.services import rooms
from kernel.clock import FixedClock, iso_ms
from kernel.errors import NotFound
from tests.worlds.rooms import Table, lay_table, terms_of

HIGH = 5000
LATER = timedelta(hours=2)


def result(table: Table) -> str:
    """Lets the end come; returns what it brought."""
    end = FixedClock(system_clock().now() + LATER)
    settle_alone(table.code, Act(c.Tick()), end)
    return Entry.objects.filter(stream=f"room/{table.code}").latest("seq").kind


def commitments(table: Table) -> list[str]:
    rows = Entry.objects.filter(stream=f"room/{table.code}/sealed", kind="reserve_set")
    return [str(row.read_body()["commitment"]) for row in rows]


@pytest.fixture
def table() -> Table:
    """A free period is on, in which the unit may still type its reserve."""
    return lay_table("alice", preset="MQ", terms=terms_of(countdown_s=60))


@pytest.mark.usefixtures("each_database")
def test_a_reserve_that_was_set_governs(table: Table) -> None:
    assert rooms.set_reserve(room_code=table.code, fen=HIGH) is None
    table.place("alice", 1000)
    assert len(commitments(table)) == 1
    assert result(table) == "passed_in"


def test_a_refused_reserve_governs_nothing() -> None:
    """Too early by the terms: neither box nor commitment stays, and the lot is sold."""
    table = lay_table("alice", preset="MQ", terms=terms_of(countdown_s=60, reserve_window_s=60))
    refusal = rooms.set_reserve(room_code=table.code, fen=HIGH)
    assert (refusal and refusal.code) == StaffCode.TOO_EARLY
    assert (table.row.reserve_box, commitments(table)) == (None, [])
    table.place("alice", 1000)
    assert result(table) == "hammered"


@pytest.mark.parametrize("preset", ["ASC", "JA"])
def test_who_sees_the_price_sets_no_reserve(preset: str) -> None:
    """A dishonest seller would set it just above, and pass in any sale."""
    table = lay_table("alice", preset=preset)
    table.place("alice", 1000)
    refusal = rooms.set_reserve(room_code=table.code, fen=1001)
    assert (refusal and refusal.code) == StaffCode.NOT_OPEN
    table.act(c.Pause("设备检修"))
    refusal = rooms.set_reserve(room_code=table.code, fen=1001)
    assert (refusal and refusal.code) == StaffCode.NOT_OPEN
    assert (table.row.reserve_box, commitments(table)) == (None, [])


def test_before_the_opening_any_room_takes_it() -> None:
    opens_at = system_clock().now() + timedelta(hours=1)
    terms = terms_of(opens_at=iso_ms(opens_at), ends_at=iso_ms(opens_at + timedelta(hours=1)))
    table = lay_table("alice", terms=terms, opened=False)
    assert rooms.set_reserve(room_code=table.code, fen=HIGH) is None
    assert len(commitments(table)) == 1


def test_a_second_reserve_changes_nothing(table: Table) -> None:
    rooms.set_reserve(room_code=table.code, fen=1000)
    first = table.row.reserve_box
    refusal = rooms.set_reserve(room_code=table.code, fen=HIGH)
    assert (refusal and refusal.code) == StaffCode.RESERVE_ALREADY_SET
    assert (table.row.reserve_box, len(commitments(table))) == (first, 1)
    table.place("alice", 1000)
    assert result(table) == "hammered"


def test_a_reserve_after_the_end_is_refused_and_lies_nowhere(table: Table) -> None:
    table.place("alice", 1000)
    assert result(table) == "hammered"
    refusal = rooms.set_reserve(room_code=table.code, fen=HIGH)
    assert (refusal and refusal.code) == StaffCode.NOT_OPEN
    assert (table.row.reserve_box, commitments(table)) == (None, [])


def test_a_box_that_the_record_does_not_know_governs_nothing(table: Table) -> None:
    """Somebody with the database's password put it there after the offers."""
    table.place("alice", 1000)
    box, _commitment = reserve.seal_box(table.code, HIGH)
    Room.objects.filter(code=table.code).update(reserve_box=box)
    assert result(table) == "hammered"


@pytest.mark.parametrize("box", [None, b"", b"x" * 60])
def test_a_room_whose_box_was_taken_or_spoilt_does_not_close(
    table: Table, box: bytes | None
) -> None:
    """Selling below a reserve that somebody removed would be the worse fault."""
    rooms.set_reserve(room_code=table.code, fen=HIGH)
    true_box = table.row.reserve_box
    table.place("alice", 1000)
    Room.objects.filter(code=table.code).update(reserve_box=box)
    assert result(table) == "phase_changed"
    assert table.place("alice", 1100)["type"] == "refused"
    Room.objects.filter(code=table.code).update(reserve_box=true_box)
    assert result(table) == "passed_in"


@pytest.mark.usefixtures("each_database")
def test_nothing_stays_when_the_commit_fails(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "KEEP_BOX", "UPDATE bidding_nowhere SET x = %s WHERE id = %s")
    with pytest.raises(Exception, match="bidding_nowhere"):
        rooms.set_reserve(room_code=table.code, fen=HIGH)
    assert (table.row.reserve_box, commitments(table)) == (None, [])
    table.place("alice", 1000)
    assert result(table) == "hammered"


def test_a_room_that_is_none_takes_no_reserve() -> None:
    with pytest.raises(NotFound):
        rooms.set_reserve(room_code="00000000", fen=HIGH)
