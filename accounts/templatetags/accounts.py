"""The demo's people for one-click sign-in; where to sign in; whose the drafts of a page are."""

from urllib.parse import urlencode, urlsplit

from django import template
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.template import Context
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import sessions
from accounts.projection import role_name
from accounts.selectors import list_demo_people

register = template.Library()


@register.simple_tag
def demo_people() -> list[tuple[str, str, str]]:
    """(sign-in, what they do, their name); empty outside demo mode."""
    if not settings.DEMO_MODE:
        return []
    return [
        (person.username, " · ".join(map(role_name, person.roles)), person.name)
        for person in list_demo_people()
    ]


@register.simple_tag(takes_context=True)
def sign_in_address(context: Context) -> str:
    """Where to sign in, and from there back to the page that was wanted: of a form that was sent,
    the page on which it stands."""
    request: HttpRequest = context["request"]
    back = request.get_full_path()
    if request.method not in {"GET", "HEAD"}:
        back = form_page(request)
    asked = f"?{urlencode({REDIRECT_FIELD_NAME: back})}" if back else ""
    return f"{resolve_url(settings.LOGIN_URL)}{asked}"


def form_page(request: HttpRequest) -> str:
    """The page of this site that a form was sent from, or ""."""
    origin = request.headers.get("Referer", "")
    host = {request.get_host()}
    if not url_has_allowed_host_and_scheme(origin, host, require_https=request.is_secure()):
        return ""
    found = urlsplit(origin)
    return found.path + (f"?{found.query}" if found.query else "")


@register.simple_tag(takes_context=True)
def person_mark(context: Context) -> str:
    """The mark of the person who reads this page; "" for a visitor."""
    return sessions.person_mark(context["request"])
