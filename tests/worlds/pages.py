"""Pages for tests: a signed-in browser, and every person of the approval centre."""

from django.test import Client

from accounts.models import User
from kernel.actors import Actor


def browser(actor: Actor | None, language: str = "zh-hans") -> Client:
    """A browser in which the person is signed in, or the public's for None."""
    client = Client()
    client.cookies["django_language"] = language
    if actor is not None:
        client.force_login(User.objects.get(pk=actor.user_id))
    return client
