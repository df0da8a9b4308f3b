"""allauth's adapters: who may sign up, what a sign-in writes into the session, what is recorded."""

import base64
import hashlib
import io
from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.encoding import force_bytes
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.selectors import actor_of, find_factors
from accounts.services import note_access_change
from accounts.sessions import SECOND_FACTOR_KEY, mark_opened
from audit.clock import system_clock
from kernel.actors import Role

CHANGES = {
    "mfa/email/totp_activated": "totp_added",
    "mfa/email/totp_deactivated": "totp_removed",
    "mfa/email/webauthn_added": "passkey_added",
    "mfa/email/webauthn_removed": "passkey_removed",
    "mfa/email/recovery_codes_generated": "recovery_codes_made",
}
PROOFS = frozenset({"totp_added", "passkey_added"})
"""Whoever adds a factor has just shown that they hold it."""
MFA_KEY = b"yangguang/mfa\x00"


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: organisations and people are entered by the administrator."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("登录名或密码不正确。"),
        "incorrect_password": _("密码不正确。"),
        "too_many_login_attempts": _("尝试次数过多，请 5 分钟后再试。"),
        "rate_limited": _("操作过于频繁，请稍后再试。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Wrong passwords are counted by (name, address) alone, by axes: allauth's own count by
        name would let a rival lock a bidder out, its count by address a whole hall."""
        found: Any = authenticate(request, **credentials)
        return found if isinstance(found, User) else None

    def login(self, request: HttpRequest, user: User) -> None:
        """Every stage is passed: the session begins and says how surely."""
        records = get_authentication_records(request, user)
        super().login(request, user)
        mark_opened(
            request,
            has_second_factor=any(record["method"] == "mfa" for record in records),
            is_first_password=user.must_change_password,
        )

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The desk of the person's roles."""
        roles = actor_of(request.user).roles
        is_staff = bool(roles - {Role.BIDDER})
        return str(settings.STAFF_REDIRECT_URL if is_staff else settings.LOGIN_REDIRECT_URL)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: Any = None, email: str | None = None
    ) -> None:
        """Called after each change of a factor: the change is recorded, nothing is mailed."""
        what = CHANGES.get(template_prefix)
        if what is None:
            return
        session = self.request.session
        if what in PROOFS:
            session[SECOND_FACTOR_KEY] = True
        elif not find_factors(user.pk).has_any:
            session[SECOND_FACTOR_KEY] = False
        note_access_change(user=user, what=what, actor=actor_of(user), clock=system_clock())


class MFAAdapter(DefaultMFAAdapter):
    """Secrets rest encrypted; where a second factor is compulsory the last one stays."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("验证码不正确。"),
        "cannot_delete_authenticator": _("必须保留至少一种第二重验证。"),
        "cannot_generate_recovery_codes": _("请先设置第二重验证，再生成恢复码。"),
    }

    def get_totp_issuer(self) -> str:
        return str(settings.CENTRE_NAME)

    def build_totp_svg(self, url: str) -> str:
        """Black on white in every theme: that is what cameras read."""
        drawing = io.BytesIO()
        segno.make(url, error="m").save(
            drawing, kind="svg", scale=4, dark="#000", light="#fff", xmldecl=False
        )
        return drawing.getvalue().decode()

    def encrypt(self, text: str) -> str:
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if not settings.REQUIRE_SECOND_FACTOR:
            return True
        factors = find_factors(authenticator.user_id)
        return factors.has_totp + len(factors.passkeys) > 1


def cipher() -> MultiFernet:
    """From the secret key and its predecessors: a stolen dump of the database alone is no use."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(MFA_KEY + force_bytes(key)).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
