"""People, organisations, memberships, roles, and the sessions people have open."""

import secrets
from importlib import import_module
from typing import ClassVar, Self, cast

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Q

from accounts.rules.uscc import OrganisationKind
from kernel.actors import Role

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_public_id() -> str:
    """Returns a random opaque id that says nothing about the person."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(10))


class User(AbstractUser):
    """A person who signs in (用户). Only `public_id` ever enters the ledger."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    display_name = models.CharField(max_length=60, blank=True)
    must_change_password = models.BooleanField(default=False)
    """The password was given by an administrator; nothing can be done until it is one's own."""
    reset_by = models.CharField(max_length=20, blank=True)
    """Who gave it, until a second keeper has confirmed that it reached the right person."""
    reset_at = models.DateTimeField(null=True)

    def get_full_name(self) -> str:
        return self.display_name or self.username


class Organisation(models.Model):
    """A legal person, keyed by its unified social credit code (单位)."""

    code = models.CharField(max_length=18, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, default=OrganisationKind.OTHER)
    address = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    """When the centre saw the papers of it; null until then."""

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="organisation_kind_known",
                condition=Q(kind__in=[kind.value for kind in OrganisationKind]),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """For whom a person acts (所属单位): one organisation at a time, earlier ones stay written."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="members")
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_organisation_at_a_time", fields=["user"], condition=Q(left_at=None)
            )
        ]


class RoleGrant(models.Model):
    """A role given to a person (岗位授权), in force from `granted_at` until before `until_at`;
    taken back by an end, never deleted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=24)
    granted_by = models.CharField(max_length=20)
    granted_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="role_known", condition=Q(role__in=[role.value for role in Role])
            ),
            models.UniqueConstraint(
                name="one_open_grant", fields=["user", "role"], condition=Q(until_at=None)
            ),
        ]


class Session(AbstractBaseSession):
    """A signed-in browser (会话). The columns repeat what its sealed data say, so that one query
    tells who is behind a key and one statement ends all of a person's. Address and browser are
    personal data: they go with the row."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    has_second_factor = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=200, blank=True)

    objects: ClassVar["BaseSessionManager[Self]"] = BaseSessionManager()

    @classmethod
    def get_session_store_class(cls) -> type:
        engine = import_module(settings.SESSION_ENGINE)  # it stands on this row, not below it
        return cast(type, engine.SessionStore)
