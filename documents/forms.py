"""Input of the verification page."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

MEGABYTE = 1024 * 1024
FILE_LIMIT = 20 * MEGABYTE
PDF, ZIP = b"%PDF-", b"PK"
HEAD_BYTES = 1024


def is_text(head: bytes) -> bool:
    """Whether a file may be a list: no zero byte, and UTF-8 but for a cut last character."""
    if b"\x00" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3
    return True


class VerificationForm(forms.Form):
    """A code, a file, or both; the file is judged by its content, not its name."""

    code = forms.CharField(
        label=_("核验码或回执号"),
        help_text=_("印在文书左下角，例如 7KQ2-MX9D；竞价回执号例如 R-7KQ2MX9D-000018。"),
        max_length=40,
        required=False,
    )
    file = forms.FileField(
        label=_("文件"),
        help_text=_("PDF 文书，或台账导出的 csv、jsonl，不超过 20 MB。"),
        required=False,
        allow_empty_file=True,
    )

    def clean_file(self) -> "UploadedFile[bytes] | None":
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is None:
            return None
        if not file.size:
            raise forms.ValidationError(_("文件是空的，请重新选择。"), code="empty_file")
        if file.size > FILE_LIMIT:
            raise forms.ValidationError(_("文件超过 20 MB。"), code="too_big")
        head = file.read(HEAD_BYTES)
        file.seek(0)
        if head.startswith(ZIP):
            raise forms.ValidationError(
                _(
                    "压缩文件不能在此核验：xlsx 请改用 csv 或 jsonl；"
                    "证据包请用包内的 verify.py 离线核验。"
                ),
                code="packed",
            )
        if not head.startswith(PDF) and not is_text(head):
            raise forms.ValidationError(
                _("只能核验 PDF 文书，或台账导出的 csv、jsonl。"), code="wrong_type"
            )
        return file

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("code") and not cleaned.get("file"):
            raise forms.ValidationError(_("请输入核验码或回执号，或选择一个文件。"), code="empty")
        return cleaned
