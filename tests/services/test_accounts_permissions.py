"""Who may keep people: every action of the table with every role, through the services."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts import permissions, selectors, services
from accounts.models import Membership, Organisation, RoleGrant, User
from audit.models import Entry
from kernel.actors import PUBLIC, Actor, Role
from kernel.clock import FixedClock
from kernel.errors import Forbidden
from tests.worlds import city
from tests.worlds.rights import rights

pytestmark = pytest.mark.django_db
CODE = city.code_of("91510600MA620888")
CLOCK = FixedClock(city.AT + timedelta(days=1))


@pytest.fixture
def alice() -> User:
    """A bidder of the first company; a second company stands ready."""
    city.person("alice", city.organisation("蓉城置业有限公司", 1), Role.BIDDER)
    city.organisation("锦江城建开发有限公司", 2)
    return User.objects.get(username="alice")


def other_company() -> Organisation:
    return Organisation.objects.get(name="锦江城建开发有限公司")


def register_organisation(actor: Actor, _alice: User) -> object:
    return services.register_organisation(code=CODE, name="新来", actor=actor, clock=CLOCK)


def create_person(actor: Actor, _alice: User) -> object:
    return services.create_person(
        username="bob",
        name="林博",
        password=None,
        organisation=other_company(),
        actor=actor,
        clock=CLOCK,
    )


def add_member(actor: Actor, alice: User) -> object:
    services.add_member(user_id=alice.pk, organisation=other_company(), actor=actor, clock=CLOCK)
    return None


def revoke_role(actor: Actor, alice: User) -> object:
    services.revoke_role(user_id=alice.pk, role=Role.BIDDER, actor=actor, clock=CLOCK)
    return None


def grant_role(actor: Actor, alice: User) -> object:
    city.person("carol", other_company())
    carol = User.objects.get(username="carol")
    return services.grant_role(user_id=carol.pk, role=Role.FINANCE, actor=actor, clock=CLOCK)


def suspend_person(actor: Actor, alice: User) -> object:
    services.suspend_person(user_id=alice.pk, reason="离职", actor=actor, clock=CLOCK)
    return None


def reinstate_person(actor: Actor, alice: User) -> object:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    services.reinstate_person(user_id=alice.pk, reason="返岗", actor=actor, clock=CLOCK)
    return None


def reset_access(actor: Actor, alice: User) -> object:
    services.reset_access(
        user_id=alice.pk, password="K7-first", reason="丢失", actor=actor, clock=CLOCK
    )
    return None


def confirm_reset(actor: Actor, alice: User) -> object:
    User.objects.filter(pk=alice.pk).update(reset_by="u:ANOTHER001")
    services.confirm_reset(user_id=alice.pk, actor=actor, clock=CLOCK)
    return None


def see_people(actor: Actor, _alice: User) -> object:
    return selectors.list_people(actor)


ACTS: dict[str, Callable[[Actor, User], object]] = {
    act.__name__: act
    for act in (
        see_people,
        register_organisation,
        create_person,
        add_member,
        grant_role,
        revoke_role,
        suspend_person,
        reinstate_person,
        reset_access,
        confirm_reset,
    )
}


def actor_with(*roles: Role) -> Actor:
    return Actor(id="u:TESTER0001", user_id=999_999, roles=frozenset(roles))


def state() -> tuple[Any, ...]:
    """Everything that an act could have changed."""
    return (
        Entry.objects.exclude(stream="account/none").count(),
        Organisation.objects.count(),
        sorted(User.objects.exclude(username="carol").values_list("username", "password")),
        Membership.objects.exclude(user__username="carol").count(),
        RoleGrant.objects.filter(until_at=None).count(),
    )


def test_the_table_names_every_act_and_no_other() -> None:
    assert set(ACTS) == set(permissions.TABLE)


@pytest.mark.parametrize("action", ACTS)
def test_only_the_roles_of_the_table_may(action: str, alice: User) -> None:
    barred = [Actor(PUBLIC.id), actor_with()]
    barred += [actor_with(role) for role in Role if role not in rights()[f"accounts {action}"]]
    if action == "grant_role":
        city.person("carol", other_company())
    if action == "reinstate_person":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    before = state()

    for actor in barred:
        with pytest.raises(Forbidden):
            ACTS[action](actor, alice)

    assert state() == before


@pytest.mark.parametrize(
    ("action", "role"),
    [(action, role) for action in ACTS for role in sorted(permissions.TABLE[action])],
)
def test_a_role_of_the_table_may(action: str, role: Role, alice: User) -> None:
    ACTS[action](actor_with(role), alice)
