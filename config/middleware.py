"""Request ids, the client's address, headers; domain errors become answers for the reader.

A refusal rolls its transaction back, so the attempt is recorded here, in one of its own."""

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.middleware import ActorRequest
from accounts.views.refusals import words_of
from audit.clock import system_clock
from audit.services import Source, record_attempt
from config.logs import request_id
from kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound

STATUS_BY_ERROR: dict[type[DomainError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Forbidden: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
}
WORDS = {
    HTTPStatus.BAD_REQUEST: gettext_noop("请求的格式不正确，请检查网址和参数。"),
    HTTPStatus.UNAUTHORIZED: gettext_noop("您尚未登录，或登录已失效：请登录后再试。"),
    HTTPStatus.FORBIDDEN: gettext_noop("您无权进行这项操作。"),
    HTTPStatus.NOT_FOUND: gettext_noop("网址有误、内容尚未公布，或者您无权查看。"),
    HTTPStatus.METHOD_NOT_ALLOWED: gettext_noop("这个网址不支持此种请求方法。"),
    HTTPStatus.CONFLICT: gettext_noop("当前状态下不能这样做"),
    HTTPStatus.UNPROCESSABLE_ENTITY: gettext_noop("提交的内容不正确，请检查后再试。"),
    HTTPStatus.TOO_MANY_REQUESTS: gettext_noop("操作过快，请稍候再试。"),
}
"""What a refusal says to people if whoever refused said nothing."""
OUR_FAULT = gettext_noop("系统暂时不能完成这项请求，请稍后再试。")
REFUSED = frozenset({400, 401, 403, 404, 405, 413, 422})
"""What only the log tells of: a business refusal (409) stands in the ledger, a flood (429) would
fill the log."""
GOOD_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
requests_log = logging.getLogger("config.requests")
logger = logging.getLogger(__name__)
Application = Callable[[Any, Any, Any], Awaitable[None]]
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def good_id(given: str) -> str:
    return given if GOOD_ID.fullmatch(given) else secrets.token_hex(8)


def with_request_id(application: Application) -> Application:
    """A socket's id, in every line written for it: each socket runs in a task of its own."""

    async def named(scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", ()))
        request_id.set(good_id(headers.get(b"x-request-id", b"").decode("latin-1")))
        await application(scope, receive, send)

    return named


class RequestIdMiddleware:
    """Gives each request an id, its proxy's if that looks like one; it stands in every log line
    and in the answer's X-Request-ID. Writes the request's one line."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        token = request_id.set(good_id(request.headers.get("X-Request-ID", "")))
        began = time.monotonic()
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request_id.get()
            fields = {
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "ms": round((time.monotonic() - began) * 1000),
            }
            if response.status_code in REFUSED:
                requests_log.warning("request refused", extra=fields)
            else:
                requests_log.info("request", extra=fields)
            return response
        finally:
            request_id.reset(token)


class ProxyMiddleware:
    """Behind our one proxy the client's address is what that proxy wrote last; anything before
    it in the header was sent by the client. Only in use with BEHIND_PROXY."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        try:
            request.META["REMOTE_ADDR"] = str(ip_address(forwarded))
        except ValueError:
            pass  # the proxy's own probe, or a proxy that says nothing: keep the peer's address
        return self.get_response(request)


class HeadersMiddleware:
    """Headers that no library of ours sets."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def speaks_json(request: HttpRequest) -> bool:
    """Whether a program asks: under /api/, or where it wants JSON and no page."""
    accepted = request.headers.get("Accept", "")
    is_asked_for = "application/json" in accepted and "text/html" not in accepted
    return request.path.startswith("/api/") or is_asked_for


def refuse_in_json(status: HTTPStatus, code: str = "", message: object = "") -> JsonResponse:
    """A refusal for a program: a code that stays, and a sentence in the reader's language."""
    said = _(WORDS.get(status, OUR_FAULT)) if message in {"", code} else message
    answer = {"error": code or status.name.lower(), "message": str(said)}
    return JsonResponse(answer, status=status, json_dumps_params={"ensure_ascii": False})


class JsonErrorMiddleware:
    """Whoever refuses a program, a decorator or a library too, it gets a code and a sentence."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code < HTTPStatus.BAD_REQUEST or isinstance(response, JsonResponse):
            return response
        if not speaks_json(request):
            return response
        answer = refuse_in_json(HTTPStatus(response.status_code))
        if "Allow" in response.headers:
            answer.headers["Allow"] = response.headers["Allow"]
        return answer


def status_of(error: DomainError) -> HTTPStatus:
    found = (status for kind, status in STATUS_BY_ERROR.items() if isinstance(error, kind))
    return next(found, HTTPStatus.BAD_REQUEST)


class DomainErrorMiddleware:
    """Answers a domain error that a view let through, as a page or, to a program, as JSON. An
    address with a NUL is a bad request before a view asks the database, which takes none."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("a NUL in the address")
        response = self.get_response(request)
        told = getattr(request, "refusal", None)  # a page said it beside the form
        if told is not None:
            note_attempt(cast(ActorRequest, request), told)
        return response

    def process_exception(self, request: ActorRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        if isinstance(error, Forbidden | Conflict):
            note_attempt(request, error)
        status = status_of(error)
        if speaks_json(request):
            return refuse_in_json(status, error.code, error.message)
        context = {"error": error, "words": words_of(error)}
        return render(request, f"errors/{status.value}.html", context, status=status)


def note_attempt(request: ActorRequest, error: DomainError) -> None:
    """Records who was refused what, at most once a second for each action. A database that
    cannot take it is logged; the reader gets the refusal all the same."""
    actor, match = request.actor, request.resolver_match
    try:
        record_attempt(
            stream=f"attempts/{actor.id.removeprefix('u:')}",
            action=match.view_name if match else request.path,
            actor=actor,
            at=system_clock().now(),
            code=error.code,
            params={**(match.kwargs if match else {}), **error.params},
            source=Source(
                request.META.get("REMOTE_ADDR", ""), request.headers.get("User-Agent", "")
            ),
        )
    except DatabaseError:
        logger.exception("a refused attempt could not be recorded", extra={"code": error.code})
