"""Shapes of what people type about people: signing in, codes, the desk of people."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.projection import role_name
from kernel.actors import Role
from kernel.errors import DomainError, Invalid

BEIJING = ZoneInfo("Asia/Shanghai")
PLAIN = {"autocapitalize": "none", "spellcheck": "false"}
CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "class": "input--s", **PLAIN}


DAY_WORDS = {
    "required": _("日期是空的：请填写年月日，例如 2026-11-26。"),
    "invalid": _("日期不完整或不存在：请填写年月日，例如 2026-11-26。"),
}
INSTANT_WORDS = {
    "required": _("时间是空的：请填写年月日和时分，例如 2026-11-26 09:00（北京时间）。"),
    "invalid": _("时间不完整或不存在：请填写年月日和时分，例如 2026-11-26 09:00（北京时间）。"),
}
"""What a day's and an instant's field say instead of Django's own words."""


class AsciiDigits(forms.Field):
    """Takes ASCII alone: Python would read full-width and Arabic digits as numbers too, and what
    one person typed another would no longer recognise."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and not value.isascii():
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class DayField(AsciiDigits, forms.DateField):
    """A day."""


class MomentField(AsciiDigits, forms.DateTimeField):
    """A Beijing time."""


class WholeNumberField(AsciiDigits, forms.IntegerField):
    """A whole number."""


def put_errors(form: forms.Form, error: DomainError) -> None:
    """Puts a service's refusal beside the fields it means, else on top of the form."""
    fields = error.fields if isinstance(error, Invalid) else {}
    for name, message in fields.items():
        form.add_error(name if name in form.fields else None, str(message))
    if not fields:
        form.add_error(None, str(error.message))


# ── allauth's forms in our words ──────────────────────────────────────────────────────────────


class LoginForm(account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password = self.fields["login"], self.fields["password"]
        login.label, password.label = _("登录名"), _("密码")
        login.widget.attrs = {"autocomplete": "username", "class": "input--m", **PLAIN}
        password.widget.attrs = {"autocomplete": "current-password", "class": "input--m"}
        password.help_text = _("忘记密码请联系系统管理员重置。")


class ReauthenticateForm(account.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["password"]
        field.label, field.help_text = _("密码"), ""
        field.widget.attrs = {"autocomplete": "current-password", "class": "input--m"}


def ask_for_code(form: forms.Form, help_text: Any) -> None:
    field = form.fields["code"]
    field.label, field.help_text = _("验证码"), help_text
    field.widget.attrs = dict(CODE)


class AuthenticateForm(mfa.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_code(self, _("验证器中的 6 位数字，或一个恢复码。"))


class ReauthenticateCodeForm(mfa.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_code(self, _("验证器中的 6 位数字，或一个恢复码。"))


class ActivateTotpForm(totp.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_for_code(self, _("扫码后验证器显示的 6 位数字。"))


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("名称")
        self.fields["name"].help_text = _("便于您自己分辨，例如“办公室电脑”。")
        self.initial["name"] = ""
        self.fields["passwordless"].label = _("可不输密码，用它直接登录")
        self.fields["passwordless"].help_text = ""


class EditPasskeyForm(webauthn.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("名称")


# ── one's own access ──────────────────────────────────────────────────────────────────────────


class PasswordForm(forms.Form):
    """The old password and twice the new one."""

    current = forms.CharField(
        label=_("现在的密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "input--m"}),
    )
    password1 = forms.CharField(
        label=_("新密码"),
        strip=False,
        help_text=_("至少 8 个字符，不能全是数字，不能是常见密码。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "input--m"}),
    )
    password2 = forms.CharField(
        label=_("再输一次新密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "input--m"}),
    )

    def clean_password2(self) -> str:
        again: str = self.cleaned_data["password2"]
        if self.cleaned_data.get("password1") not in {None, again}:
            raise forms.ValidationError(_("两次输入的新密码不一致。"))
        return again


# ── the desk of people ────────────────────────────────────────────────────────────────────────


class PersonForm(forms.Form):
    """A new person and the organisation they act for."""

    code = forms.CharField(
        label=_("统一社会信用代码"),
        help_text=_("18 位，见营业执照右上角。"),
        widget=forms.TextInput(attrs={"class": "input--m mono", **PLAIN}),
    )
    organisation_name = forms.CharField(
        label=_("单位名称"),
        max_length=200,
        required=False,
        help_text=_("代码已登记的单位不必填写。"),
    )
    username = forms.CharField(
        label=_("登录名"),
        max_length=150,
        help_text=_("字母、数字和 @ . + - _"),
        widget=forms.TextInput(attrs={"class": "input--m", "autocomplete": "off", **PLAIN}),
    )
    name = forms.CharField(
        label=_("姓名"), max_length=60, widget=forms.TextInput(attrs={"class": "input--m"})
    )


class GrantForm(forms.Form):
    """A role, for good or until the end of a day."""

    role = forms.TypedChoiceField(label=_("岗位"), coerce=Role)
    until_on = DayField(
        label=_("截止日期"),
        required=False,
        help_text=_("当日 24 时失效；不填为长期。"),
        error_messages=DAY_WORDS,
        widget=forms.DateInput(attrs={"type": "date", "class": "input--s"}),
    )

    def __init__(self, *args: Any, free: tuple[Role, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(forms.TypedChoiceField, self.fields["role"])
        field.choices = [(role.value, role_name(role)) for role in free]
        field.widget.attrs["class"] = "input--m"

    def until_at(self) -> datetime | None:
        """The first instant at which the role no longer holds."""
        day = self.cleaned_data["until_on"]
        if day is None:
            return None
        midnight = datetime.combine(day + timedelta(days=1), time(), BEIJING)
        return midnight.astimezone(UTC)


class ReasonForm(forms.Form):
    """Why; it enters the record."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=300,
        help_text=_("会写入存证记录，请勿填写身份证号、电话。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
