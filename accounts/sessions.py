"""Django's database sessions with the person in a column of their own (see docs/adr/0003)."""

from datetime import datetime
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from accounts.models import Session

SECOND_FACTOR_KEY = "second_factor"
"""Set once a code or a passkey proved, in this very session, who is there."""
OPENED_KEY = "opened"
"""{"at": ISO instant, "address": …, "agent": …}, written when somebody signs in."""


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
