"""Puts the acting person on the request, and leads one who must first secure their access there."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import cast
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.models import User
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


def ask_again(request: HttpRequest, back: str) -> HttpResponse | None:
    """Returns the way to the page that asks again who is there, and from it back; None if the
    person has shown that a short while ago: by the second factor where one is compulsory."""
    strong = {"mfa"} if settings.REQUIRE_SECOND_FACTOR else {"mfa", "password"}
    person = cast(User, request.user)
    records = get_authentication_records(request, person)
    newest = max((item["at"] for item in records if item["method"] in strong), default=0)
    if time.time() - newest < settings.FRESH_SIGN_IN_SECONDS:
        return None
    methods = get_adapter(request).get_reauthentication_methods(person)
    if settings.REQUIRE_SECOND_FACTOR:
        methods = [item for item in methods if item["id"].startswith("mfa_")]
    asking = str(methods[0]["url"]) if methods else resolve_url(settings.LOGIN_URL)
    return redirect(f"{asking}?{urlencode({REDIRECT_FIELD_NAME: back})}")
