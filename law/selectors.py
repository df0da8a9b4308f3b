"""What the law says here and now: the calendar, the rule rows, the named settings."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from kernel.clock import CHINA
from kernel.errors import NotFound
from kernel.workdays import WorkCalendar
from law.rules import clock, limits
from law.rules.questions import Tables
from law.rules.rows import Rule, calendar_of, find_rule, rules_of

DATA = Path(__file__).resolve().parent / "data"


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def shipped() -> Tables:
    """The shipped law, read once: calendars, rows, settings. No database is asked."""
    papers = [read(path) for path in sorted((DATA / "holidays").glob("*.json"))]
    rules = rules_of(read(DATA / "rules.json")["rules"])
    return Tables(calendar_of(papers), rules, clock_settings(rules))


@cache
def settings() -> dict[str, Any]:
    """Named settings by name, with value, source and confidence."""
    found: dict[str, Any] = read(DATA / "settings.json")["settings"]
    return found


def setting(name: str) -> Any:
    """The value of a named setting. KeyError if nobody named it."""
    return settings()[name]["value"]


def clock_settings(rules: dict[str, Rule]) -> clock.ClockSettings:
    """The numbers that the approval clock takes from rows and settings."""
    extension = rules["ALL-42"]
    return clock.ClockSettings(
        closing=time.fromisoformat(setting("closing_time")),
        listed=frozenset(setting("listed_suspensions")),
        notice_wd=int(rules["ALL-32"].value or 0),
        extension_wd=int(extension.value or 0),
        joint_extension_wd=int(extension.joint_value or 0),
        profiles=setting("light_profiles"),
        is_capped=setting("suspension_cap"),
    )


def calendar() -> WorkCalendar:
    """The State Council's calendar."""
    return shipped().work


def rule(rule_id: str, *, on: date) -> Rule:
    """The row in force on a day. NotFound if there is none."""
    found = find_rule(shipped().rules, rule_id)
    is_in_force = found is not None and found.effective_from <= on
    if found is None or not is_in_force or (found.effective_to and on > found.effective_to):
        raise NotFound("rule_unknown", params={"rule": rule_id})
    return found


FROZEN = (
    "name",
    "kind",
    "unit",
    "value",
    "source",
    "confidence",
    "is_publicity",
    "is_inclusive",
)


def frozen_rule(rule_id: str, on: date) -> dict[str, Any]:
    """A row as it is frozen into a lot: everything needed to explain a date later."""
    found = rule(rule_id, on=on)
    return {name: getattr(found, name) for name in FROZEN}


def frozen_limit_on(rule_id: str, row: Mapping[str, Any], event_on: date) -> date:
    """The lawful day by a row as it was frozen, whatever the data file says today."""
    values = {name: row[name] for name in FROZEN}
    kept = Rule(id=rule_id, category="", effective_from=event_on, effective_to=None, **values)
    return limits.limit(kept, event_on, calendar()).on


def check_gap(rule_id: str, event_on: date, target_on: date) -> limits.Gap:
    """Whether two days keep a rule."""
    return limits.gap(rule(rule_id, on=event_on), event_on, target_on, calendar())


def limit_on(rule_id: str, event_on: date) -> date:
    """The lawful day of a rule counted from an event."""
    return limits.limit(rule(rule_id, on=event_on), event_on, calendar()).on


def due_on(event_on: date, count: int) -> date:
    """The count-th working day after a day."""
    return calendar().due(event_on, count)


def rule_value(rule_id: str, *, on: date) -> int:
    """A row's plain number."""
    return limits.value_of(rule(rule_id, on=on), {})


def effective_received_on(received_at: datetime) -> date:
    """The day on which an application counts as received (approvals rules R1)."""
    return clock.effective_on(received_at, calendar(), shipped().clock.closing)


def case_clock(facts: clock.CaseFacts, work: WorkCalendar) -> clock.ClockAnswer:
    """Both clocks of a case with their lights and arithmetic."""
    return clock.ask(facts, work, shipped().clock)


def china_date(at: datetime) -> date:
    """The Beijing date of an instant."""
    return at.astimezone(CHINA).date()


def parse_date(text: str) -> date:
    return date.fromisoformat(text)
