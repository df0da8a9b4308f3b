"""Rules, calendars and their changes as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kernel.workdays import WorkCalendar
from law.rules.calendars import Paper, made_up, workdays_in

if TYPE_CHECKING:
    from law.models import CalendarProposal


@dataclass(frozen=True, slots=True)
class YearLine:
    """One year: its working days, its make-up days, whether its list is published."""

    year: int
    workdays: int
    makeup: Sequence[str]
    is_published: bool
    is_own: bool


def years_of(
    lists: dict[int, Paper], shipped: dict[int, Paper], work: WorkCalendar
) -> list[YearLine]:
    """The years, newest first; `is_own` marks those taken over since shipping."""
    return [
        YearLine(
            year=year,
            workdays=workdays_in(work, year),
            makeup=made_up(paper),
            is_published=year in work.years,
            is_own=paper is not shipped.get(year),
        )
        for year, paper in sorted(lists.items(), reverse=True)
    ]


def changed_years(proposal: CalendarProposal) -> list[int]:
    return [int(paper["year"]) for paper in proposal.lists]


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One named setting as it is read."""

    name: str
    text: str
    source: str


def settings_of(found: Mapping[str, Mapping[str, Any]]) -> list[SettingLine]:
    return [
        SettingLine(item["name"], told(item["value"]), item["source"]) for item in found.values()
    ]


PARTS = {"remaining": "剩余工作日", "used": "已用时限比例"}
"""The parts of a setting, as the rows of law name them and as they are read."""


def told(value: object) -> str:
    """A setting's value in words."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value))
    if isinstance(value, dict):
        return "；".join(f"{PARTS.get(name, name)}：{told(part)}" for name, part in value.items())
    return str(value)


RULE_WORDS = (
    gettext_noop("拍卖公告至拍卖日"),
    gettext_noop("拍卖法 第四十五条"),
    gettext_noop("交易结果公告"),
    gettext_noop("企业国有资产交易监督管理办法"),
    gettext_noop("确定受让方至退还其他意向方保证金"),
    gettext_noop("按公告，默认值"),
    gettext_noop("询价（竞价）通知书发出至响应截止"),
    gettext_noop("财政部令第74号 第四十五条"),
    gettext_noop("确定供应商至发出通知书并公告结果"),
    gettext_noop("政府采购法实施条例 第四十三条"),
    gettext_noop("发出通知书至签订合同"),
    gettext_noop("政府采购法 第四十六条"),
    gettext_noop("发出通知书（未中标）或签订合同（中标）至退还保证金"),
    gettext_noop("政府采购法实施条例 第三十三条"),
    gettext_noop("出让公告发布至招拍挂活动开始"),
    gettext_noop("国土资源部令第39号 第八条"),
    gettext_noop("挂牌时间"),
    gettext_noop("国土资源部令第39号 第十八条"),
    gettext_noop("活动结束至公布结果"),
    gettext_noop("国土资源部令第39号 第二十二条"),
    gettext_noop("活动结束至退还未竞得人保证金（不计利息）"),
    gettext_noop("国土资源部令第39号 第二十一条"),
    gettext_noop("成交确认至签订出让合同"),
    gettext_noop("国土资发〔2010〕34号"),
)
"""Names and sources of the rule rows that the sale quotes, so that they are read in English too."""


def law_words(text: str) -> SafeString:
    """A rule's name or source in the reader's language; what has no translation says that it is
    Chinese."""
    said = _(text)
    return format_html('<span lang="zh-Hans">{}</span>' if said == text else "{}", said)
