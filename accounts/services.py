"""Registering organisations and people, giving and taking roles; each with its record."""

from collections.abc import Sequence

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import events, permissions
from accounts.models import Membership, Organisation, RoleGrant, User
from accounts.rules.conflicts import conflict
from accounts.rules.uscc import check_uscc
from audit.services import record
from kernel.actors import Actor, Role
from kernel.clock import Clock
from kernel.errors import Conflict, Invalid, NotFound


@transaction.atomic(durable=True)
def register_organisation(
    *, code: str, name: str, address: str = "", actor: Actor, clock: Clock
) -> Organisation:
    """Registers a legal person. Invalid for a wrong code, Conflict if it is known."""
    permissions.require(actor, "register_organisation")
    checked = check_uscc(code)
    if not checked.is_valid:
        raise Invalid(fields={"code": _("统一社会信用代码有误，请核对 18 位代码。")})
    if not name.strip():
        raise Invalid(fields={"name": _("请填写单位名称。")})
    if Organisation.objects.filter(code=checked.code).exists():
        raise Conflict("organisation_known", _("这个单位已经登记。"))
    now = clock.now()
    made = Organisation.objects.create(
        code=checked.code, name=name.strip(), address=address, created_at=now
    )
    event = events.OrganisationRegistered(made.code)
    record(stream=f"account/{made.code}", event=event, actor=actor, at=now)
    return made


@transaction.atomic(durable=True)
def create_person(
    *,
    username: str,
    name: str,
    password: str | None,
    organisation: Organisation,
    actor: Actor,
    clock: Clock,
) -> User:
    """Creates a sign-in acting for an organisation; without a password nobody can use it yet."""
    permissions.require(actor, "create_person")
    if User.objects.filter(username=username).exists():
        raise Conflict("person_known", _("这个登录名已被使用。"))
    user = User(username=username, display_name=name)
    user.set_password(password)
    user.save()
    Membership.objects.create(user=user, organisation=organisation)
    event = events.PersonCreated(user.public_id, organisation.code)
    record(stream=f"account/{user.public_id}", event=event, actor=actor, at=clock.now())
    return user


def lock_person(user_id: int) -> User:
    found = User.objects.select_for_update().filter(pk=user_id).first()
    if found is None:
        raise NotFound("person_unknown")
    return found


def roles_of(user: User) -> set[Role]:
    live = RoleGrant.objects.filter(user=user, revoked_at=None)
    return {Role(role) for role in live.values_list("role", flat=True)}


@transaction.atomic(durable=True)
def grant_role(*, user_id: int, role: Role, actor: Actor, clock: Clock) -> RoleGrant:
    """Gives a role. Conflict if another role held forbids it; nobody grants to themselves."""
    permissions.require(actor, "grant_role")
    user = lock_person(user_id)
    if actor.user_id == user.pk:
        raise Conflict("own_roles", _("不能给自己授予岗位。"))
    held = roles_of(user)
    if role in held:
        raise Conflict("role_held", _("已经具有该岗位。"))
    against = conflict(held, role)
    if against is not None:
        text = _("岗位“%(wanted)s”与已有岗位“%(held)s”不相容。")
        raise Conflict("roles_conflict", text % {"wanted": role, "held": against})
    now = clock.now()
    grant = RoleGrant.objects.create(user=user, role=role, granted_by=actor.id, granted_at=now)
    event = events.RoleGranted(user.public_id, role)
    record(stream=f"account/{user.public_id}", event=event, actor=actor, at=now)
    return grant


@transaction.atomic(durable=True)
def revoke_role(*, user_id: int, role: Role, actor: Actor, clock: Clock) -> None:
    """Takes a role back; it ends at once, on open sockets too."""
    permissions.require(actor, "revoke_role")
    user = lock_person(user_id)
    grant = RoleGrant.objects.filter(user=user, role=role, revoked_at=None).first()
    if grant is None:
        raise Conflict("role_not_held", _("没有该岗位。"))
    grant.revoked_at = clock.now()
    grant.save(update_fields=["revoked_at"])
    event = events.RoleRevoked(user.public_id, role)
    record(stream=f"account/{user.public_id}", event=event, actor=actor, at=grant.revoked_at)


@transaction.atomic(durable=True)
def suspend_person(*, user_id: int, reason: str, actor: Actor, clock: Clock) -> None:
    """Bars a person at once; every session of theirs ends."""
    permissions.require(actor, "suspend_person")
    user = lock_person(user_id)
    user.is_active = False
    user.save(update_fields=["is_active"])
    sign_out_everywhere(user)
    event = events.PersonSuspended(user.public_id, reason[:300])
    record(stream=f"account/{user.public_id}", event=event, actor=actor, at=clock.now())


def sign_out_everywhere(user: User) -> int:
    """Ends every session of a person; returns how many. Inside the caller's transaction."""
    ended = 0
    for session in Session.objects.all().iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
            ended += 1
    return ended


def ensure_person(
    *,
    username: str,
    name: str,
    password: str,
    organisation: Organisation,
    roles: Sequence[Role],
    actor: Actor,
    clock: Clock,
) -> User:
    """Creates a person with roles unless the sign-in exists already; for demo worlds."""
    found = User.objects.filter(username=username).first()
    if found is not None:
        return found
    user = create_person(
        username=username,
        name=name,
        password=password,
        organisation=organisation,
        actor=actor,
        clock=clock,
    )
    for role in roles:
        grant_role(user_id=user.pk, role=role, actor=actor, clock=clock)
    return user
