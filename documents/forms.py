"""Input of the verification page."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

MEGABYTE = 1024 * 1024
FILE_LIMIT = 20 * MEGABYTE
MAGIC = b"%PDF-"


class VerificationForm(forms.Form):
    """A code, a file, or both; the file is judged by its content, not its name."""

    code = forms.CharField(label=_("核验码或回执号"), max_length=40, required=False)
    file = forms.FileField(label=_("PDF 文件"), required=False, allow_empty_file=True)

    def clean_file(self) -> UploadedFile | None:
        file: UploadedFile | None = self.cleaned_data["file"]
        if file is None:
            return None
        if (file.size or 0) > FILE_LIMIT:
            raise forms.ValidationError(_("文件超过 20 MB。"), code="too_big")
        if file.read(len(MAGIC)) != MAGIC:
            raise forms.ValidationError(_("这不是 PDF 文件。"), code="not_pdf")
        file.seek(0)
        return file

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("code") and not cleaned.get("file"):
            raise forms.ValidationError(_("请输入核验码，或选择一个 PDF 文件。"), code="empty")
        return cleaned
