"""Forms of the sale. Amounts are typed in 万元 or 元 and become fen; ASCII digits only."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from accounts.forms import DAY_WORDS, INSTANT_WORDS, DayField, MomentField, WholeNumberField
from bidding.catalogue import presets
from kernel.money import LARGEST_FEN, parse_wan, parse_yuan
from notices.forms import require_phone, typed_field
from notices.rules.kinds import KINDS
from trading.rules.procedures import PROCEDURES
from trading.services.lots import amount_faults

BAD_AMOUNT = _("请填写数字金额，例如 8160.00；不能用汉字或全角数字。")
NEGATIVE = _("金额不能是负数，请填写大于零的数字，例如 8160.00。")
TOO_FINE = {
    "wan": _("最多六位小数（精确到分），例如 8160.123456。"),
    "yuan": _("最多两位小数（精确到分），例如 81600000.00。"),
}
MINUS = ("-", "−", "－", "–")
UNITS = (("wan", _("万元")), ("yuan", _("元")))
INSTANT_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]


IN_THIS_AGE = (
    MinValueValidator(datetime(2000, 1, 1, tzinfo=UTC), _("请核对年份。")),
    MaxValueValidator(datetime(2100, 1, 1, tzinfo=UTC), _("请核对年份。")),
)


class InstantField(MomentField):
    """A Beijing time to the minute or second, in a year for which days can be counted."""

    default_validators = [*IN_THIS_AGE]

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", INSTANT_FORMATS)
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        kwargs.setdefault("widget", widget)
        kwargs.setdefault("error_messages", INSTANT_WORDS)
        super().__init__(**kwargs)


class AmountField(forms.CharField):
    """Text that the form turns into fen once its unit is known."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "amount"}
        super().__init__(max_length=24, widget=forms.TextInput(attrs=attrs), **kwargs)


def amount_fen(text: str, unit: str) -> int:
    """Returns the fen of a typed amount. ValidationError says what is wrong, with an example."""
    text = text.strip()
    try:
        fen = parse_wan(text) if unit == "wan" else parse_yuan(text)
    except ValueError:
        if text.startswith(MINUS):
            raise forms.ValidationError(NEGATIVE) from None
        whole, _point, fraction = text.partition(".")
        is_fine = text.isascii() and fraction.isdigit() and whole.replace(",", "").isdigit()
        raise forms.ValidationError(TOO_FINE[unit] if is_fine else BAD_AMOUNT) from None
    if fen > LARGEST_FEN:
        raise forms.ValidationError(_("金额过大，请核对单位。"))
    return fen


class ProjectForm(forms.Form):
    """Entry registration."""

    name = forms.CharField(label=_("项目名称"), max_length=200)
    category = forms.ChoiceField(
        label=_("交易类别"),
        choices=(
            ("03", _("土地使用权")),
            ("05", _("国有产权")),
            ("02", _("政府采购")),
            ("90", _("其他资源")),
        ),
    )
    unit_code = forms.CharField(
        label=_("项目单位统一社会信用代码"), max_length=30, help_text=_("18 位，可带空格。")
    )
    investment_code = forms.CharField(label=_("投资项目代码"), max_length=24, required=False)
    funds_note = forms.CharField(label=_("资金来源与落实情况"), max_length=200)
    exemption_note = forms.CharField(
        label=_("免予项目审批的依据"),
        max_length=200,
        required=False,
        help_text=_("仅限依法不需要项目审批的：写明文件名称和文号，将在标的页公开。"),
    )


