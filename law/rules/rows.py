"""A rule row: one limit of the law with its source, and the tables read from shipped data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kernel.workdays import FixedDays, WorkCalendar


@dataclass(frozen=True, slots=True)
class Rule:
    """`kind` max (not later), min (not sooner), before (so long before T), spot (no date).
    `unit` cd calendar days, wd working days, month, h hours, min minutes. `is_publicity`: the
    next step is open from the day after. `is_inclusive`: the start day is day 1 (CAL-9)."""

    id: str
    name: str
    category: str
    kind: str
    unit: str | None
    value: int | None
    source: str
    confidence: str
    effective_from: date
    effective_to: date | None
    is_publicity: bool = False
    is_inclusive: bool = False
    joint_value: int | None = None
    bands: Mapping[str, Any] | None = None
    variants: tuple[Mapping[str, Any], ...] = ()
    allowed: Mapping[str, Any] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)


def rule_of(row: Mapping[str, Any]) -> Rule:
    """Returns the rule of a data row. KeyError or ValueError if the row is incomplete."""
    until = row.get("effective_to")
    return Rule(
        id=row["id"],
        name=row["name"],
        category=row["category"],
        kind=row["kind"],
        unit=row["unit"],
        value=row["value"],
        source=row["source"],
        confidence=row["confidence"],
        effective_from=date.fromisoformat(row["effective_from"]),
        effective_to=date.fromisoformat(until) if until else None,
        is_publicity=bool(row.get("publicity")),
        is_inclusive=bool(row.get("is_inclusive")),
        joint_value=row.get("joint_value"),
        bands=row.get("bands"),
        variants=tuple(row.get("variants", ())),
        allowed=row.get("allowed", {}),
        raw=row,
    )


Rules = Mapping[str, Rule]


def rules_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, Rule]:
    """Rules by id."""
    return {row["id"]: rule_of(row) for row in rows}


def find_rule(rules: Rules, rule_id: str) -> Rule | None:
    """A bare id names the first of its lettered rows (`GP-15` is `GP-15a`)."""
    return rules.get(rule_id) or rules.get(f"{rule_id}a")


def fixed_days(rows: Iterable[Mapping[str, Any]]) -> tuple[FixedDays, ...]:
    """The legal holidays of fixed date from rows `{"from": …, "days": ["MM-DD", …]}`."""
    found = [
        FixedDays(
            date.fromisoformat(row["from"]),
            frozenset((int(day[:2]), int(day[3:])) for day in row["days"]),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda item: item.from_on))


def calendar_of(
    papers: Iterable[Mapping[str, Any]], fixed: tuple[FixedDays, ...] = ()
) -> WorkCalendar:
    """The calendar of all published lists: by date, whatever file a date stands in. A list
    without days is not published yet."""
    off: set[date] = set()
    makeup: set[date] = set()
    years: set[int] = set()
    for paper in papers:
        if paper["days"]:
            years.add(int(paper["year"]))
        for day in paper["days"]:
            on = date.fromisoformat(day["date"])
            (off if day["isOffDay"] else makeup).add(on)
    return WorkCalendar(frozenset(off), frozenset(makeup), frozenset(years), fixed)
