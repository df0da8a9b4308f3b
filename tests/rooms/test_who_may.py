"""Who may open a socket and act on it, asked again at every command."""

import asyncio
from datetime import UTC, datetime, timedelta
from time import monotonic
from urllib.parse import unquote

import pytest

from accounts import services as accounts
from accounts.models import RoleGrant, Session, User
from audit.clock import system_clock
from bidding.hub import hub
from kernel.actors import SYSTEM, Role
from tests.worlds.rooms import Client, Table, in_thread, lay_table, offer


@pytest.fixture
def table() -> Table:
    return lay_table("alice", "bob")


def sign_out(table: Table) -> None:
    Session.objects.filter(pk=table.alice.session_key).delete()


def expire(table: Table) -> None:
    rows = Session.objects.filter(pk=table.alice.session_key)
    rows.update(expire_date=datetime.now(UTC) - timedelta(seconds=1))


def ban(table: Table) -> None:
    User.objects.filter(pk=table.alice.user.pk).update(is_active=False)


ENDS = [sign_out, expire, ban]


@pytest.mark.parametrize("end", ENDS)
async def test_the_next_offer_dies_with_the_session(table: Table, end) -> None:
    async with Client(table.code, table.alice) as alice:
        await alice.receive()
        await in_thread(end, table)
        await alice.send(offer(1000))
        assert await alice.close_code() == 4401
    assert await in_thread(lambda: (table.row.seq, table.row.sealed_seq)) == (1, 3)


@pytest.mark.parametrize("end", ENDS)
async def test_an_open_socket_dies_within_two_seconds(table: Table, end) -> None:
    guard = asyncio.create_task(hub().guard())
    try:
        async with Client(table.code, table.alice) as alice, Client(table.code, table.bob) as bob:
            await alice.receive()
            await bob.receive()
            await in_thread(end, table)
            begun = monotonic()
            assert await alice.close_code() == 4401
            assert monotonic() - begun < 2
            assert (await bob.answer(offer(1000)))["type"] == "ack"
    finally:
        guard.cancel()


async def test_a_cookie_of_a_session_that_is_over_is_told_so(table: Table) -> None:
    await in_thread(sign_out, table)
    async with Client(table.code, table.alice) as alice:
        assert await alice.close_code() == 4401


async def test_a_person_who_lost_the_role_has_no_seat(table: Table) -> None:
    def take_back() -> None:
        rows = RoleGrant.objects.filter(user=table.alice.user, role=Role.BIDDER)
        rows.update(until_at=datetime.now(UTC))

    async with Client(table.code, table.alice) as alice:
        await alice.receive()
        await in_thread(take_back)
        assert (await alice.answer(offer(1000)))["code"] == "not_seated"
    assert await in_thread(lambda: table.row.seq) == 1


async def test_suspending_somebody_ends_their_offers(table: Table) -> None:
    def suspend() -> None:
        accounts.suspend_person(
            user_id=table.alice.user.pk, reason="串通", actor=SYSTEM, clock=system_clock()
        )

    async with Client(table.code, table.alice) as alice:
        await alice.receive()
        await in_thread(suspend)
        await alice.send(offer(1000))
        assert await alice.close_code() == 4401


async def test_an_unknown_room_is_4404(table: Table) -> None:
    async with Client("ZZZZZZZZ") as nobody:
        assert await nobody.close_code() == 4404


async def test_whose_session_is_over_may_go_on_as_a_watcher(table: Table) -> None:
    """Given a cookie of a session that ended, `watch=1` shows the room and lets nobody bid."""
    await in_thread(Session.objects.filter(pk=table.alice.session_key).delete)
    async with Client(table.code, table.alice) as alice:
        assert await alice.close_code() == 4401
    async with Client(table.code, table.alice, after="0&watch=1") as watcher:
        assert (await watcher.receive())["type"] == "events"
        assert (await watcher.answer(offer(1000)))["code"] == "not_seated"
    assert await in_thread(lambda: table.row.seq) == 1


@pytest.mark.parametrize("path", ["/ws/", "/ws/rooms/%00/", "/ws/rooms/AAAAAAAA/x/"])
async def test_an_address_that_is_no_room_s_is_4404_and_no_error(path: str) -> None:
    nobody = Client("ZZZZZZZZ")
    nobody.socket.scope["path"] = unquote(path)
    async with nobody:
        assert await nobody.close_code() == 4404


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "null",
            "http://testserver.evil.example",
            "http://eviltestserver",
            "http://testserver:81",
        ),
        *("https://testserver", "http://evil.example/http://testserver", "http://testserver/"),
        *("http://testserver@evil.example", "ftp://testserver", "http://TESTSERVER.evil.example"),
    ],
)
async def test_a_foreign_page_is_4403(table: Table, origin: str) -> None:
    async with Client(table.code, table.alice, origin=origin) as foreign:
        assert await foreign.close_code() == 4403
        assert foreign.frames == []


async def test_who_speaks_for_somebody_says_from_where(table: Table) -> None:
    """The contract's `Origin` of this site, as over HTTP; watching needs none."""
    async with Client(table.code, table.alice, origin=None) as silent:
        assert await silent.close_code() == 4403
        assert silent.frames == []
    async with Client(table.code, origin=None) as watcher:
        assert (await watcher.receive())["type"] == "snapshot"
    async with Client(table.code, table.alice, after="0&watch=1", origin=None) as watcher:
        assert (await watcher.receive())["type"] == "events"


async def test_a_foreign_page_cannot_bring_its_own_host(table: Table) -> None:
    headers = {"host": "evil.example"}
    async with Client(table.code, origin="http://evil.example", headers=headers) as foreign:
        assert await foreign.close_code() == 4403


async def test_what_a_refused_socket_sends_is_not_heard(table: Table) -> None:
    async with Client(table.code, table.alice, origin="http://evil.example") as foreign:
        await foreign.send(offer(1000))
        assert await foreign.close_code() == 4403
    assert await in_thread(lambda: table.row.seq) == 1
