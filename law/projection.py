"""Calendars and their changes as pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.workdays import WorkCalendar
from law.models import CalendarProposal
from law.rules.calendars import Paper, made_up, workdays_in


@dataclass(frozen=True, slots=True)
class YearLine:
    """One year: its working days, its make-up days, the papers it rests on."""

    year: int
    workdays: int
    makeup: Sequence[str]
    papers: Sequence[str]
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
            papers=paper["papers"],
            is_published=year in work.years,
            is_own=paper is not shipped.get(year),
        )
        for year, paper in sorted(lists.items(), reverse=True)
    ]


def changed_years(proposal: CalendarProposal) -> list[int]:
    return [int(paper["year"]) for paper in proposal.lists]
