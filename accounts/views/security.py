"""账户与安全: one's own password, second factors and open sessions."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import projection, selectors, services
from accounts.adapter import AccountAdapter
from accounts.forms import PasswordForm, put_errors
from accounts.middleware import missing
from accounts.sessions import FIRST_PASSWORD_KEY
from audit.clock import system_clock
from kernel.errors import Invalid


def page(request: HttpRequest, form: PasswordForm, status: int = 200) -> HttpResponse:
    user: Any = request.user
    context = {
        "form": form,
        "lacking": missing(request),
        "factors": selectors.find_factors(user.pk),
        "sessions": [
            (row, projection.browser_name(row.agent))
            for row in selectors.list_sessions(user.pk, this=request.session.session_key)
        ],
    }
    return render(request, "accounts/security.html", context, status=status)


@require_safe
@never_cache
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """Everything about how this person signs in."""
    return page(request, PasswordForm())


@require_POST
@never_cache
@sensitive_post_parameters()
@login_required
def change_password(request: HttpRequest) -> HttpResponse:
    """Sets the new password; this session goes on, all others end."""
    user: Any = request.user
    form = PasswordForm(request.POST)
    if form.is_valid():
        # The old one is asked through the same gate as a sign-in, so that guesses are counted.
        if not AccountAdapter(request).reauthenticate(user, form.cleaned_data["current"]):
            form.add_error("current", _("密码不正确。"))
        else:
            try:
                set_password(request, form.cleaned_data["password1"])
            except Invalid as error:
                put_errors(form, error)
            else:
                messages.success(request, _("密码已修改，其他设备已退出。"))
                return redirect("accounts:security")
    return page(request, form, 422)


def set_password(request: HttpRequest, password: str) -> None:
    """The session gets a new key and follows the new password."""
    user: Any = request.user
    request.session.cycle_key()
    services.change_password(
        user_id=user.pk,
        password=password,
        keep=request.session.session_key,
        actor=selectors.actor_of(user),
        clock=system_clock(),
    )
    user.refresh_from_db()
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    request.session[FIRST_PASSWORD_KEY] = False


@require_POST
@login_required
def end_session(request: HttpRequest, handle: str) -> HttpResponse:
    """Signs another browser out."""
    user: Any = request.user
    services.end_session(user_id=user.pk, handle=handle)
    messages.success(request, _("该设备已退出。"))
    return redirect("accounts:security")


@require_POST
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Signs every other browser out."""
    user: Any = request.user
    services.sign_out_everywhere(user_id=user.pk, keep=request.session.session_key)
    messages.success(request, _("其他设备已全部退出。"))
    return redirect("accounts:security")
