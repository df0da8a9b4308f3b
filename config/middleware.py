"""Request ids, and domain errors turned into answers in the reader's language."""

import secrets
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from config.logs import request_id
from kernel.errors import Conflict, DomainError, Forbidden, Invalid, NotFound

STATUS_BY_ERROR: dict[type[DomainError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Forbidden: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
}
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class RequestIdMiddleware:
    """Gives each request a fresh id, kept in every log line and answered in X-Request-ID."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        token = request_id.set(secrets.token_hex(8))
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)


class DomainErrorMiddleware:
    """Answers a domain error that a view let through, as a page or, under /api/, as JSON."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        status = STATUS_BY_ERROR.get(type(error), HTTPStatus.BAD_REQUEST)
        if request.path.startswith("/api/"):
            answer = {"error": error.code, "message": str(error.message)}
            return JsonResponse(answer, status=status)
        return render(request, f"errors/{status.value}.html", {"error": error}, status=status)
