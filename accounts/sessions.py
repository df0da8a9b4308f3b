"""Django's database sessions with the person in a column of their own (see docs/adr/0003)."""

from datetime import UTC, datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.models import Session

SECOND_FACTOR_KEY = "second_factor"
"""Set once a code or a passkey proved, in this very session, who is there."""
OPENED_KEY = "opened"
"""{"at": ISO instant, "address": …, "agent": …}, written when somebody signs in."""
FIRST_PASSWORD_KEY = "first_password"  # noqa: S105
"""Set while the password is one that an administrator gave."""


def mark_opened(request: HttpRequest, *, has_second_factor: bool, is_first_password: bool) -> None:
    """Writes into a session that just began who opened it from where, and how surely."""
    session = request.session
    session[OPENED_KEY] = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "address": request.META.get("REMOTE_ADDR", ""),
        "agent": request.META.get("HTTP_USER_AGENT", "")[:200],
    }
    session[SECOND_FACTOR_KEY] = has_second_factor
    session[FIRST_PASSWORD_KEY] = is_first_password


def session_handle(key: str) -> str:
    """Names a session on a page without giving away its key."""
    return salted_hmac("accounts.session", key).hexdigest()[:20]


def person_mark(request: HttpRequest) -> str:
    """The same for a person in every session, tells nobody who it is; "" without a sign-in. Asks
    the session alone, and nothing of a visitor without one."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return ""
    person = request.session.get(SESSION_KEY)
    return salted_hmac("accounts.person", person).hexdigest()[:20] if person else ""


class SessionStore(DatabaseStore):
    """The session engine of the settings."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        user_id = data.get(SESSION_KEY)
        row.user_id = int(user_id) if user_id else None
        row.has_second_factor = bool(data.get(SECOND_FACTOR_KEY))
        opened = data.get(OPENED_KEY) or {}
        row.opened_at = datetime.fromisoformat(opened["at"]) if opened else None
        row.address = opened.get("address", "")[:45]
        row.agent = opened.get("agent", "")[:200]
        return row
