"""Every role at the room's socket and its POST: all may watch, nobody without a bidder's seat acts.

The row `place_offer` of the table is asked in the committer's own statement."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser

from accounts.models import RoleGrant, User
from bidding import permissions
from config.management.demo.bench import cookie_of
from kernel.actors import Role
from tests.worlds import city
from tests.worlds.rooms import (
    ORIGIN,
    Client,
    Seated,
    Table,
    in_thread,
    lay_table,
    listing_in_inquiry,
    new_token,
    offer,
)

Crowd = dict[str, Seated | None]


def crowd_of(table: Table) -> Crowd:
    """A person of each role without a seat, one of each other role who got a seat as a bidder and
    is none any more, one without a role, and a visitor."""
    house = city.organisation("岗位测试单位", 555)
    found: Crowd = {"a visitor": None}
    for role in Role:
        found[f"{role} without a seat"] = signed_in(f"only-{role}", house, role)
    found["nobody"] = signed_in("nobody", house)
    for name, seat in table.seats.items():
        if name in set(Role):
            RoleGrant.objects.filter(user=seat.user).update(role=name)
            found[f"{name} with a seat"] = seat
    return found


def signed_in(name: str, house: Any, *roles: Role) -> Seated:
    actor = city.person(name, house, *roles)
    user = User.objects.get(username=name)
    return Seated(user, "", cookie_of(user), actor)


OTHERS = [str(role) for role in Role if role != Role.BIDDER]


@pytest.fixture
def open_table() -> Table:
    return lay_table("alice", *OTHERS)


@pytest.fixture
def inquiry() -> Table:
    return listing_in_inquiry("alice", *OTHERS)


def join() -> dict[str, Any]:
    return {"v": 1, "type": "join", "client_token": new_token()}


async def ask_at_the_socket(table: Table, who: Seated | None, frame: dict[str, Any]) -> Any:
    async with Client(table.code, who) as client:
        assert (await client.receive())["type"] == "snapshot"
        return (await client.answer(frame))["code"]


def ask_by_post(table: Table, who: Seated | None, body: dict[str, Any]) -> Any:
    client = Browser()
    if who is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = who.session_key
    response = client.post(
        f"/api/rooms/{table.code}/offers",
        json.dumps(body),
        content_type="application/json",
        headers={"Origin": ORIGIN},
    )
    return response.status_code, response.json()["error"]


def test_the_committer_asks_once_for_both() -> None:
    assert permissions.TABLE["place_offer"] == permissions.TABLE["join_room"]


async def test_the_committer_asks_the_table(
    open_table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = await in_thread(crowd_of, open_table)
    monkeypatch.setitem(permissions.TABLE, "place_offer", frozenset({Role.HOST, Role.FINANCE}))

    said = await ask_at_the_socket(open_table, open_table.alice, offer(1000))
    async with Client(open_table.code, crowd["host with a seat"]) as host:
        answer = await host.answer(offer(1000))

    assert (said, answer["type"]) == ("not_seated", "ack")


async def test_an_offer_at_the_socket_is_a_seated_bidder_s_alone(open_table: Table) -> None:
    crowd = await in_thread(crowd_of, open_table)
    before = await in_thread(lambda: open_table.row.seq)

    said = {
        name: await ask_at_the_socket(open_table, who, offer(1000)) for name, who in crowd.items()
    }

    assert said == dict.fromkeys(crowd, "not_seated")
    assert await in_thread(lambda: open_table.row.seq) == before
    async with Client(open_table.code, open_table.alice) as alice:
        assert (await alice.answer(offer(1000)))["type"] == "ack"


async def test_a_join_at_the_socket_is_a_seated_bidder_s_alone(inquiry: Table) -> None:
    crowd = await in_thread(crowd_of, inquiry)
    before = await in_thread(lambda: inquiry.row.seq)

    said = {name: await ask_at_the_socket(inquiry, who, join()) for name, who in crowd.items()}

    assert said == dict.fromkeys(crowd, "not_seated")
    assert await in_thread(lambda: inquiry.row.seq) == before
    async with Client(inquiry.code, inquiry.alice) as alice:
        assert (await alice.answer(join())).get("code") != "not_seated"


def test_a_posted_offer_is_a_seated_bidder_s_alone(open_table: Table) -> None:
    crowd, before = crowd_of(open_table), open_table.row.seq

    said = {
        name: ask_by_post(open_table, who, {"client_token": new_token(), "amount_fen": 1000})
        for name, who in crowd.items()
    }

    assert said.pop("a visitor") == (401, "signed_out")
    assert said == dict.fromkeys(said, (403, "not_seated"))
    assert open_table.row.seq == before


def test_a_posted_join_is_a_seated_bidder_s_alone(inquiry: Table) -> None:
    crowd, before = crowd_of(inquiry), inquiry.row.seq

    said = {
        name: ask_by_post(inquiry, who, {"client_token": new_token(), "join": True})
        for name, who in crowd.items()
    }

    assert said.pop("a visitor") == (401, "signed_out")
    assert said == dict.fromkeys(said, (403, "not_seated"))
    assert inquiry.row.seq == before