class LotForm(forms.Form):
    """A lot's figures; the notice takes them from here."""

    title = forms.CharField(label=_("标的名称"), max_length=120)
    preset = forms.ChoiceField(label=_("规则模板"))
    unit = forms.ChoiceField(label=_("金额单位"), choices=UNITS)
    start = AmountField()
    step = AmountField()
    deposit = AmountField(label=_("保证金"))
    appraisal = AmountField(label=_("评估值"), required=False)
    has_reserve = forms.BooleanField(label=_("设底价（竞价结束前保密）"), required=False)
    opens_at = InstantField(label=_("竞价开始时间"))
    ends_at = InstantField(label=_("竞价截止时间"))
    deposit_cutoff_at = InstantField(label=_("保证金到账截止时间"))

    AMOUNTS = ("start", "step", "deposit", "appraisal")

    def __init__(self, *args: Any, procedure: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.procedure = found = PROCEDURES[procedure]
        self.fields["start"].label = _(found.start_name)
        self.fields["step"].label = _(found.step_name)
        self.fields["preset"] = forms.ChoiceField(
            label=_("规则模板"),
            choices=[
                (code, f"{code} {_(row.title)}")
                for code, row in presets().items()
                if row.format in found.formats
            ],
        )
        if not found.is_sale:
            del self.fields["has_reserve"]
        for field in KINDS[found.notice_kind].fields:
            if not field.is_derived:
                self.fields[f"notice_{field.name}"] = typed_field(field)

    def clean(self) -> dict[str, Any]:
        """Turns the typed amounts into fen."""
        cleaned: dict[str, Any] = super().clean() or {}
        found: dict[str, int | None] = dict.fromkeys(self.AMOUNTS)
        for name in self.AMOUNTS:
            try:
                if cleaned.get(name):
                    found[name] = amount_fen(cleaned[name], cleaned.get("unit") or "yuan")
            except forms.ValidationError as error:
                self.add_error(name, error)
        cleaned |= {f"{name}_fen": fen for name, fen in found.items()}
        amounts = (found["start"], found["step"], found["deposit"])
        for name, fault in amount_faults(self.procedure, *amounts).items():
            self.add_error(name.removesuffix("_fen"), fault)
        return cleaned

    GROUPS = (
        (_("标的"), ("title", "preset")),
        (_("金额"), ("unit", "start", "step", "deposit", "appraisal", "has_reserve")),
        (_("时间"), ("opens_at", "ends_at", "deposit_cutoff_at")),
    )

    def groups(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The fields as the page shows them, the notice's own last."""
        for legend, names in self.GROUPS:
            yield str(legend), [self[name] for name in names if name in self.fields]
        notice = [self[name] for name in self.fields if name.startswith("notice_")]
        if notice:
            yield str(_("公告内容")), notice

    def notice_fields(self) -> dict[str, str]:
        """What the notice needs besides the lot's own figures."""
        prefix = "notice_"
        return {
            name.removeprefix(prefix): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix)
        }


class ReserveForm(forms.Form):
    """The reserve, typed twice: it can never be changed or looked up."""

    reserve = AmountField(label=_("底价"))
    again = AmountField(label=_("再输一次底价"))
    is_sure = forms.BooleanField(
        label=_("已核对金额和单位；密封后不能更改"),
        error_messages={"required": _("请核对后勾选确认。")},
    )

    def __init__(self, *args: Any, unit: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit
        self.fields["reserve"].help_text = _("单位：%(unit)s") % {"unit": dict(UNITS)[unit]}

    def clean(self) -> dict[str, Any]:
        """Turns the amount into fen and holds the two against each other."""
        cleaned: dict[str, Any] = super().clean() or {}
        found = {}
        for name in ("reserve", "again"):
            try:
                if cleaned.get(name):
                    found[name] = amount_fen(cleaned[name], self.unit)
            except forms.ValidationError as error:
                self.add_error(name, error)
        if len(set(found.values())) > 1:
            self.add_error("again", _("两次输入的底价不一致。"))
        cleaned["reserve_fen"] = found.get("reserve")
        return cleaned


class RegistrationForm(forms.Form):
    """A bidder's application for one lot."""

    contact = forms.CharField(label=_("联系人"), max_length=60)
    phone = forms.CharField(
        label=_("联系电话"),
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel"}),
        validators=[require_phone],
    )
    has_agreed = forms.BooleanField(
        label=_("已阅读并同意竞价规则和公告全部内容"),
        error_messages={"required": _("请阅读并同意竞价规则。")},
        widget=forms.CheckboxInput(attrs={"data-draft-never": ""}),
    )


class BankFileForm(forms.Form):
    """A bank's CSV file."""

    MAX_BYTES = 5 * 1024 * 1024
    file = forms.FileField(
        label=_("银行流水文件（CSV）"),
        help_text=_("UTF-8，第一行为表头；各列见下方说明。"),
    )

    def clean_file(self) -> Any:
        """Refuses what is too large before it is read."""
        upload = self.cleaned_data["file"]
        if upload.size > self.MAX_BYTES:
            raise forms.ValidationError(_("文件超过 5 MB，请分批导出。"))
        return upload


class ReturnForm(forms.Form):
    """The bank's reference of money paid back."""

    bank_reference = forms.CharField(label=_("银行退款流水号"), max_length=60)


class RefundForm(ReturnForm):
    """The same, with the amount that the page showed: what is noted is what was seen."""

    amount_fen = WholeNumberField(min_value=1, widget=forms.HiddenInput())

    def showing(self, fen: int) -> "RefundForm":
        """The form as the page sends it next: with what is owed now."""
        if self.is_bound:
            self.data = {**{name: self.data[name] for name in self.data}, "amount_fen": fen}
        self.initial["amount_fen"] = fen
        return self


class ContractForm(forms.Form):
    """The day on which the contract was signed."""

    signed_on = DayField(
        label=_("合同签订日期"),
        error_messages=DAY_WORDS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
