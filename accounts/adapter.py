"""allauth's adapter: people are created by the administrator, never by themselves."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up stays closed until organisations register themselves."""

    def is_open_for_signup(self, request: Any) -> bool:
        return False
