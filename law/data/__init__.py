"""The shipped law, read once from the files beside this one. No database is asked."""

import json
from datetime import time
from functools import cache
from pathlib import Path
from typing import Any

from kernel.workdays import FixedDays
from law.rules import clock
from law.rules.calendars import Paper
from law.rules.questions import Tables
from law.rules.rows import Rule, calendar_of, fixed_days, rules_of

DATA = Path(__file__).resolve().parent


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def shipped_lists() -> dict[int, Paper]:
    """The shipped holiday lists by year."""
    papers = [read(path) for path in sorted((DATA / "holidays").glob("*.json"))]
    return {int(paper["year"]): paper for paper in papers}


@cache
def shipped() -> Tables:
    """Calendar, rules and clock settings as one value."""
    rules = rules_of(read(DATA / "rules.json")["rules"])
    work = calendar_of(shipped_lists().values(), fixed_holidays())
    return Tables(work, rules, clock_settings(rules))


def fixed_holidays() -> tuple[FixedDays, ...]:
    """The legal holidays that hold before a year's list is published."""
    return fixed_days(setting("fixed_holidays"))


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
