"""People, organisations, memberships."""

import secrets

from django.contrib.auth.models import AbstractUser
from django.db import models

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_public_id() -> str:
    """Returns a random opaque id that says nothing about the person."""
    return "".join(secrets.choice(CROCKFORD) for _ in range(10))


class User(AbstractUser):
    """A person who signs in (用户)."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    display_name = models.CharField(max_length=60, blank=True)
