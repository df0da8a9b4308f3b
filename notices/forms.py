"""Forms of the notice desk, built from the kind's fields; derived ones are shown, never typed."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import INSTANT_WORDS, MomentField
from kernel.phones import phone_digits
from notices.rules.kinds import KINDS, Field, Shape


class AskedLater(forms.CharField):
    """A draft may lack it; submitting asks for it. So it is not called optional."""

    is_asked_later = True

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "aria-required": "true"}


def require_phone(text: str) -> None:
    """ValidationError unless the text is a telephone number."""
    if not phone_digits(text):
        raise forms.ValidationError(_("请填写 7 至 12 位数字的电话号码，例如 0838-2200000。"))


def typed_field(field: Field) -> forms.CharField:
    """A draft may lack any of them; those that the notice needs are asked for on submitting it."""
    is_text = field.shape == Shape.TEXT
    made = AskedLater if field.is_required else forms.CharField
    return made(
        label=_(field.label),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}) if is_text else forms.TextInput(),
        validators=[require_phone] if field.shape == Shape.PHONE else [],
    )


class NoticeForm(forms.Form):
    """The typed fields of one kind. Whether all mandatory ones are there is asked on submitting."""

    title = forms.CharField(label=_("公告标题"), max_length=200)
    base = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-draft-with": ""})
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in KINDS[kind].fields:
            if not field.is_derived:
                self.fields[field.name] = typed_field(field)


class AskedChoice(forms.ChoiceField):
    """A choice that stands on its first value; so it is not called optional."""

    is_asked_later = True


class ApprovalForm(forms.Form):
    """When an approved notice is to appear. That it appears at once is chosen, not left empty: a
    browser sends a half-filled time as nothing."""

    NOW, LATER = "now", "later"
    when = AskedChoice(
        label=_("何时发布"),
        choices=((NOW, _("通过后立即发布")), (LATER, _("在下面的时间发布"))),
        required=False,
        initial=NOW,
        widget=forms.RadioSelect,
    )
    publish_at = MomentField(
        label=_("发布时间"),
        required=False,
        help_text=_("定时发布的填写。北京时间，例如 2026-11-26 09:00。"),
        input_formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages=INSTANT_WORDS,
    )
    confirms_provisional = forms.BooleanField(
        label=_("我已知悉上述日期为暂定，确认发布"),
        required=False,
        widget=forms.CheckboxInput(attrs={"data-draft-never": ""}),
    )

    def __init__(self, *args: Any, now: datetime, is_provisional: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        if not is_provisional:
            del self.fields["confirms_provisional"]

    def clean_publish_at(self) -> Any:
        """A time in the past would be a promise already broken."""
        at = self.cleaned_data["publish_at"]
        if at is not None and at < self.now:
            raise forms.ValidationError(
                _("发布时间已经过去：请填写将来的时间，或者清空并选择立即发布。")
            )
        return at

    def clean(self) -> dict[str, Any]:
        """The choice and the time must agree; without a choice the time decides."""
        cleaned = super().clean() or {}
        when, at = cleaned.pop("when", ""), cleaned.get("publish_at")
        if when == self.LATER and at is None and "publish_at" not in self.errors:
            text = _(
                "选择了定时发布，但时间是空的或不完整：请填写年月日和时分，例如 2026-11-26 09:00。"
            )
            self.add_error("publish_at", text)
        if when == self.NOW and at is not None:
            self.add_error(
                "when", _("选择了立即发布，又填写了时间：请改选定时发布，或者清空时间。")
            )
        return cleaned


class ReturnForm(forms.Form):
    """Why a notice goes back to its author."""

    reason = forms.CharField(
        label=_("退回理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
