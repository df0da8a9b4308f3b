"""Who somebody is: actors with their roles in force, organisations by code, people by name."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.db import connection
from django.db.models import FilteredRelation, Prefetch, Q, QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import Membership, Organisation, RoleGrant, Session, User
from accounts.rules.uscc import check_uscc
from accounts.sessions import FIRST_PASSWORD_KEY, session_handle
from kernel.actors import PUBLIC, Actor, Role
from kernel.errors import Invalid, NotFound

Rows = Sequence[tuple[Any, ...]]
BENCH_PREFIX = "bench-"


# ── actors ────────────────────────────────────────────────────────────────────────────────────


def in_force(prefix: str, now: datetime) -> Q:
    """Grants that count at this instant. A role, like a session, ends by the process's clock."""
    return Q(**{f"{prefix}until_at": None}) | Q(**{f"{prefix}until_at__gt": now})


def facts(people: QuerySet[Any], path: str = "") -> QuerySet[Any]:
    """Joins what an actor is made of: one row a role, or one without. `path` leads to the user."""
    grants, memberships = f"{path}grants", f"{path}memberships"
    now = datetime.now(UTC)
    joined: QuerySet[Any] = people.annotate(
        held=FilteredRelation(grants, condition=in_force(f"{grants}__", now)),
        place=FilteredRelation(memberships, condition=Q(**{f"{memberships}__left_at": None})),
    )
    return joined


def fold(
    user_id: int,
    public_id: str,
    roles: Iterable[str | None],
    place: int | None,
    *,
    is_resting: bool,
) -> Actor:
    """The actor; after a reset of the access staff roles rest until a second keeper confirms."""
    held = frozenset(Role(role) for role in roles if role)
    if is_resting:
        held &= {Role.BIDDER}
    return Actor(id=f"u:{public_id}", user_id=user_id, roles=held, organisation_id=place)


def actor_of(user: Any) -> Actor:
    """The actor of a signed-in user, PUBLIC for everybody else and the barred. One query."""
    if not getattr(user, "is_authenticated", False):
        return PUBLIC
    people = User.objects.filter(pk=user.pk, is_active=True)
    rows = facts(people).values_list(
        "public_id", "held__role", "place__organisation_id", "reset_by"
    )
    found: Rows = list(rows)
    if not found:
        return PUBLIC
    public_id, _role, place, reset_by = found[0]
    roles = (row[1] for row in found)
    return fold(user.pk, public_id, roles, place, is_resting=bool(reset_by))


def name_of(actor_id: str) -> str:
    """The name of whoever acted under this id, for a desk where two people act on one thing."""
    people = User.objects.filter(public_id=actor_id.removeprefix("u:"))
    return people.values_list("display_name", flat=True).first() or actor_id


def actor_of_username(username: str) -> Actor:
    """The actor of a sign-in name; for demo worlds and commands."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise NotFound("person_unknown", params={"username": username})
    return actor_of(user)


def actor_of_session(session_key: str | None) -> Actor | None:
    """The actor of a live session, read afresh; None once it ended, the person was barred, the
    password changed, is not yet their own or a compulsory second factor is missing. One query."""
    alive = facts(live_sessions().filter(pk=session_key), "user__")
    rows = alive.values_list(
        "session_data",
        "user_id",
        "user__password",
        "user__public_id",
        "place__organisation_id",
        "user__reset_by",
        "held__role",
    )
    found: Rows = list(rows)
    if not found:
        return None
    data, user_id, password, public_id, place, reset_by, _role = found[0]
    decoded = Session(session_data=data).get_decoded()
    if decoded.get(FIRST_PASSWORD_KEY):
        return None
    known = str(decoded.get(HASH_SESSION_KEY, ""))
    right = User(pk=user_id, password=password).get_session_auth_hash()
    if not constant_time_compare(known, right):
        return None
    roles = (row[-1] for row in found)
    return fold(user_id, public_id, roles, place, is_resting=bool(reset_by))


def live_sessions() -> QuerySet[Session]:
    """Sessions that may act: not over, of a person who is not barred, strong where they must be."""
    found = Session.objects.filter(expire_date__gt=datetime.now(UTC), user__is_active=True)
    return found.filter(has_second_factor=True) if settings.REQUIRE_SECOND_FACTOR else found


def acting_statement(
    keys: Sequence[str], roles: Collection[Role]
) -> tuple[str, tuple[object, ...]]:
    """Which of these sessions are alive and whether their person holds one of the roles, as SQL
    and parameters for a transaction that asks it beside others. Answers (session key, user id,
    holds one) rows, more than one for who holds several."""
    is_postgresql = connection.vendor == "postgresql"
    now = datetime.now(UTC)
    at = now if is_postgresql else str(now.replace(tzinfo=None))
    factor = " AND s.has_second_factor" if settings.REQUIRE_SECOND_FACTOR else ""
    named = ", ".join(["%s"] * len(roles))
    keyed = "= ANY(%s)" if is_postgresql else f"IN ({', '.join(['%s'] * len(keys))})"
    sql = (
        "SELECT s.session_key, s.user_id, g.id IS NOT NULL FROM accounts_session s"  # noqa: S608
        " JOIN accounts_user u ON u.id = s.user_id AND u.is_active"
        f" LEFT JOIN accounts_rolegrant g ON g.user_id = u.id AND g.role IN ({named})"
        " AND (g.until_at IS NULL OR g.until_at > %s)"
        f" WHERE s.expire_date > %s{factor} AND s.session_key {keyed}"
    )
    given = [list(keys)] if is_postgresql else keys
    return sql, (*map(str, roles), at, at, *given)


def live_people(pairs: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Which (session key, user) pairs are still signed in, whatever their roles. One query."""
    alive = live_sessions().filter(pk__in={key for key, _user in pairs})
    return pairs & set(alive.values_list("pk", "user_id"))


