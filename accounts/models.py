"""People, organisations, memberships, roles."""

import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from kernel.actors import Role

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_public_id() -> str:
    """Returns a random opaque id that says nothing about the person."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(10))


class User(AbstractUser):
    """A person who signs in (用户). Only `public_id` ever enters the ledger."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    display_name = models.CharField(max_length=60, blank=True)

    def get_full_name(self) -> str:
        return self.display_name or self.username


class Organisation(models.Model):
    """A legal person, keyed by its unified social credit code (单位)."""

    code = models.CharField(max_length=18, unique=True)
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """For whom a person acts; one organisation at a time."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="membership")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")


class RoleGrant(models.Model):
    """A role given to a person; taken back by an end, never deleted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=24)
    granted_by = models.CharField(max_length=20)
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="role_known", condition=Q(role__in=[role.value for role in Role])
            ),
            models.UniqueConstraint(
                name="one_live_grant", fields=["user", "role"], condition=Q(revoked_at=None)
            ),
        ]
