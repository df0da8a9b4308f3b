"""A room is aborted by two people, each by name in the sealed record; everybody else learns of it
when it takes effect."""

import json
from typing import Any

import pytest
from django.test import Client as Browser

from audit.clock import system_clock
from audit.models import Entry
from bidding import selectors
from bidding.sequencer.books import forget_books
from bidding.sequencer.shown import forget_views
from bidding.services import rooms
from kernel.actors import Actor, Role
from kernel.clock import iso_ms
from kernel.errors import Forbidden, Invalid
from law.data import settings
from tests.worlds.rooms import Client, Table, in_thread, lay_table, offer

HOST = Actor("u:HOST", roles=frozenset({Role.HOST}))
OTHER = Actor("u:OTHER", roles=frozenset({Role.HOST}))
SUPERVISOR = Actor("u:SUPERVISOR", roles=frozenset({Role.SUPERVISOR}))
BOTH = Actor("u:HOST", roles=frozenset({Role.HOST, Role.SUPERVISOR}))
"""Whom the table of conflicting roles would never allow."""
REASON = "标的权属争议"


@pytest.fixture
def table() -> Table:
    return lay_table("alice", "bob")


def acts(table: Table) -> list[dict[str, Any]]:
    rows = Entry.objects.filter(stream=f"room/{table.code}/sealed", kind="host_acted")
    return [row.read_body() for row in rows.order_by("seq")]


def told(table: Table) -> list[tuple[object, ...]]:
    return [(act["actor"], act["action"], act["words"], act["result"]) for act in acts(table)]


def public(table: Table) -> list[str]:
    rows = Entry.objects.filter(stream=f"room/{table.code}").order_by("seq")
    return list(rows.values_list("kind", flat=True))


def ask(table: Table, actor: Actor = HOST) -> str:
    """Asks and returns the request's own instant, as the desk carries it."""
    assert rooms.ask_abort(room_code=table.code, reason=REASON, actor=actor) is None
    request = selectors.find_abort_request(table.row, system_clock().now())
    assert request is not None
    return iso_ms(request.at)


def confirm(table: Table, asked_at: str, actor: Actor = SUPERVISOR) -> str | None:
    refusal = rooms.confirm_abort(room_code=table.code, asked_at=asked_at, actor=actor)
    return refusal.code if refusal else None


def test_two_people_abort_a_room_and_both_stand_in_its_record(table: Table) -> None:
    asked_at = ask(table)
    assert public(table) == ["opened"]
    assert table.place("alice", 1000)["type"] == "ack"

    assert confirm(table, asked_at) is None

    assert public(table) == ["opened", "offer_placed", "aborted"]
    assert told(table) == [
        ("u:HOST", "ask_abort", REASON, "done"),
        ("u:SUPERVISOR", "confirm_abort", "", "done"),
    ]
    assert [act["public_seq"] for act in acts(table)] == [None, 3]
    aborted = Entry.objects.get(stream=f"room/{table.code}", kind="aborted").read_body()
    assert aborted == {"reason": REASON}
    assert (table.row.phase, table.row.due_at) == ("aborted", None)
    assert table.place("bob", 1100)["code"] == "not_open"


def test_nothing_of_a_request_reaches_the_public(table: Table, client: Browser) -> None:
    """Not the reason, not a name, not a number that moved."""

    def pages() -> list[str]:
        found = [f"/api/rooms/{table.code}/{page}" for page in ("snapshot", "events?after=0")]
        shown = [client.get(path).json() for path in found]
        for frame in shown:
            frame.pop("server_at")
        return [json.dumps(frame, ensure_ascii=False) for frame in shown]

    before = pages()
    asked_at = ask(table)
    assert pages() == before
    assert REASON not in client.get(f"/rooms/{table.code}/").content.decode()
    confirm(table, asked_at)
    assert REASON in "".join(pages())
    for name in ("u:HOST", "u:SUPERVISOR"):
        assert name not in "".join(pages())


async def test_sockets_hear_of_it_when_it_takes_effect(transactional_db: None) -> None:
    table = await in_thread(lay_table, "alice", "bob")
    async with Client(table.code, table.alice) as alice, Client(table.code) as watcher:
        asked_at = await in_thread(ask, table)
        assert (await alice.answer(offer(1000)))["type"] == "ack"
        assert await in_thread(confirm, table, asked_at) is None
        for client in (alice, watcher):
            await client.until(
                lambda frame: any(item["kind"] == "aborted" for item in frame.get("events", ()))
            )
            heard = [event["kind"] for event in client.events()]
            assert heard[-2:] == ["offer_placed", "aborted"]
            assert client.events()[-1]["reason"] == REASON
            assert "u:" not in json.dumps(client.frames)
        assert (await alice.answer(offer(1100)))["code"] == "not_open"


