"""Who somebody is: actors with their roles in force, organisations by code."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.models import Membership, Organisation, RoleGrant, User
from accounts.rules.uscc import check_uscc
from kernel.actors import PUBLIC, Actor, Role
from kernel.errors import Invalid, NotFound


def actor_of(user: Any) -> Actor:
    """The actor of a signed-in user, PUBLIC for everybody else. Two queries."""
    if not isinstance(user, User) and not getattr(user, "is_authenticated", False):
        return PUBLIC
    if not user.is_active:
        return PUBLIC
    roles = RoleGrant.objects.filter(user_id=user.pk, revoked_at=None)
    membership = Membership.objects.filter(user_id=user.pk).first()
    return Actor(
        id=f"u:{user.public_id}",
        user_id=user.pk,
        roles=frozenset(Role(role) for role in roles.values_list("role", flat=True)),
        organisation_id=membership.organisation_id if membership else None,
    )


def actor_of_username(username: str) -> Actor:
    """The actor of a sign-in name; for demo worlds and commands."""
    user = User.objects.filter(username=username).first()
    if user is None:
        raise NotFound("person_unknown", params={"username": username})
    return actor_of(user)


def actor_of_session(session_key: str | None) -> Actor | None:
    """The actor of a live session, read afresh; None once it ended or the person was barred."""
    session = Session.objects.filter(pk=session_key, expire_date__gt=datetime.now(UTC)).first()
    if session is None:
        return None
    held = session.get_decoded()
    if not held.get(SESSION_KEY) or not held.get(BACKEND_SESSION_KEY):
        return None
    user = User.objects.filter(pk=held[SESSION_KEY], is_active=True).first()
    if user is None:
        return None
    known = str(held.get(HASH_SESSION_KEY, ""))
    if not constant_time_compare(known, user.get_session_auth_hash()):
        return None
    return actor_of(user)


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


def find_by_name(name: str) -> Organisation:
    """The organisation of that name; for demo worlds."""
    return Organisation.objects.get(name=name)


def live_bidders(pairs: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Which (session key, user) pairs may still act as bidders: session alive, person not barred,
    role in force. Two queries however many pairs."""
    keys, users = {key for key, _user in pairs}, {user for _key, user in pairs}
    sessions = Session.objects.filter(pk__in=keys, expire_date__gt=datetime.now(UTC))
    alive = set(sessions.values_list("pk", flat=True))
    grants = RoleGrant.objects.filter(
        user_id__in=users, user__is_active=True, role=Role.BIDDER, revoked_at=None
    )
    able = set(grants.values_list("user_id", flat=True))
    return {(key, user) for key, user in pairs if key in alive and user in able}


def list_organisations() -> list[Organisation]:
    """Every organisation; for demo worlds."""
    return list(Organisation.objects.all())


def list_demo_people() -> list[tuple[str, str, list[Role]]]:
    """Sign-ins with their roles, for the demo's one-click buttons. Two queries."""
    held: dict[int, list[Role]] = {}
    for user_id, role in RoleGrant.objects.filter(revoked_at=None).values_list("user_id", "role"):
        held.setdefault(user_id, []).append(Role(role))
    people = User.objects.filter(is_active=True, pk__in=held).exclude(username__startswith="bench-")
    return [(user.username, user.display_name, held[user.pk]) for user in people.order_by("pk")]


def find_user(username: str) -> User | None:
    """An active person by sign-in."""
    return User.objects.filter(username=username, is_active=True).first()
