"""Forms of the window and the department."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _


class AllNeeded(forms.MultipleChoiceField):
    """The service says which choices lack; so the page does not call them optional."""

    is_asked_later = True


class MaterialsForm(forms.Form):
    """The papers that came in; the choices are the item's own list."""

    field_class = forms.MultipleChoiceField

    def __init__(self, *args: Any, materials: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        marked = '<span lang="zh-Hans">{}</span>'
        choices = [(name, format_html(marked, name)) for name in materials]
        self.fields["handed_in"] = self.field_class(
            label=_("已交材料"),
            required=False,
            choices=choices,
            widget=forms.CheckboxSelectMultiple,
        )


class AcceptanceForm(MaterialsForm):
    """Accepting an application takes every paper on the list."""

    field_class = AllNeeded


class IntakeForm(MaterialsForm):
    """Receiving an application: who, for what project, which papers."""

    organisation_code = forms.CharField(
        label=_("申请单位统一社会信用代码"), max_length=30, help_text=_("18 位，可带空格。")
    )
    project_no = forms.CharField(label=_("项目编号"), max_length=40, required=False)
    project_name = forms.CharField(label=_("项目名称"), max_length=200, required=False)
    contact = forms.CharField(label=_("联系人"), max_length=60)
    phone = forms.CharField(
        label=_("联系电话"),
        max_length=20,
        help_text=_("申请人凭末四位查询进度。"),
        widget=forms.TextInput(attrs={"type": "tel"}),
    )


class ReasonForm(forms.Form):
    """A reason in words."""

    reason = forms.CharField(
        label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class RefusalForm(ReasonForm):
    """Why the case is not taken and where the applicant should go."""

    right_organ = forms.CharField(label=_("应当向哪个机关申请"), max_length=120)


CHOICES = (("grant", _("准予")), ("deny", _("不予")))


class OpinionForm(forms.Form):
    """The reviewer's proposal."""

    proposal = forms.ChoiceField(label=_("拟办意见"), choices=CHOICES, widget=forms.RadioSelect)
    opinion = forms.CharField(
        label=_("审查意见"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


REMEDIES = (
    "如不服本决定，可以自收到本决定之日起六十日内向本级人民政府申请行政复议，"
    "或者自收到本决定之日起六个月内依法向人民法院提起行政诉讼。"
)
"""What a denial starts from (行政复议法 第二十条, 行政诉讼法 第四十六条); the chief adapts it."""


class DecisionForm(forms.Form):
    """The section chief's decision; a denial needs its reason."""

    decision = forms.ChoiceField(label=_("决定"), choices=CHOICES, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("理由"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "不予许可、或者与拟办意见不一致的，须写明理由；与意见一致的准予可留空，沿用审查意见。"
        ),
    )
    remedies = forms.CharField(
        label=_("救济途径"),
        max_length=1000,
        required=False,
        initial=REMEDIES,
        widget=forms.Textarea(attrs={"rows": 5, "lang": "zh-Hans"}),
        help_text=_("不予许可时写入决定书；准予时不用。"),
    )


class TrackingForm(forms.Form):
    """Two things the applicant has: the number on the slip and the phone's last four digits."""

    no = forms.CharField(label=_("受理号"), max_length=24)
    last4 = forms.RegexField(
        r"^[0-9]{4}$",
        label=_("联系电话后四位"),
        error_messages={"invalid": _("请填写四位数字。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
