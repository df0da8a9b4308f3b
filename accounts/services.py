"""Registering organisations and people, giving and taking roles; each with its record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import events, permissions, projection
from accounts.locks import lock_person
from accounts.models import Membership, Organisation, RoleGrant, Session, User
from accounts.rules.conflicts import conflict
from accounts.rules.uscc import check_uscc, kind_of
from accounts.sessions import session_handle
from audit.events import Event
from audit.services import record
from kernel.actors import Actor, Role
from kernel.clock import Clock
from kernel.errors import Conflict, Invalid, NotFound

REASON_LENGTH = 300
ASCII_NAME = ASCIIUsernameValidator()  # letters of other scripts may look the same


@dataclass(frozen=True, slots=True)
class OrganisationEntry:
    """An organisation as somebody enters it."""

    code: str
    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """A person as somebody enters them: sign-in, name, roles, the organisation they act for.
    Without a password nobody can sign in as them yet."""

    username: str
    name: str
    organisation: OrganisationEntry
    roles: tuple[Role, ...] = ()
    password: str | None = None


def note(user: User, event: Event, *, actor: Actor, at: datetime) -> None:
    """Writes into the person's own stream, inside the caller's transaction."""
    record(stream=f"account/{user.public_id}", event=event, actor=actor, at=at)


# ── organisations ─────────────────────────────────────────────────────────────────────────────


@transaction.atomic(durable=True)
def register_organisation(
    *, code: str, name: str, address: str = "", actor: Actor, clock: Clock
) -> Organisation:
    """Registers a legal person whose papers were seen. Invalid for a wrong code, Conflict if it
    is known. A wrong inner check is let pass and recorded (DX-05)."""
    permissions.require(actor, "register_organisation")
    if find_organisation(code) is not None:
        raise Conflict("organisation_known", _("这个单位已经登记。"))
    entry = OrganisationEntry(code, name, address)
    return write_organisation(entry, actor=actor, now=clock.now())


def find_organisation(code: str) -> Organisation | None:
    """The organisation of a code as it was typed. Invalid for a wrong code."""
    checked = check_uscc(code)
    if not checked.is_valid:
        raise Invalid(fields={"code": _("统一社会信用代码有误，请核对 18 位代码。")})
    return Organisation.objects.filter(code=checked.code).first()


def write_organisation(entry: OrganisationEntry, *, actor: Actor, now: datetime) -> Organisation:
    """The row and its record, inside the caller's transaction. Invalid without a name."""
    checked = check_uscc(entry.code)
    if not entry.name.strip():
        raise Invalid(fields={"organisation_name": _("请填写单位名称。")})
    made = Organisation.objects.create(
        code=checked.code,
        name=entry.name.strip(),
        kind=kind_of(checked.code),
        address=entry.address.strip(),
        created_at=now,
        verified_at=now,
    )
    event = events.OrganisationRegistered(made.code, checked.is_inner_valid)
    record(stream=f"account/{made.code}", event=event, actor=actor, at=now)
    return made


@transaction.atomic(durable=True)
def add_member(*, user_id: int, organisation: Organisation, actor: Actor, clock: Clock) -> None:
    """Lets a person act for another organisation from now on. Conflict if they do already."""
    permissions.require(actor, "add_member")
    user = lock_person(user_id)
    before = Membership.objects.filter(user=user, left_at=None).select_related("organisation")
    now = clock.now()
    for membership in before:
        if membership.organisation_id == organisation.pk:
            raise Conflict("member_known", _("该人员已属于这个单位。"))
        membership.left_at = now
        membership.save(update_fields=["left_at"])
        left = events.MemberLeft(user.public_id, membership.organisation.code)
        note(user, left, actor=actor, at=now)
    Membership.objects.create(user=user, organisation=organisation, joined_at=now)
    note(user, events.MemberAdded(user.public_id, organisation.code), actor=actor, at=now)


# ── people ────────────────────────────────────────────────────────────────────────────────────


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
    """Creates a sign-in acting for an organisation; without a password nobody can use it yet.
    Invalid for a sign-in that cannot be typed, Conflict for one that is taken."""
    permissions.require(actor, "create_person")
    user = User(username=username, display_name=name.strip())
    user.set_password(password)
    write_person(user, organisation, actor=actor, now=clock.now())
    return user


@transaction.atomic(durable=True)
def admit_person(*, entry: PersonEntry, actor: Actor, clock: Clock) -> User:
    """Creates a person at the desk of people: their organisation is registered if its code is
    not known yet, their first password must be changed at the first sign-in. All or nothing."""
    permissions.require(actor, "create_person")
    now = clock.now()
    place = find_organisation(entry.organisation.code)
    if place is None:
        permissions.require(actor, "register_organisation")
        place = write_organisation(entry.organisation, actor=actor, now=now)
    user = User(username=entry.username, display_name=entry.name.strip())
    user.must_change_password = True
    user.set_password(entry.password)
    write_person(user, place, actor=actor, now=now)
    return user


