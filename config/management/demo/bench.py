"""Rooms for load clients: step one fen, at least, own outbid on, no refusal limit."""

from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction

from accounts import services as accounts
from accounts.selectors import actor_of
from audit.clock import system_clock
from bidding.rules import commands as c
from bidding.sequencer.batches import settle_alone
from bidding.sequencer.books import Act
from bidding.services import rooms
from config.management.alone import served_origin
from config.management.demo.world import code_of
from kernel.actors import SYSTEM, Actor, Role
from kernel.clock import Clock, iso_ms

HOURS = 6
BACKEND = "django.contrib.auth.backends.ModelBackend"


def cookie_of(user: Any) -> str:
    """A live session of that person, as a whole Cookie header."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = BACKEND
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}"


def make_people(count: int, run: str, clock: Clock) -> list[Any]:
    """Bidders of their own organisations."""
    people = []
    for index in range(count):
        serial = int(run, 16) % 10_000
        body = f"91510600{serial:04d}{index:04d}"
        company = accounts.register_organisation(
            code=code_of(body), name=f"压测单位 {run}-{index}", actor=SYSTEM, clock=clock
        )
        people.append(
            accounts.ensure_person(
                username=f"bench-{run}-{index}",
                name=f"bench {index}",
                password=run,
                organisation=company,
                roles=(Role.BIDDER,),
                actor=SYSTEM,
                clock=clock,
            )
        )
    return people


def make_rooms(count: int, seats: int, *, run: str) -> dict[str, Any]:
    """Open rooms with seated bidders and their cookies (contract: seed_demo bench)."""
    clock = system_clock()
    people = make_people(seats, run, clock)
    cookies = [cookie_of(person) for person in people]
    house = Actor(SYSTEM.id, origin="demo")
    found = []
    for index in range(count):
        room = make_room(f"bench {run}-{index}", people, house, clock)
        settle_alone(room["code"], Act(c.Tick()))
        for seat, cookie in zip(room["seats"], cookies, strict=True):
            seat["cookie"] = cookie
        found.append(room)
    return {"base_url": served_origin(), "rooms": found}


def make_room(title: str, people: list[Any], house: Actor, clock: Clock) -> dict[str, Any]:
    now = clock.now()
    terms = {
        "start_fen": 100,
        "step_fen": 1,
        "step_mode": "at_least",
        "own_outbid": True,
        "refusals_per_s": 0,
        "soft_close_s": 5,
        "opens_at": iso_ms(now - timedelta(seconds=1)),
        "ends_at": iso_ms(now + timedelta(hours=HOURS)),
    }
    with transaction.atomic():
        room = rooms.create_room(
            title=title,
            preset="ASC",
            terms=terms,
            unit="yuan",
            origin_no="",
            actor=house,
            clock=clock,
        )
        seats = [
            rooms.seat_bidder(
                room_code=room.code,
                user_id=person.pk,
                organisation_id=actor_of(person).organisation_id or 0,
                actor=house,
                clock=clock,
            )
            for person in people
        ]
    return {
        "code": room.code,
        "ends_at": terms["ends_at"],
        "start_fen": terms["start_fen"],
        "step_fen": terms["step_fen"],
        "seats": [{"plate": seat.plate} for seat in seats],
    }
