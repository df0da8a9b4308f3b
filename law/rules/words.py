"""The arithmetic of a case's clock in words: Chinese sentences with their figures apart, so that
a page may say the same in another language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from kernel.clock import CHINA
from kernel.workdays import WorkCalendar, days_between

RECEIVED = (
    "%(at)s 收件，按 %(on)s 收到计算，一次性告知的期限为 %(limit)s（行政许可法 第三十二条）。"
)
NEXT_DAY = "%(closing)s 之后或休息日收到的，视为次一工作日收到（R1）。"
DEEMED = "期限内没有告知补正，自收到之日 %(on)s 起即为受理（行政许可法 第三十二条）。"
NOT_ACCEPTED = "尚未受理，办理期限尚未起算。"
ACCEPTED = "%(on)s 受理，当日不计入（R3，行政许可法 第八十二条）。"
PROMISE = "承诺时限 %(budget)s 个工作日"
STATUTE = "法定时限 %(budget)s 个工作日"
EXTENDED = "延长 %(extra)s 个工作日"
EXCLUDED = "特别程序不计 %(excluded)s 个工作日（行政许可法 第四十五条）"
UNTIL = "至 %(due)s。"
REST = "其间休息日 %(count)s 天不计。"
MADE_UP = "调休上班计入：%(days)s。"


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence; `parts` are joined by commas, `params` are the figures in them."""

    text: str
    params: Mapping[str, object] = field(default_factory=dict)
    more: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        return (self.text, *self.more)

    def __str__(self) -> str:
        return "，".join(self.parts) % self.params


@dataclass(frozen=True, slots=True)
class Receipt:
    """When something came in and how that was counted."""

    received_at: datetime
    effective_on: date
    limit_on: date
    closing: time
    is_deemed: bool


def intake(receipt: Receipt, *, is_accepted: bool) -> tuple[Words, ...]:
    """How the receipt was counted (R1, R2, ALL 32)."""
    at = receipt.received_at.astimezone(CHINA)
    on, limit_on = receipt.effective_on, receipt.limit_on
    lines = [Words(RECEIVED, {"at": f"{at:%Y-%m-%d %H:%M}", "on": on, "limit": limit_on})]
    if at.date() != on:
        lines.append(Words(NEXT_DAY, {"closing": f"{receipt.closing:%H:%M}"}))
    if receipt.is_deemed:
        lines.append(Words(DEEMED, {"on": on}))
    elif not is_accepted:
        lines.append(Words(NOT_ACCEPTED))
    return tuple(lines)


def counted(head: str, budget: int, extra: int, excluded: int, due_on: date) -> Words:
    """One clock's sum as one sentence; only the parts that apply are spoken."""
    parts = [EXTENDED] * bool(extra) + [EXCLUDED] * bool(excluded) + [UNTIL]
    params = {"budget": budget, "extra": extra, "excluded": excluded, "due": due_on}
    return Words(head, params, tuple(parts))


def rest_days(start: date, end: date, work: WorkCalendar) -> list[Words]:
    """How many days between were not working days, and which weekend days were."""
    days = list(days_between(start, end))
    rest = sum(not work.is_workday(on) for on in days)
    made_up = [on.isoformat() for on in days if on in work.makeup]
    lines = [Words(REST, {"count": rest})] if rest else []
    if made_up:
        lines.append(Words(MADE_UP, {"days": "、".join(made_up)}))
    return lines
