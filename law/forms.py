"""Forms of the calendar desk."""

from django import forms
from django.utils.translation import gettext_lazy as _


class RejectionForm(forms.Form):
    """Why a proposed calendar is dropped."""

    reason = forms.CharField(
        label=_("否决理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
