"""Who sat at the host's desk and what he did stands in the record, refused acts too; nobody but the
auditors reads his name before the close."""

import json
from datetime import timedelta
from typing import Any

import pytest

from audit.clock import system_clock
from audit.models import Entry
from bidding.rules.staff import OPENING_WORDS
from bidding.sequencer.books import forget_books
from bidding.services import rooms
from kernel.actors import Actor, Role
from kernel.clock import iso_ms
from kernel.errors import Forbidden
from tests.worlds.rooms import Table, lay_table, terms_of

HOST = Actor("u:HOST", roles=frozenset({Role.HOST}))
OTHER = Actor("u:OTHER", roles=frozenset({Role.HOST}))


@pytest.fixture
def table() -> Table:
    return lay_table("alice")


def acts(table: Table) -> list[dict[str, Any]]:
    rows = Entry.objects.filter(stream=f"room/{table.code}/sealed", kind="host_acted")
    return [row.read_body() for row in rows.order_by("seq")]


def public(table: Table) -> list[str]:
    rows = Entry.objects.filter(stream=f"room/{table.code}").order_by("seq")
    return list(rows.values_list("kind", flat=True))


def test_each_act_names_its_host_and_its_public_entry(table: Table) -> None:
    rooms.announce(room_code=table.code, text="场内安静", actor=HOST)
    rooms.pause_room(room_code=table.code, reason="系统检查", actor=HOST)
    rooms.resume_room(room_code=table.code, actor=OTHER)

    assert acts(table) == [
        act("u:HOST", "announce", "场内安静", "done", 2),
        act("u:HOST", "pause", "系统检查", "done", 3),
        act("u:OTHER", "resume", "", "done", 4),
    ]
    assert public(table) == ["opened", "announced", "paused", "resumed"]


def act(actor: str, action: str, words: str, result: str, public_seq: int | None) -> dict[str, Any]:
    return {
        "actor": actor,
        "action": action,
        "words": words,
        "result": result,
        "public_seq": public_seq,
    }


def test_a_refused_act_is_written_down_and_changes_nothing(table: Table) -> None:
    refusal = rooms.resume_room(room_code=table.code, actor=HOST)

    assert refusal is not None
    assert acts(table) == [act("u:HOST", "resume", "", "not_paused", None)]
    assert public(table) == ["opened"]


def test_no_frame_or_page_names_a_host(table: Table, client: Any) -> None:
    rooms.pause_room(room_code=table.code, reason="系统检查", actor=HOST)
    for page in ("snapshot", "events?after=0"):
        text = json.dumps(client.get(f"/api/rooms/{table.code}/{page}").json())
        assert "u:HOST" not in text


# ── 宣布开始 ──────────────────────────────────────────────────────────────────────────────────


def test_the_host_declares_an_open_room_open_once(table: Table) -> None:
    ends_at = table.row.due_at

    assert rooms.open_room(room_code=table.code, actor=HOST) is None
    forget_books()
    again = rooms.open_room(room_code=table.code, actor=OTHER)

    assert again is not None
    assert again.code == "already_declared"
    assert public(table) == ["opened", "announced"]
    words = Entry.objects.get(stream=f"room/{table.code}", kind="announced").read_body()["text"]
    assert words == OPENING_WORDS
    assert [done["result"] for done in acts(table)] == ["done", "already_declared"]
    assert table.row.due_at == ends_at


def test_nobody_opens_a_room_before_its_time() -> None:
    opens_at = system_clock().now() + timedelta(hours=1)
    ends_at = opens_at + timedelta(hours=1)
    table = lay_table("alice", terms=terms_of(opens_at=iso_ms(opens_at), ends_at=iso_ms(ends_at)))

    refusal = rooms.open_room(room_code=table.code, actor=HOST)

    assert refusal is not None
    assert refusal.code == "too_early"
    assert (table.row.phase, public(table)) == ("scheduled", [])
    assert table.place("alice", 1000)["code"] == "not_open"


def test_at_its_time_the_declaration_finds_the_room_open() -> None:
    """The clock's own look may come a moment later: the room opens with the host's word."""
    table = lay_table("alice", opened=False)
    assert rooms.open_room(room_code=table.code, actor=HOST) is None
    assert public(table) == ["opened", "announced"]


def test_a_room_that_no_host_declares_open_is_open_all_the_same(table: Table) -> None:
    assert table.place("alice", 1000)["type"] == "ack"


def test_only_a_host_declares(table: Table) -> None:
    for role in set(Role) - {Role.HOST}:
        with pytest.raises(Forbidden):
            rooms.open_room(room_code=table.code, actor=Actor("u:X", roles=frozenset({role})))
    assert (acts(table), public(table)) == ([], ["opened"])
