"""Input of the ledger's pages: the filter in the address, the wish for an export."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField, WholeNumberField
from oversight.rules.events import CLASS_NAMES, FAMILY_NAMES, KIND_NAMES
from oversight.rules.exports import ExportFormat
from oversight.rules.filters import FIRST_DAY, LAST_DAY, LedgerFilter, filter_of, month_of
from oversight.selectors.ledger import SIZES

PLATE = r"^[A-HJ-NP-Z][0-9]{2}$"
NAME_LENGTH = 80
ROOM = r"^[0-9A-HJKMNP-TV-Z]{8}$"


IN_THIS_AGE = (
    MinValueValidator(FIRST_DAY, _("请核对年份。")),
    MaxValueValidator(LAST_DAY, _("请核对年份。")),
)


def choices(names: Any) -> list[tuple[str, Any]]:
    return [("", _("全部")), *((str(key), _(name)) for key, name in names.items())]


class OpenChoice(forms.ChoiceField):
    """A choice that also takes a name that nobody knows: it fits no row. Left out, it would show
    all of them to somebody who asked for few."""

    def valid_value(self, value: str) -> bool:
        return len(value) <= NAME_LENGTH and value.isprintable()


class LedgerForm(forms.Form):
    """The parts of a filter. What is malformed is named and left out."""

    q = forms.CharField(label=_("文字或回执号"), max_length=80, required=False)
    lot = forms.CharField(label=_("标的编号"), max_length=44, required=False)
    room = forms.RegexField(ROOM, label=_("竞价室"), max_length=8, required=False)
    plate = forms.RegexField(PLATE, label=_("竞买号牌"), max_length=3, required=False)
    month = forms.CharField(
        label=_("月份"), required=False, widget=forms.TextInput(attrs={"type": "month"})
    )
    from_on = DayField(
        label=_("自"),
        required=False,
        validators=IN_THIS_AGE,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until_on = DayField(
        label=_("至"),
        required=False,
        validators=IN_THIS_AGE,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    family = OpenChoice(label=_("链类"), choices=choices(FAMILY_NAMES), required=False)
    event = forms.ChoiceField(label=_("事件类别"), choices=choices(CLASS_NAMES), required=False)
    kind = OpenChoice(label=_("事件"), choices=choices(KIND_NAMES), required=False)
    stream = forms.CharField(max_length=120, required=False, widget=forms.HiddenInput)

    def clean_month(self) -> str:
        text = str(self.cleaned_data["month"])
        if text:
            try:
                month_of(text)
            except ValueError:
                raise forms.ValidationError(_("请按 2026-11 的样子填写月份。")) from None
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("from_on"), cleaned.get("until_on")
        if first and last and first > last:
            self.add_error("until_on", gettext("结束日期早于开始日期。"))
        return cleaned

    def asked(self) -> LedgerFilter:
        """Returns the filter of the parts that are well formed."""
        self.is_valid()
        parts = {
            name: value.isoformat() if isinstance(value, date) else str(value)
            for name, value in self.cleaned_data.items()
            if value
        }
        return filter_of(parts)


class PlaceForm(forms.Form):
    """Where in the list a page begins, by key, and how long it is."""

    size = forms.TypedChoiceField(
        choices=[(size, size) for size in SIZES], coerce=int, required=False
    )
    older = WholeNumberField(min_value=0, max_value=2**62, required=False)
    newer = WholeNumberField(min_value=0, max_value=2**62, required=False)

    def place(self) -> dict[str, int]:
        """Returns size, older_than and newer_than; what is malformed is the first page."""
        self.is_valid()
        found = self.cleaned_data
        return {
            "size": found.get("size") or SIZES[0],
            "older_than": found.get("older") or 0,
            "newer_than": found.get("newer") or 0,
        }


class ExportForm(LedgerForm):
    """A filter and the format wanted."""

    format = forms.ChoiceField(choices=[(item.value, item.value) for item in ExportFormat])