def write_person(user: User, organisation: Organisation, *, actor: Actor, now: datetime) -> None:
    """The rows and their record, inside the caller's transaction."""
    try:
        ASCII_NAME(user.username)
    except ValidationError as error:
        raise Invalid(fields={"username": _("登录名只能用字母、数字和 @ . + - _。")}) from error
    # Sign-ins that differ in case alone would be mistaken for each other.
    if User.objects.filter(username__iexact=user.username).exists():
        raise Conflict("person_known", _("这个登录名已被使用。"))
    user.save()
    Membership.objects.create(user=user, organisation=organisation, joined_at=now)
    note(user, events.PersonCreated(user.public_id, organisation.code), actor=actor, at=now)


@transaction.atomic(durable=True)
def suspend_person(*, user_id: int, reason: str, actor: Actor, clock: Clock) -> None:
    """Bars a person at once; every session of theirs ends."""
    permissions.require(actor, "suspend_person")
    user = lock_person(user_id)
    if not user.is_active:
        raise Conflict("person_suspended", _("该人员已经停用。"))
    if actor.user_id == user.pk:
        raise Conflict("own_access", _("不能停用自己。"))
    user.is_active = False
    user.save(update_fields=["is_active"])
    sign_out_everywhere(user_id=user.pk)
    event = events.PersonSuspended(user.public_id, stated(reason))
    note(user, event, actor=actor, at=clock.now())


@transaction.atomic(durable=True)
def reinstate_person(*, user_id: int, reason: str, actor: Actor, clock: Clock) -> None:
    """Lets a barred person in again, with the roles they held."""
    permissions.require(actor, "reinstate_person")
    user = lock_person(user_id)
    if user.is_active:
        raise Conflict("person_active", _("该人员没有停用。"))
    user.is_active = True
    user.save(update_fields=["is_active"])
    event = events.PersonReinstated(user.public_id, stated(reason))
    note(user, event, actor=actor, at=clock.now())


def stated(reason: str) -> str:
    """The reason as it enters the record. Invalid when there is none."""
    if not reason.strip():
        raise Invalid(fields={"reason": _("请填写理由。")})
    return reason.strip()[:REASON_LENGTH]


# ── access ────────────────────────────────────────────────────────────────────────────────────


def sign_out_everywhere(*, user_id: int, keep: str | None = None) -> int:
    """Ends a person's sessions, but the one to `keep`; returns how many. Their sockets die at the
    next look at the session, within two seconds. Alone or inside another's transaction
    (suspend_person, reset_access, change_password)."""
    ended, _by_model = Session.objects.filter(user_id=user_id).exclude(pk=keep).delete()
    return ended


@transaction.atomic(durable=True)
def end_session(*, user_id: int, handle: str) -> None:
    """Ends one of a person's own sessions. NotFound if it is not, or no longer, theirs."""
    for session in Session.objects.filter(user_id=user_id).only("pk"):
        if session_handle(session.pk) == handle:
            session.delete()
            return
    raise NotFound("session_unknown")


@transaction.atomic(durable=True)
def reset_access(*, user_id: int, password: str, reason: str, actor: Actor, clock: Clock) -> None:
    """Gives a person who lost theirs a new first password and takes every second factor away.
    All their sessions end. Their staff roles rest until another keeper has confirmed it: who
    holds a person's password must not be able to act as the second pair of eyes."""
    permissions.require(actor, "reset_access")
    user = lock_person(user_id)
    if actor.user_id == user.pk:
        raise Conflict("own_access", _("请在“账户与安全”中修改自己的密码。"))
    user.set_password(password)
    user.must_change_password = True
    user.reset_by, user.reset_at = actor.id, clock.now()
    user.save(update_fields=["password", "must_change_password", "reset_by", "reset_at"])
    Authenticator.objects.filter(user=user).delete()
    sign_out_everywhere(user_id=user.pk)
    note(user, events.AccessReset(user.public_id, stated(reason)), actor=actor, at=clock.now())