# ── attacks ───────────────────────────────────────────────────────────────────────────────────


def test_one_person_with_both_roles_aborts_nothing(table: Table) -> None:
    asked_at = ask(table, BOTH)
    assert confirm(table, asked_at, BOTH) == "same_person"
    forget_books()
    forget_views()
    assert confirm(table, asked_at, BOTH) == "same_person"
    assert public(table) == ["opened"]
    assert told(table)[1:] == [("u:HOST", "confirm_abort", "", "same_person")] * 2


def test_each_half_has_its_own_duty(table: Table) -> None:
    asked_at = ask(table)
    for role in set(Role) - {Role.SUPERVISOR}:
        someone = Actor("u:X", roles=frozenset({role}))
        with pytest.raises(Forbidden):
            confirm(table, asked_at, someone)
        with pytest.raises(Forbidden):
            rooms.decline_abort(room_code=table.code, asked_at=asked_at, reason="否", actor=someone)
    for role in set(Role) - {Role.HOST}:
        someone = Actor("u:X", roles=frozenset({role}))
        with pytest.raises(Forbidden):
            rooms.ask_abort(room_code=table.code, reason="x", actor=someone)
        with pytest.raises(Forbidden):
            rooms.withdraw_abort(room_code=table.code, actor=someone)
    assert public(table) == ["opened"]
    assert len(acts(table)) == 1


def test_a_confirmation_sent_twice_aborts_once(table: Table) -> None:
    asked_at = ask(table)
    assert confirm(table, asked_at) is None
    assert confirm(table, asked_at) == "no_request"
    assert public(table).count("aborted") == 1


def test_a_second_request_is_refused_while_one_waits(table: Table) -> None:
    asked_at = ask(table)
    again = rooms.ask_abort(room_code=table.code, reason="另一理由", actor=OTHER)
    assert again is not None
    assert again.code == "already_asked"
    confirm(table, asked_at)
    aborted = Entry.objects.get(stream=f"room/{table.code}", kind="aborted").read_body()
    assert aborted["reason"] == REASON


def test_a_request_expires(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings()["abort_confirm_minutes"], "value", 0)
    assert rooms.ask_abort(room_code=table.code, reason=REASON, actor=HOST) is None
    now = system_clock().now()
    assert selectors.find_abort_request(table.row, now) is None
    last = selectors.find_abort_answer(table.row, now)
    assert last is not None
    assert confirm(table, iso_ms(last.at)) == "request_expired"
    assert public(table) == ["opened"]


def test_a_finished_room_is_not_aborted(table: Table) -> None:
    confirm(table, ask(table))
    again = rooms.ask_abort(room_code=table.code, reason=REASON, actor=HOST)
    assert again is not None
    assert again.code == "not_open"
    assert public(table).count("aborted") == 1


def test_a_confirmation_must_name_its_request(table: Table) -> None:
    ask(table)
    for text in ("", "now", "2026-13-01T00:00:00+08:00", "9" * 400):
        with pytest.raises(Invalid):
            confirm(table, text)
    assert confirm(table, "2026-01-01T00:00:00.000+08:00") == "no_request"
    assert public(table) == ["opened"]


def test_a_refused_request_is_told_to_the_host_with_its_reason(table: Table) -> None:
    asked_at = ask(table)
    rooms.decline_abort(
        room_code=table.code, asked_at=asked_at, reason="可以继续", actor=SUPERVISOR
    )
    now = system_clock().now()
    assert selectors.find_abort_request(table.row, now) is None
    last = selectors.find_abort_answer(table.row, now)
    assert last is not None
    assert (last.answer, last.words) == ("decline_abort", "可以继续")
    assert confirm(table, asked_at) == "no_request"
    assert told(table)[1] == ("u:SUPERVISOR", "decline_abort", "可以继续", "done")


def test_a_withdrawn_request_leaves_the_room_alone(table: Table) -> None:
    asked_at = ask(table)
    refusal = rooms.withdraw_abort(room_code=table.code, actor=OTHER)
    assert refusal is not None
    assert refusal.code == "not_the_asker"
    assert rooms.withdraw_abort(room_code=table.code, actor=HOST) is None
    assert confirm(table, asked_at) == "no_request"
    assert selectors.find_abort_answer(table.row, system_clock().now()) is None
    assert table.row.phase == "limited"


def test_a_waiting_request_outlives_the_process(table: Table) -> None:
    """Another process, or this one after a restart, reads it from the record."""
    asked_at = ask(table)
    forget_books()
    forget_views()
    [(room, request)] = selectors.list_abort_requests(system_clock().now())
    assert (room.code, request.reason) == (table.code, REASON)
    assert confirm(table, asked_at) is None
    assert selectors.list_abort_requests(system_clock().now()) == []