def is_nobodys_session(session_key: str) -> bool:
    """Whether this is the running session of a visitor who never signed in."""
    now = datetime.now(UTC)
    return Session.objects.filter(pk=session_key, user=None, expire_date__gt=now).exists()


# ── organisations ─────────────────────────────────────────────────────────────────────────────


def access_organisation(code: str) -> Organisation:
    """The organisation of a credit code as it was typed. Invalid says what is wrong with it."""
    checked = check_uscc(code)
    if not checked.is_valid:
        text = _("统一社会信用代码有误，请核对 18 位代码。")
        raise Invalid(fields={"unit_code": text, "organisation_code": text})
    found = Organisation.objects.filter(code=checked.code).first()
    if found is None:
        text = _("平台上没有这个单位，请先登记单位。")
        raise Invalid(fields={"unit_code": text, "organisation_code": text})
    return found


def get_organisation(pk: int) -> Organisation:
    return Organisation.objects.get(pk=pk)


def find_organisation(pk: int | None) -> Organisation | None:
    """The organisation, or None for somebody who acts for nobody."""
    return Organisation.objects.filter(pk=pk).first() if pk else None


def find_by_name(name: str) -> Organisation:
    """The organisation of that name; for demo worlds."""
    return Organisation.objects.get(name=name)


def list_organisations() -> list[Organisation]:
    """Every organisation, by name."""
    return list(Organisation.objects.all())


# ── people ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the desk of people and the demo's buttons show them."""

    user_id: int
    public_id: str
    username: str
    name: str
    is_active: bool
    roles: tuple[Role, ...]
    grants: tuple[RoleGrant, ...]
    organisation: Organisation | None
    reset_by: str = ""
    """Who reset the access, while the roles rest for want of a second keeper's word."""


def people(of: QuerySet[User]) -> list[Person]:
    """Folds users with their roles in force and their organisation. Three queries."""
    grants = RoleGrant.objects.filter(in_force("", datetime.now(UTC))).order_by("pk")
    places = Membership.objects.filter(left_at=None).select_related("organisation")
    rows = of.prefetch_related(
        Prefetch("grants", grants, to_attr="held"), Prefetch("memberships", places, to_attr="place")
    )
    return [as_person(user) for user in rows]


def as_person(user: Any) -> Person:
    return Person(
        user_id=user.pk,
        public_id=user.public_id,
        username=user.username,
        name=user.display_name,
        is_active=user.is_active,
        roles=tuple(Role(grant.role) for grant in user.held),
        grants=tuple(user.held),
        organisation=user.place[0].organisation if user.place else None,
        reset_by=user.reset_by,
    )


def list_people(actor: Actor, *, query: str = "") -> list[Person]:
    """The people of the platform, at most 300, by sign-in; `query` is part of a name. Forbidden
    unless the actor keeps or audits them."""
    permissions.require(actor, "see_people")
    wanted = User.objects.exclude(username__startswith=BENCH_PREFIX).order_by("username")
    if query:
        places = Q(memberships__left_at=None, memberships__organisation__name__icontains=query)
        names = Q(username__icontains=query) | Q(display_name__icontains=query)
        wanted = wanted.filter(names | places).distinct()
    return people(wanted[:300])


def access_person(actor: Actor, public_id: str) -> Person:
    """One person. Forbidden unless the actor keeps or audits people, NotFound if unknown."""
    permissions.require(actor, "see_people")
    found = people(User.objects.filter(public_id=public_id))
    if not found:
        raise NotFound("person_unknown")
    return found[0]


def list_demo_people() -> list[Person]:
    """People with a role, for the demo's one-click buttons, in the order they were made."""
    known = User.objects.filter(is_active=True).exclude(username__startswith=BENCH_PREFIX)
    return [person for person in people(known.order_by("pk")) if person.roles]


def find_user(username: str) -> User | None:
    """An active person by sign-in."""
    return User.objects.filter(username=username, is_active=True).first()


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A signed-in browser as its owner sees it; `handle` names it without its key."""

    handle: str
    opened_at: datetime | None
    address: str
    agent: str
    has_second_factor: bool
    is_this: bool


def list_sessions(user_id: int, *, this: str | None = None) -> list[OpenSession]:
    """A person's open sessions, the latest first; `this` is the key of the one that asks."""
    alive = Session.objects.filter(user_id=user_id, expire_date__gt=datetime.now(UTC))
    return [
        OpenSession(
            handle=session_handle(row.pk),
            opened_at=row.opened_at,
            address=row.address,
            agent=row.agent,
            has_second_factor=row.has_second_factor,
            is_this=row.pk == this,
        )
        for row in alive.defer("session_data").order_by("-opened_at", "pk")
    ]


@dataclass(frozen=True, slots=True)
class Factors:
    """How a person proves who they are beside the password."""

    has_totp: bool
    passkeys: tuple[str, ...]
    recovery_codes_left: int

    @property
    def has_any(self) -> bool:
        return self.has_totp or bool(self.passkeys)


def find_factors(user_id: int) -> Factors:
    """A person's second factors. One query."""
    rows = list(Authenticator.objects.filter(user_id=user_id).order_by("pk"))
    kinds = Authenticator.Type
    codes = [row for row in rows if row.type == kinds.RECOVERY_CODES]
    return Factors(
        has_totp=any(row.type == kinds.TOTP for row in rows),
        passkeys=tuple(row.wrap().name for row in rows if row.type == kinds.WEBAUTHN),
        recovery_codes_left=sum(len(row.wrap().get_unused_codes()) for row in codes),
    )
