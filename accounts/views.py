"""One-click sign-in of the demo; everything else about signing in is allauth's."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.selectors import find_user

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
    return redirect(settings.LOGIN_REDIRECT_URL)
