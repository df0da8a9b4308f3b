"""What the public sees of a notice: rows for the page, feeds and files from one shape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kernel.clock import CHINA, parse_instant
from kernel.money import capitals, format_short, format_wan, format_yuan
from notices.models import Notice
from notices.rules.kinds import KINDS, Field, Shape
from notices.selectors import Facet

CATEGORY_NAMES = {
    "01": gettext_noop("工程建设"),
    "02": gettext_noop("政府采购"),
    "03": gettext_noop("土地使用权"),
    "04": gettext_noop("矿业权"),
    "05": gettext_noop("国有产权"),
    "90": gettext_noop("其他资源"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One printed line of a notice; `lines` are the extra forms of an amount."""

    name: str
    label: str
    text: str
    shape: str
    lines: tuple[str, ...] = ()
    is_missing: bool = False


def rows_of(kind_name: str, values: Mapping[str, object]) -> list[Row]:
    """The notice in print order. Labels and body are Chinese: binding text is not translated."""
    return [row_of(field, values.get(field.name)) for field in KINDS[kind_name].fields]


def row_of(field: Field, value: object) -> Row:
    if value in {None, ""}:
        return Row(field.name, field.label, "—", field.shape, is_missing=field.is_required)
    if field.shape == Shape.FEN and isinstance(value, int):
        lines = (f"{format_wan(value)} 万元", capitals(value) if value >= 0 else "")
        return Row(field.name, field.label, f"{format_yuan(value)} 元", field.shape, lines)
    if field.shape == Shape.INSTANT:
        at = parse_instant(str(value)).astimezone(CHINA)
        return Row(field.name, field.label, f"{at:%Y-%m-%d %H:%M:%S}（北京时间）", field.shape)
    suffix = "%" if field.shape == Shape.RATE else ""
    return Row(field.name, field.label, f"{value}{suffix}", field.shape)


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in a list."""

    no: str
    title: str
    label: str
    published_at: datetime | None
    amount: tuple[str, str] | None
    ends_at: datetime | None
    is_result: bool


def line_of(notice: Notice) -> Line:
    kind = KINDS[notice.kind]
    fen = notice.fields.get("price_fen") or notice.fields.get("start_fen")
    ends = notice.fields.get("ends_at")
    return Line(
        no=notice.no,
        title=notice.title,
        label=kind.label,
        published_at=notice.published_at,
        amount=format_short(fen) if isinstance(fen, int) else None,
        ends_at=parse_instant(ends) if ends else None,
        is_result=kind.is_result,
    )


def lines_of(notices: Sequence[Notice]) -> list[Line]:
    return [line_of(notice) for notice in notices]


def named(facets: Sequence[Facet]) -> list[Facet]:
    """Facets of categories with their names in the reader's language."""
    return [
        Facet(item.value, category_name(item.value), item.count, item.is_chosen) for item in facets
    ]


def category_name(code: str) -> str:
    return str(_(CATEGORY_NAMES.get(code, code)))
