"""Signing in, as far as it is not allauth's: the demo's buttons, closed doors, lock-outs."""

import math
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.adapter import AccountAdapter
from accounts.selectors import find_user
from accounts.sessions import mark_opened

BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Signs a demo person in. Does not exist outside demo mode."""
    if not settings.DEMO_MODE:
        raise Http404
    user = find_user(request.POST.get("username", ""))
    if user is None:
        raise Http404
    login(request, user, backend=BACKEND)
    mark_opened(request, has_second_factor=False, is_first_password=user.must_change_password)
    return redirect(AccountAdapter(request).get_login_redirect_url(request))


def closed(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    """What allauth offers and this centre does not: sign-up, e-mail, resetting by mail."""
    return render(request, "accounts/closed.html", status=HTTPStatus.NOT_FOUND)


def locked_out(
    request: HttpRequest, _response: HttpResponse | None, _credentials: dict[str, str] | None
) -> HttpResponse:
    """Too many wrong passwords for this name from this address."""
    minutes = math.ceil(settings.AXES_COOLOFF_TIME * 60)
    context = {"minutes": minutes}
    status = HTTPStatus.TOO_MANY_REQUESTS
    response = render(request, "accounts/locked_out.html", context, status=status)
    response.headers["Retry-After"] = str(minutes * 60)
    return response
