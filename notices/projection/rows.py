"""What the public sees of a notice: rows for the page, feeds and files from one shape."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kernel.clock import CHINA, parse_instant
from kernel.money import capitals, format_wan, format_yuan
from kernel.workdays import WorkCalendar
from notices.rules.kinds import CATEGORIES, KINDS, Field, Kind, Shape
from notices.rules.states import NoticeState
from notices.rules.wording import days_of

if TYPE_CHECKING:
    from notices.models import Notice


@dataclass(frozen=True, slots=True)
class Row:
    """One printed line of a notice; `lines` are the extra forms of an amount. The page says what
    somebody wrote in Chinese, its label and its figures in the reader's words."""

    name: str
    label: str
    text: str
    shape: str
    lines: tuple[str, ...] = ()
    capitals: str = ""
    is_missing: bool = False
    is_provisional: bool = False


def rows_of(kind_name: str, values: Mapping[str, object], work: WorkCalendar) -> list[Row]:
    """The notice in print order. Binding text is not translated; labels and figures are.
    A date in a year whose calendar is not published is marked."""
    kind = KINDS[kind_name]
    rows = [row_of(field, values.get(field.name)) for field in kind.fields if says(field, values)]
    days = days_of(kind, values)
    return [
        replace(row, is_provisional=row.name in days and work.is_provisional(days[row.name]))
        for row in rows
    ]


def change_hold(notice: Notice) -> str:
    """Why the notice's wording cannot be changed now; empty when it can."""
    if notice.state == NoticeState.DRAFT:
        return ""
    if notice.state == NoticeState.PUBLISHED:
        if KINDS[notice.kind].is_result:
            return _("公告已经发布，内容随发布冻结，不能修改。")
        return _(
            "公告已经发布，内容随发布冻结，不能修改。"
            "竞价结束前确须变更的，由主持人在主持控制台写明理由申请中止本场，经一位监督人员同意后生效，"
            "再另行登记标的、另行公告。"
        )
    return _("公告已提交或已通过复核，不能修改；需要修改的，先由复核人退回或撤回复核。")


def says(field: Field, values: Mapping[str, object]) -> bool:
    """Whether the field has a line: one that the record leaves open and nobody types has none."""
    return field.is_required or not field.is_derived or values.get(field.name) not in {None, ""}


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of the strip under the title: an amount in fen or an instant to wait for;
    `over` says what stands there when it has passed."""

    label: str
    fen: int | None = None
    at: datetime | None = None
    text: str = ""
    over: str = ""


FACTS = ("price_fen", "start_fen", "gain_rate", "step_fen", "deposit_fen")
WAITS = ("deposit_cutoff_at", "opens_at", "ends_at")


def facts_of(kind: Kind, values: Mapping[str, object]) -> list[Fact]:
    """The facts first (W2): what it costs and what comes next; derived from the frozen fields."""
    labels = {item.name: str(_(item.label)) for item in kind.fields}
    found = []
    for name in FACTS:
        value = values.get(name)
        if isinstance(value, int):
            found.append(Fact(labels[name], fen=value))
        elif value not in {None, ""}:
            found.append(Fact(labels[name], text=f"{value}%"))
    for name in WAITS:
        if values.get(name):
            at = parse_instant(str(values[name]))
            found.append(Fact(labels[name], at=at, over=over_of(name)))
    return found


def over_of(name: str) -> str:
    """What stands at an announced instant that has passed. Offers and pauses move the end of the
    bidding, so the notice says no more of it than that its own instant is over."""
    words = {
        "opens_at": _("已开始"),
        "ends_at": _("公告的时间已过，实际截止以竞价室为准"),
    }
    return str(words.get(name, _("已截止")))


def row_of(field: Field, value: object) -> Row:
    label = str(_(field.label))
    if value in {None, ""}:
        return Row(field.name, label, "—", field.shape, is_missing=field.is_required)
    if field.shape == Shape.FEN and isinstance(value, int):
        # English counts in thousands: the form in 万元 would only be read wrong.
        lines = (f"{format_wan(value)} 万元",) if get_language() != "en" else ()
        text = f"{format_yuan(value)} {_('元')}"
        words = capitals(value) if value >= 0 else ""
        return Row(field.name, label, text, field.shape, lines, words)
    if field.shape == Shape.INSTANT:
        at = parse_instant(str(value)).astimezone(CHINA)
        text = _("%(at)s（北京时间）") % {"at": f"{at:%Y-%m-%d %H:%M:%S}"}
        return Row(field.name, label, text, field.shape)
    suffix = "%" if field.shape == Shape.RATE else ""
    return Row(field.name, label, f"{value}{suffix}", field.shape)


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in a list. `is_running`: its lot is being bid for, whatever end was announced."""

    no: str
    title: str
    label: str
    published_at: datetime | None
    amount_fen: int | None
    ends_at: datetime | None
    is_result: bool
    is_running: bool = False


def line_of(notice: Notice, running: Collection[str] = ()) -> Line:
    kind = KINDS[notice.kind]
    fen = notice.fields.get("price_fen") or notice.fields.get("start_fen")
    ends = notice.fields.get("ends_at")
    return Line(
        no=notice.no,
        title=notice.title,
        label=kind.label,
        published_at=notice.published_at,
        amount_fen=fen if isinstance(fen, int) else None,
        ends_at=parse_instant(ends) if ends else None,
        is_result=kind.is_result,
        is_running=notice.subject_no in running,
    )


def lines_of(notices: Sequence[Notice], running: Collection[str] = ()) -> list[Line]:
    return [line_of(notice, running) for notice in notices]


def category_name(code: str) -> str:
    return str(_(CATEGORIES.get(code, code)))
