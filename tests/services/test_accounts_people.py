"""People and organisations: what is recorded, what is refused, what a role is worth when."""

from datetime import timedelta
from typing import Any

import pytest

from accounts import selectors, services
from accounts.models import Membership, Organisation, RoleGrant, User
from accounts.rules.conflicts import PAIRS
from audit.models import Entry
from audit.selectors import entries_after
from kernel.actors import SYSTEM, Role
from kernel.clock import FixedClock
from kernel.errors import Conflict, Invalid
from tests.worlds import city

pytestmark = pytest.mark.django_db
CLOCK = FixedClock(city.AT + timedelta(days=1))
BODY = "91510600MA620999"


def person(username: str = "alice", *roles: Role) -> User:
    known = Organisation.objects.filter(name="蓉城置业有限公司").first()
    city.person(username, known or city.organisation("蓉城置业有限公司", 1), *roles)
    return User.objects.get(username=username)


def kinds(user: User) -> list[str]:
    return [entry.kind for entry in entries_after(f"account/{user.public_id}", 0)]


def test_a_person_is_recorded_by_an_opaque_id_alone() -> None:
    alice = person("alice", Role.BIDDER)

    assert kinds(alice) == ["accounts.person_created", "accounts.role_granted"]
    text = "".join(entry.body for entry in Entry.objects.filter(stream__startswith="account/"))
    assert "alice" not in text


def test_a_code_is_kept_as_the_law_writes_it() -> None:
    code = city.code_of(BODY)
    typed = f" {code[:8].lower()} {code[8:].lower()} "

    made = services.register_organisation(code=typed, name=" 甲公司 ", actor=SYSTEM, clock=CLOCK)

    assert (made.code, made.name, made.kind) == (code, "甲公司", "enterprise")


@pytest.mark.parametrize("place", range(18))
def test_one_wrong_character_of_a_code_is_refused(place: int) -> None:
    code = city.code_of(BODY)
    wrong = code[:place] + ("1" if code[place] != "1" else "2") + code[place + 1 :]

    with pytest.raises(Invalid) as refused:
        services.register_organisation(code=wrong, name="甲公司", actor=SYSTEM, clock=CLOCK)

    assert "code" in refused.value.fields
    assert not Organisation.objects.exists()


def test_a_code_is_registered_once() -> None:
    code = city.code_of(BODY)
    services.register_organisation(code=code, name="甲公司", actor=SYSTEM, clock=CLOCK)

    with pytest.raises(Conflict):
        services.register_organisation(code=code, name="乙公司", actor=SYSTEM, clock=CLOCK)

    assert Organisation.objects.get().name == "甲公司"


def test_changing_the_organisation_keeps_the_earlier_one_written() -> None:
    alice = person("alice", Role.BIDDER)
    other = city.organisation("锦江城建开发有限公司", 2)

    services.add_member(user_id=alice.pk, organisation=other, actor=SYSTEM, clock=CLOCK)

    assert selectors.actor_of(alice).organisation_id == other.pk
    left = Membership.objects.get(user=alice, left_at__isnull=False)
    assert left.left_at == CLOCK.now()
    assert kinds(alice)[-2:] == ["accounts.member_left", "accounts.member_added"]


# ── roles ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("held", "wanted"),
    sorted(
        {
            (held, wanted)
            for left, right in PAIRS
            for a, b in ((left, right), (right, left))
            for held in a
            for wanted in b
            if held != wanted
        }
    ),
)
def test_roles_that_must_not_meet_do_not(held: Role, wanted: Role) -> None:
    alice = person("alice", held)

    with pytest.raises(Conflict) as refused:
        services.grant_role(user_id=alice.pk, role=wanted, actor=SYSTEM, clock=CLOCK)

    assert refused.value.code == "roles_conflict"
    assert selectors.actor_of(alice).roles == {held}


def test_a_role_ends_by_itself_at_its_instant() -> None:
    alice = person("alice")
    now = FixedClock(city.AT)
    past, later = city.AT + timedelta(hours=1), city.AT + timedelta(days=36_500)

    services.grant_role(user_id=alice.pk, role=Role.FINANCE, until_at=past, actor=SYSTEM, clock=now)
    services.grant_role(user_id=alice.pk, role=Role.HOST, until_at=later, actor=SYSTEM, clock=now)

    assert selectors.actor_of(alice).roles == {Role.HOST}


def test_a_role_does_not_end_before_it_began() -> None:
    alice = person("alice")

    with pytest.raises(Invalid):
        services.grant_role(
            user_id=alice.pk, role=Role.HOST, until_at=CLOCK.now(), actor=SYSTEM, clock=CLOCK
        )

    assert not RoleGrant.objects.exists()


def test_a_role_is_held_once_and_taken_back_once() -> None:
    alice = person("alice", Role.BIDDER)
    with pytest.raises(Conflict):
        services.grant_role(user_id=alice.pk, role=Role.BIDDER, actor=SYSTEM, clock=CLOCK)

    services.revoke_role(user_id=alice.pk, role=Role.BIDDER, actor=SYSTEM, clock=CLOCK)

    with pytest.raises(Conflict):
        services.revoke_role(user_id=alice.pk, role=Role.BIDDER, actor=SYSTEM, clock=CLOCK)
    assert selectors.actor_of(alice).roles == frozenset()
    assert RoleGrant.objects.get(user=alice).ended_by == "system"


def test_who_acts_costs_one_query(django_assert_num_queries: Any) -> None:
    alice = person("alice", Role.BIDDER)

    with django_assert_num_queries(1):
        selectors.actor_of(alice)


def test_a_barred_person_is_nobody() -> None:
    alice = person("alice", Role.BIDDER)
    services.suspend_person(user_id=alice.pk, reason="离职", actor=SYSTEM, clock=CLOCK)

    assert not selectors.actor_of(alice).is_signed_in
    with pytest.raises(Conflict):
        services.suspend_person(user_id=alice.pk, reason="又一次", actor=SYSTEM, clock=CLOCK)


def test_nothing_is_said_without_a_reason() -> None:
    alice = person("alice", Role.BIDDER)

    with pytest.raises(Invalid):
        services.suspend_person(user_id=alice.pk, reason=" ", actor=SYSTEM, clock=CLOCK)

    alice.refresh_from_db()
    assert alice.is_active
