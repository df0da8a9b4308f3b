"""The sample form of the style guide."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.money import parse_yuan


class SampleForm(forms.Form):
    """One field of each kind; the style guide shows it with wrong values."""

    organisation = forms.CharField(label=_("单位名称"))
    uscc = forms.CharField(
        label=_("统一社会信用代码"),
        help_text=_("18 位，见营业执照右上角。"),
        min_length=18,
        error_messages={"min_length": _("统一社会信用代码应为 18 位。")},
    )
    amount = forms.CharField(label=_("预算金额"), help_text=_("最多两位小数。"))
    kind = forms.ChoiceField(
        label=_("竞买方式"),
        choices=[("single", _("单独竞买")), ("joint", _("联合竞买"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("备注"), required=False, widget=forms.Textarea)
    agreed = forms.BooleanField(label=_("我已阅读竞价规则，并知悉报价不可撤回"))

    def clean_amount(self) -> int:
        try:
            return parse_yuan(self.cleaned_data["amount"])
        except ValueError as error:
            raise forms.ValidationError(_("请用阿拉伯数字填写，例如 12,345.60。")) from error