@transaction.atomic(durable=True)
def confirm_reset(*, user_id: int, actor: Actor, clock: Clock) -> None:
    """Wakes the roles of a person whose access was reset: somebody else has seen that it reached
    the right person. Conflict for the person, for who reset it, and when nothing waits."""
    permissions.require(actor, "confirm_reset")
    user = lock_person(user_id)
    if not user.reset_by:
        raise Conflict("no_reset", _("没有等待确认的重置。"))
    if actor.user_id == user.pk or actor.id == user.reset_by:
        raise Conflict("own_reset", _("须由重置人和本人以外的另一人确认。"))
    user.reset_by = ""
    user.save(update_fields=["reset_by"])
    note(user, events.ResetConfirmed(user.public_id), actor=actor, at=clock.now())


@transaction.atomic(durable=True)
def change_password(
    *, user_id: int, password: str, keep: str | None, actor: Actor, clock: Clock
) -> None:
    """Sets one's own password and ends one's other sessions. Invalid if it is too weak, or the
    old one again."""
    user = lock_person(user_id)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={"password1": " ".join(error.messages)}) from error
    if user.check_password(password):
        raise Invalid(fields={"password1": _("新密码不能与现在的密码相同。")})
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    sign_out_everywhere(user_id=user.pk, keep=keep)
    note_access_change(user=user, what="password", actor=actor, clock=clock)


@transaction.atomic
def note_access_change(*, user: User, what: str, actor: Actor, clock: Clock) -> None:
    """Records that a person changed how they sign in. Alone or inside another's transaction
    (change_password)."""
    note(user, events.AccessChanged(user.public_id, what), actor=actor, at=clock.now())


# ── roles ─────────────────────────────────────────────────────────────────────────────────────


def roles_of(user: User, now: datetime) -> dict[Role, RoleGrant]:
    """The grants in force or still to end, by role."""
    grants = RoleGrant.objects.filter(user=user).order_by("pk")
    return {Role(item.role): item for item in grants if not item.until_at or item.until_at > now}


@transaction.atomic(durable=True)
def grant_role(
    *, user_id: int, role: Role, until_at: datetime | None = None, actor: Actor, clock: Clock
) -> RoleGrant:
    """Gives a role, for good or until an instant. Conflict if another role held forbids it;
    nobody grants to themselves."""
    permissions.require(actor, "grant_role")
    user = lock_person(user_id)
    if actor.user_id == user.pk:
        raise Conflict("own_roles", _("不能给自己授予岗位。"))
    now = clock.now()
    if until_at is not None and until_at <= now:
        raise Invalid(fields={"until_at": _("截止时间必须晚于现在。")})
    held = roles_of(user, now)
    if role in held:
        raise Conflict("role_held", _("已经具有该岗位。"))
    against = conflict(held.keys(), role)
    if against is not None:
        text = _("岗位“%(wanted)s”与已有岗位“%(held)s”不相容。")
        names = {"wanted": projection.role_name(role), "held": projection.role_name(against)}
        raise Conflict("roles_conflict", text % names)
    grant = RoleGrant.objects.create(
        user=user, role=role, granted_by=actor.id, granted_at=now, until_at=until_at
    )
    note(user, events.RoleGranted(user.public_id, role, until_at), actor=actor, at=now)
    return grant


@transaction.atomic(durable=True)
def revoke_role(*, user_id: int, role: Role, actor: Actor, clock: Clock) -> None:
    """Takes a role back; it ends at once, on open sockets too."""
    permissions.require(actor, "revoke_role")
    user = lock_person(user_id)
    if actor.user_id == user.pk:
        raise Conflict("own_roles", _("不能收回自己的岗位。"))
    now = clock.now()
    grant = roles_of(user, now).get(role)
    if grant is None:
        raise Conflict("role_not_held", _("没有该岗位。"))
    grant.until_at, grant.ended_by = now, actor.id
    grant.save(update_fields=["until_at", "ended_by"])
    note(user, events.RoleRevoked(user.public_id, role), actor=actor, at=now)


# ── demo and test worlds ──────────────────────────────────────────────────────────────────────


def ensure_organisation(*, entry: OrganisationEntry, actor: Actor, clock: Clock) -> Organisation:
    """Registers the organisation unless its code is known."""
    found = find_organisation(entry.code)
    return found or register_organisation(
        code=entry.code, name=entry.name, address=entry.address, actor=actor, clock=clock
    )


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
    """Creates a person with roles unless the sign-in exists already."""
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


def ensure_people(*, entries: Sequence[PersonEntry], actor: Actor, clock: Clock) -> dict[str, User]:
    """Organisations, people and roles; what exists already is left alone. By sign-in."""
    made = {}
    for entry in entries:
        place = ensure_organisation(entry=entry.organisation, actor=actor, clock=clock)
        made[entry.username] = ensure_person(
            username=entry.username,
            name=entry.name,
            password=entry.password or "",
            organisation=place,
            roles=entry.roles,
            actor=actor,
            clock=clock,
        )
    return made
