"""Calendars and their changes as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
