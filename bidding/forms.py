"""What an administrator types to add a preset, read into a row."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import AsciiDigits
from bidding.rules.preset_rows import TITLE_LENGTH, Row, next_version
from bidding.rules.presets import Preset
from bidding.templatetags.preset_words import FAULTS, STEP_MODES, TERMS

LARGEST_VECTORS = 400_000
SEPARATOR = "|"


class RejectionForm(forms.Form):
    """Why a proposed preset is dropped."""

    reason = forms.CharField(
        label=_("否决理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class WholeField(AsciiDigits, forms.IntegerField):
    """A whole number in ASCII digits."""


def term_field(key: str, value: object) -> forms.Field:
    """The field of one customary term."""
    label = TERMS[key]
    if key == "step_mode":
        return forms.ChoiceField(label=label, choices=list(STEP_MODES.items()))
    if isinstance(value, bool):
        return forms.BooleanField(label=label, required=False)
    return WholeField(label=label, min_value=0, max_value=100_000_000)


class PresetForm(forms.Form):
    """A row made after a preset in force; its format and what a lot must say stay the same."""

    preset = forms.CharField(
        label=_("模板代码"),
        max_length=12,
        help_text=_("二至十二个大写字母和数字，字母开头。沿用现有代码即为其新版本。"),
    )
    version = forms.CharField(
        label=_("版本"), max_length=8, help_text=_("年份加序号，例如 2026.2。")
    )
    title = forms.CharField(
        label=_("名称"), max_length=TITLE_LENGTH, help_text=_("竞买人在公告中看到的名称。")
    )

    def __init__(self, *args: Any, base: Preset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.base = base
        for key, value in base.terms.items():
            self.fields[key] = term_field(key, value)
        self.fields["citation"] = forms.CharField(
            label=_("法律依据"),
            widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
            help_text=_("每行一条：规则编号 | 出处 | 可信程度（V、V2、M、m、L 或 P）。"),
        )
        self.fields["vectors"] = forms.CharField(
            label=_("算例"),
            max_length=LARGEST_VECTORS,
            widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "class": "mono"}),
            help_text=_(
                "JSON 列表，每个算例有 name、question（terms、seats、commands、reserve_fen）"
                "和 expect。金额单位为分。"
            ),
        )

    def clean_citation(self) -> list[dict[str, str]]:
        """One rule a line."""
        found = []
        for line in self.cleaned_data["citation"].splitlines():
            if not line.strip():
                continue
            parts = [part.strip() for part in line.split(SEPARATOR)]
            if len(parts) != 3:
                raise forms.ValidationError(
                    _("“%(line)s”不是三段：请写成“规则编号 | 出处 | 可信程度”。")
                    % {"line": line.strip()[:40]}
                )
            found.append(dict(zip(("rule", "source", "confidence"), parts, strict=True)))
        return found

    def clean_vectors(self) -> list[Any]:
        """A JSON list."""
        try:
            value = json.loads(self.cleaned_data["vectors"])
        except json.JSONDecodeError as error:
            raise forms.ValidationError(
                _("算例不是 JSON：第 %(line)s 行第 %(column)s 个字符处读不下去。")
                % {"line": error.lineno, "column": error.colno}
            ) from error
        except RecursionError as error:
            raise forms.ValidationError(_("算例嵌套过深。")) from error
        if not isinstance(value, list):
            raise forms.ValidationError(_("算例须是一个 JSON 列表。"))
        return value

    def row(self) -> Row:
        """The row as typed; only after `is_valid`."""
        data = self.cleaned_data
        return {
            "preset": data["preset"],
            "version": data["version"],
            "title": data["title"],
            "format": self.base.format,
            "required": sorted(self.base.required),
            "terms": {key: data[key] for key in self.base.terms},
            "citation": data["citation"],
        }

    def add_faults(self, faults: Mapping[str, object]) -> None:
        """Puts each reason at its field, or above all where there is no such field."""
        for name, reason in faults.items():
            words = FAULTS.get(str(reason), _("不合要求。"))
            if name in self.fields:
                self.add_error(name, str(words))
            else:
                self.add_error(None, f"{name}: {words}")

    @property
    def groups(self) -> Iterator[tuple[str, list[Any]]]:
        """The fields under their headings."""
        yield str(_("名称和版本")), [self[name] for name in ("preset", "version", "title")]
        yield str(_("惯用规则")), [self[name] for name in self.base.terms]

    @property
    def long_fields(self) -> list[Any]:
        return [self["citation"], self["vectors"]]


def initial_of(base: Preset, vectors: Sequence[Mapping[str, Any]], year: int) -> dict[str, object]:
    """What the form shows first: the preset it is made after, as its next version."""
    lines = [f"{item.rule} | {item.source} | {item.confidence}" for item in base.citation]
    return {
        **base.terms,
        "preset": base.preset,
        "version": next_version(base, year),
        "title": base.title,
        "citation": "\n".join(lines),
        "vectors": json.dumps(list(vectors), ensure_ascii=False, indent=1),
    }
