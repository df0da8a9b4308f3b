"""From an event's day to the last or first lawful day (CAL-2…CAL-10), with the steps in words."""

import calendar as gregorian
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from kernel.clock import CHINA, iso_ms
from kernel.workdays import WorkCalendar
from law.rules.rows import Rule

HOUR_UNITS = {"h": "hours", "min": "minutes"}
UNIT_WORDS = {"cd": "日", "wd": "个工作日", "month": "个月", "h": "小时", "min": "分钟"}


class NotADateRule(ValueError):
    """The rule gives no date."""


class BadParam(ValueError):
    """A parameter that the row depends on is missing or unknown."""

    def __init__(self, name: str, *, is_missing: bool) -> None:
        super().__init__(name)
        self.name = name
        self.is_missing = is_missing


@dataclass(frozen=True, slots=True)
class Limit:
    """`raw_on` before rolling; `on` as the row's kind means it; `next_on` after a publicity."""

    raw_on: date
    on: date
    next_on: date | None
    is_provisional: bool
    explain: tuple[str, ...]
    value: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Whether two days keep a rule; `earliest_on` and `latest_on` as the kind has them."""

    allowed: bool
    earliest_on: date | None
    latest_on: date | None
    is_rest_day: bool
    explain: tuple[str, ...]


def value_of(rule: Rule, params: Mapping[str, Any]) -> int:
    """The row's number for these parameters. NotADateRule, BadParam."""
    if rule.kind == "spot" or rule.value is None:
        raise NotADateRule(rule.id)
    for name, choices in rule.allowed.items():
        if params.get(name) not in choices:
            raise BadParam(name, is_missing=name not in params)
    if rule.bands:
        return band_value(rule.value, rule.bands, params)
    for variant in rule.variants:
        if all(params.get(name) == want for name, want in variant["when"].items()):
            return int(variant["value"])
    return rule.value


def band_value(base: int, bands: Mapping[str, Any], params: Mapping[str, Any]) -> int:
    """The number of the highest band reached."""
    name = bands["param"]
    if name not in params:
        raise BadParam(name, is_missing=True)
    amount = params[name]
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
        raise BadParam(name, is_missing=False)
    reached = [number for floor, number in bands["steps"] if amount >= floor]
    return int(reached[-1]) if reached else base


def add_months(on: date, months: int) -> date:
    """The corresponding day, or the month's last. CAL-10."""
    year, month = divmod(on.month - 1 + months, 12)
    last = gregorian.monthrange(on.year + year, month + 1)[1]
    return date(on.year + year, month + 1, min(on.day, last))


def limit(
    rule: Rule, event_on: date, work: WorkCalendar, params: Mapping[str, Any] | None = None
) -> Limit:
    """The last lawful day of a maximum, the suggested first of a minimum, the latest before T."""
    count = value_of(rule, params or {})
    if rule.unit in HOUR_UNITS:
        raise NotADateRule(rule.id)
    if rule.kind == "before":
        return before(rule, event_on, work, count)
    raw = raw_day(rule, event_on, work, count)
    on = raw if rule.unit == "wd" else work.roll(raw)
    next_on = on + timedelta(days=1) if rule.is_publicity else None
    words = f"{rule.id}：{event_on} 起 {count} {UNIT_WORDS[str(rule.unit)]}，{start_words(rule)}"
    steps = [words, f"推算至 {raw}。"]
    if on != raw:
        steps.append(f"{raw} 为休息日，顺延至下一个工作日 {on}。")
    if next_on:
        steps.append(f"公示期满次日 {next_on} 起可进入下一环节。")
    return Limit(raw, on, next_on, work.is_provisional(on), tuple(steps), count)


def start_words(rule: Rule) -> str:
    return "起始日计入。" if rule.is_inclusive else "起始日不计入。"


def raw_day(rule: Rule, event_on: date, work: WorkCalendar, count: int) -> date:
    if rule.unit == "month":
        return add_months(event_on, count)
    if rule.unit == "cd":
        return event_on + timedelta(days=count)
    if rule.is_inclusive:
        return work.due(work.roll(event_on), count - 1)
    return work.due(event_on, count)


def before(rule: Rule, target_on: date, work: WorkCalendar, count: int) -> Limit:
    """The last day for an act that must come so long before T. CAL-6: never rolled."""
    on = target_on - timedelta(days=count)
    if rule.unit == "wd":
        on = work.before(target_on, count)
    words = f"{rule.id}：距 {target_on} 至少 {count} {UNIT_WORDS[str(rule.unit)]}，不迟于 {on}。"
    return Limit(on, on, None, work.is_provisional(on, target_on), (words,), count)


def limit_at(rule: Rule, event_at: datetime, params: Mapping[str, Any]) -> datetime:
    """Rows in hours or minutes run from the moment. NotADateRule for the others."""
    count = value_of(rule, params)
    if rule.unit not in HOUR_UNITS:
        raise NotADateRule(rule.id)
    return event_at + timedelta(**{HOUR_UNITS[str(rule.unit)]: count})


def gap(
    rule: Rule,
    event_on: date,
    target_on: date,
    work: WorkCalendar,
    params: Mapping[str, Any] | None = None,
) -> Gap:
    """Whether `target_on` keeps the rule from `event_on`. A rest day alone forbids nothing."""
    found = limit(rule, event_on if rule.kind != "before" else target_on, work, params)
    is_rest = not work.is_workday(target_on)
    if rule.kind == "max":
        allowed = target_on <= found.on
        return Gap(allowed, None, found.on, is_rest, found.explain)
    if rule.kind == "min":
        first = found.on if rule.is_publicity else found.raw_on
        return Gap(target_on >= first, found.on, None, is_rest, found.explain)
    earliest = earliest_target(rule, event_on, work, found.value)
    return Gap(event_on <= found.on, earliest, None, is_rest, found.explain)


def earliest_target(rule: Rule, act_on: date, work: WorkCalendar, count: int) -> date:
    """The first T that an act on this day allows; never rolled."""
    if rule.unit == "wd":
        return work.due(act_on, count)
    return act_on + timedelta(days=count)


def beijing(at: datetime) -> str:
    return iso_ms(at.astimezone(CHINA))
