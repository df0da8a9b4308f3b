"""Puts the acting person on the request, and leads one who must first secure their access there."""

from collections.abc import Callable
from http import HTTPStatus
from typing import cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.selectors import actor_of
from accounts.sessions import FIRST_PASSWORD_KEY, SECOND_FACTOR_KEY
from kernel.actors import PUBLIC, Actor
from kernel.errors import DomainError

ALWAYS_OPEN = ("/accounts/", "/i18n/", "/display/", "/static/", "/healthz", "/readyz")


class ActorRequest(HttpRequest):
    """A request as views see it. `refusal` is one that a page has told beside its form."""

    actor: Actor
    refusal: DomainError


def missing(request: HttpRequest) -> str:
    """What a signed-in person lacks before they may act: `password`, `second_factor`, or "".
    Asks the session alone, and nothing of a visitor without one."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
        return ""
    if request.session.get(FIRST_PASSWORD_KEY):
        return "password"
    if settings.REQUIRE_SECOND_FACTOR and not request.session.get(SECOND_FACTOR_KEY):
        return "second_factor"
    return ""


def acting(request: HttpRequest) -> Actor:
    """Nobody acts before their access is their own and strong."""
    return PUBLIC if missing(request) else actor_of(request.user)


class ActorMiddleware:
    """Sets `request.actor`; a page that does not ask who is there costs no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: ActorRequest) -> HttpResponseBase:
        request.actor = cast(Actor, SimpleLazyObject(lambda: acting(request)))
        if not request.path.startswith(ALWAYS_OPEN):
            lacking = missing(request)
            if lacking:
                return lead_away(request, lacking)
        return self.get_response(request)


def lead_away(request: HttpRequest, lacking: str) -> HttpResponse:
    """Answers instead of the page: as JSON under /api/, else by the way to the security page."""
    if request.path.startswith("/api/"):
        text = _("请先修改初始密码。") if lacking == "password" else _("请先设置第二重验证。")
        answer = {"error": f"{lacking}_required", "message": text}
        return JsonResponse(answer, status=HTTPStatus.FORBIDDEN)
    return redirect("accounts:security")
