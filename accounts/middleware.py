"""Puts the acting person on the request, asked for only when somebody looks."""

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from accounts.selectors import actor_of
from kernel.actors import Actor


class ActorRequest(HttpRequest):
    """A request as views see it."""

    actor: Actor


class ActorMiddleware:
    """Sets `request.actor`; a page that does not ask who is there costs no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: ActorRequest) -> HttpResponseBase:
        request.actor = cast(Actor, SimpleLazyObject(lambda: actor_of(request.user)))
        return self.get_response(request)
