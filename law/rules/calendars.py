"""Holiday lists as the State Council publishes them: reading, checking, comparing. CAL-1."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kernel.workdays import FIRST_YEAR, SATURDAY, FixedDays, WorkCalendar
from law.rules.rows import calendar_of

LAST_YEAR = 2100
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MAX_DAYS = 120
ALWAYS_OFF = ((1, 1), (5, 1), (10, 1))
"""Days that every published list names: a list without them is cut or of another kind."""
Paper = dict[str, Any]


class BadList(ValueError):
    """A list that cannot be taken, said in one sentence."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One day that would change its kind. `was` and `becomes`: is it a working day?"""

    on: date
    name: str
    was: bool
    becomes: bool


def read_list(value: object) -> Paper:
    """Returns the list of a file `{"year", "papers", "days": [{"name", "date", "isOffDay"}]}`.

    BadList says what is wrong. An empty list stands for a year not published yet."""
    if not isinstance(value, dict):
        raise BadList("the file must hold one JSON object")
    year, days, papers = value.get("year"), value.get("days"), value.get("papers", [])
    is_year = isinstance(year, int) and not isinstance(year, bool)
    if not is_year or not FIRST_YEAR <= int(str(year)) <= LAST_YEAR:
        raise BadList(f"year must be a number from {FIRST_YEAR} to {LAST_YEAR}")
    if not isinstance(days, list) or len(days) > MAX_DAYS:
        raise BadList(f"days must be a list of at most {MAX_DAYS} days")
    if not isinstance(papers, list) or not all(isinstance(item, str) for item in papers):
        raise BadList("papers must be a list of addresses")
    read = [read_day(item, int(str(year))) for item in days]
    require_whole(int(str(year)), read)
    return {"year": year, "papers": papers, "days": sorted(read, key=lambda item: item["date"])}


def read_day(item: object, year: int) -> Paper:
    """One day of a list; it lies in its year or around its turns."""
    if not isinstance(item, dict):
        raise BadList("each day must be an object")
    name, text, is_off = item.get("name"), item.get("date"), item.get("isOffDay")
    if not isinstance(name, str) or not name.strip():
        raise BadList(f"the day {text} has no name")
    if not isinstance(is_off, bool):
        raise BadList(f"isOffDay of {text} must be true or false")
    on = read_date(text)
    if not date(year - 1, 12, 1) <= on <= date(year + 1, 1, 31):
        raise BadList(f"{on} does not belong to the list of {year}")
    return {"name": name.strip(), "date": on.isoformat(), "isOffDay": is_off}


def read_date(text: object) -> date:
    if not isinstance(text, str) or DATE.fullmatch(text) is None:
        raise BadList(f"{text!r} is no date")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadList(f"{text!r} is no date") from None


def require_whole(year: int, days: Sequence[Paper]) -> None:
    """A published list names each day once, and the days that are always off."""
    named = [day["date"] for day in days]
    twice = sorted({on for on in named if named.count(on) > 1})
    if twice:
        raise BadList(f"{twice[0]} is named twice")
    off = {day["date"] for day in days if day["isOffDay"]}
    for month, day in ALWAYS_OFF if days else ():
        on = date(year, month, day).isoformat()
        if on not in off:
            raise BadList(f"{on} is missing among the days off")


def merged(base: Iterable[Paper], newer: Iterable[Paper]) -> dict[int, Paper]:
    """The lists by year, a newer one instead of an older. BadList where two contradict."""
    lists = {int(paper["year"]): paper for paper in (*base, *newer)}
    told: dict[str, tuple[bool, int]] = {}
    for year, paper in sorted(lists.items()):
        for day in paper["days"]:
            is_off, other = told.setdefault(day["date"], (day["isOffDay"], year))
            if is_off != day["isOffDay"]:
                raise BadList(
                    f"the lists of {other} and {year} contradict each other: {day['date']}"
                )
    return lists


def changed(base: Mapping[int, Paper], newer: Iterable[Paper]) -> list[Paper]:
    """The lists that say something else than what stands, by day and kind of day."""

    def days(paper: Paper | None) -> dict[str, bool]:
        return {day["date"]: day["isOffDay"] for day in paper["days"]} if paper else {}

    return [paper for paper in newer if days(paper) != days(base.get(int(paper["year"])))]


def differences(
    before: Mapping[int, Paper],
    after: Mapping[int, Paper],
    years: Iterable[int],
    fixed: tuple[FixedDays, ...],
) -> list[Difference]:
    """The days of these years that would be working days where they were not, or the reverse."""
    old, new = calendar_of(before.values(), fixed), calendar_of(after.values(), fixed)
    names = {day["date"]: day["name"] for paper in after.values() for day in paper["days"]}
    found = []
    for year in sorted(set(years)):
        for on in days_of(year):
            was, becomes = old.is_workday(on), new.is_workday(on)
            if was != becomes:
                found.append(Difference(on, names.get(on.isoformat(), ""), was, becomes))
    return found


def days_of(year: int) -> Iterable[date]:
    """The days of a year."""
    first = date(year, 1, 1)
    return (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))


def workdays_in(work: WorkCalendar, year: int) -> int:
    """How many working days a year has."""
    return sum(work.is_workday(on) for on in days_of(year))


def made_up(paper: Paper) -> list[str]:
    """The weekend days that the list makes working days."""
    days = (day["date"] for day in paper["days"] if not day["isOffDay"])
    return [on for on in days if date.fromisoformat(on).weekday() >= SATURDAY]


def digest(lists: Sequence[Paper]) -> str:
    """A fingerprint of lists, whatever their order."""
    ordered = sorted(lists, key=lambda paper: int(paper["year"]))
    text = json.dumps(ordered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
