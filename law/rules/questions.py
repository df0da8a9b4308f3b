"""The `evaluate` questions that the law answers: pure, from the shipped tables alone."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts.rules.uscc import check_uscc
from kernel.clock import CHINA, iso_ms, parse_instant
from kernel.money import capitals
from kernel.workdays import FIRST_YEAR, WorkCalendar
from law.rules import clock, codes, limits, savings
from law.rules.rows import Rule, Rules, find_rule

Question = Mapping[str, Any]
Answer = dict[str, Any]
MAX_COUNT = 10_000
MAX_FEN = 2**53 - 1
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tables:
    """The shipped law."""

    work: WorkCalendar
    rules: Rules
    clock: clock.ClockSettings


class Bad(Exception):
    """A question that cannot be answered: `code` and the field it means."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(code)
        self.code, self.field = code, field


# ── reading ───────────────────────────────────────────────────────────────────────────────────


def want(question: Question, name: str) -> Any:
    if name not in question:
        raise Bad("missing", name)
    return question[name]


def text(question: Question, name: str) -> str:
    value = want(question, name)
    if not isinstance(value, str):
        raise Bad("bad_value", name)
    return value


def day(question: Question, name: str) -> date:
    value = text(question, name)
    if DATE.fullmatch(value) is None:
        raise Bad("bad_value", name)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Bad("bad_value", name) from None


def maybe_day(question: Question, name: str) -> date | None:
    return None if question.get(name) is None else day(question, name)


def instant(question: Question, name: str) -> datetime:
    try:
        return parse_instant(text(question, name))
    except ValueError:
        raise Bad("bad_value", name) from None


def whole(question: Question, name: str, *, most: int = MAX_COUNT, least: int = 0) -> int:
    value = want(question, name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Bad("bad_value", name)
    return value


def given(question: Question, name: str, standing: Any) -> Any:
    """What stands when a field is absent or null; an empty value of another kind is no absence."""
    value = question.get(name)
    return standing if value is None else value


def flag(question: Question, name: str) -> bool:
    value = given(question, name, standing=False)
    if not isinstance(value, bool):
        raise Bad("bad_value", name)
    return value


def words(question: Question, name: str) -> tuple[str, ...]:
    value = given(question, name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Bad("bad_value", name)
    return tuple(value)


def objects(question: Question, name: str) -> list[Question]:
    value = given(question, name, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Bad("bad_value", name)
    return value


# ── answering ─────────────────────────────────────────────────────────────────────────────────


def workday(question: Question, tables: Tables) -> Answer:
    """The n-th working day after a day (CAL-7)."""
    from_on, count = day(question, "from_on"), whole(question, "n")
    on = tables.work.due(from_on, count)
    explain = [f"CAL-7：{from_on} 之后第 {count} 个工作日为 {on}，当日不计。"]
    provisional = tables.work.is_provisional(on)
    return {"on": on.isoformat(), "provisional": provisional, "explain": explain}


def asked_rule(question: Question, tables: Tables) -> Rule:
    rule = find_rule(tables.rules, text(question, "rule"))
    if rule is None:
        raise Bad("unknown_rule", "rule")
    return rule


def params_of(question: Question) -> Question:
    value = given(question, "params", {})
    if not isinstance(value, dict):
        raise Bad("bad_value", "params")
    return value


def source_of(rule: Rule) -> Answer:
    return {"rule": rule.id, "source": rule.source, "kind": rule.kind, "unit": rule.unit}


def limit(question: Question, tables: Tables) -> Answer:
    """The lawful day of a rule row (CAL-3…CAL-9)."""
    rule, params = asked_rule(question, tables), params_of(question)
    if rule.unit in limits.HOUR_UNITS:
        at = limits.limit_at(rule, instant(question, "event_at"), params)
        return {**source_of(rule), "at": iso_ms(at), "provisional": False, "explain": [rule.name]}
    found = limits.limit(rule, event_day(question, rule), tables.work, params)
    return {
        **source_of(rule),
        "raw_on": found.raw_on.isoformat(),
        "on": found.on.isoformat(),
        "next_step_on": found.next_on.isoformat() if found.next_on else None,
        "provisional": found.is_provisional,
        "explain": list(found.explain),
    }


def event_day(question: Question, rule: Rule) -> date:
    """The event's day; an instant's Beijing date will do."""
    limits.value_of(rule, params_of(question))
    if "event_on" not in question and "event_at" in question:
        return instant(question, "event_at").astimezone(CHINA).date()
    return day(question, "event_on")


def gap(question: Question, tables: Tables) -> Answer:
    """Whether two days keep a rule."""
    rule, params = asked_rule(question, tables), params_of(question)
    event_on = event_day(question, rule)
    found = limits.gap(rule, event_on, day(question, "target_on"), tables.work, params)
    return {
        "rule": rule.id,
        "source": rule.source,
        "allowed": found.allowed,
        "error": None if found.allowed else question["rule"],
        "earliest_on": found.earliest_on.isoformat() if found.earliest_on else None,
        "latest_on": found.latest_on.isoformat() if found.latest_on else None,
        "warning": "REST_DAY" if found.is_rest_day else None,
        "explain": list(found.explain),
    }


def uscc(question: Question, tables: Tables) -> Answer:
    """A unified social credit code (GB 32100)."""
    found = check_uscc(text(question, "code"))
    return {
        "valid": found.is_valid,
        "normalized": found.code if found.is_valid else None,
        "warning": "inner" if found.is_valid and not found.is_inner_valid else None,
        "explain": ["DX-05：GB 32100 校验位。"],
    }


def project_code(question: Question, tables: Tables) -> Answer:
    """An investment project code, by form only (DX-04)."""
    valid = codes.is_project_code(text(question, "code"))
    return {"valid": valid, "explain": ["DX-04：只核对形式。"]}


def capital_text(question: Question, tables: Tables) -> Answer:
    """An amount in Chinese capitals."""
    return {"text": capitals(whole(question, "fen", most=MAX_FEN)), "explain": ["大写规则。"]}


def case_facts(question: Question, tables: Tables) -> clock.CaseFacts:
    """The clock question as values."""
    profile = given(question, "profile", "A")
    if not isinstance(profile, str) or profile not in tables.clock.profiles:
        raise Bad("bad_value", "profile")
    has_receipt = given(question, "received_ts", None) is not None
    received = instant(question, "received_ts") if has_receipt else None
    return clock.CaseFacts(
        statutory_wd=whole(question, "S"),
        committed_wd=whole(question, "C"),
        as_of=day(question, "as_of"),
        received_at=received,
        notice_on=maybe_day(question, "notice_on"),
        accepted_on=maybe_day(question, "accepted_on"),
        local_types=frozenset(words(question, "local_types")),
        suspensions=tuple(suspension(item) for item in objects(question, "suspensions")),
        extension=extension(question),
        decided_on=maybe_day(question, "decided_on"),
        is_joint=flag(question, "joint"),
        profile=profile,
    )


def suspension(item: Question) -> clock.Suspension:
    start, end = day(item, "start"), maybe_day(item, "end")
    if end is not None and end < start:
        raise Bad("bad_value", "end")
    return clock.Suspension(text(item, "type"), start, end, whole(item, "planned_wd"))


def extension(question: Question) -> clock.Extension | None:
    item = question.get("extension")
    if item is None:
        return None
    if not isinstance(item, dict):
        raise Bad("bad_value", "extension")
    return clock.Extension(day(item, "approved_on"), whole(item, "days"))


def case_clock(question: Question, tables: Tables) -> Answer:
    """The whole clock contract of the approval rules §3."""
    facts = case_facts(question, tables)
    answer = clock.ask(facts, tables.work, tables.clock)
    found = {name: plain(getattr(answer, name)) for name in clock.ClockAnswer.__slots__}
    return {**found, "explain": [str(line) for line in answer.explain]}


def plain(value: Any) -> Any:
    """JSON's form of a figure."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def lot_figures(item: Question) -> savings.LotFigures:
    def fen(name: str) -> int:
        return whole(item, name, most=MAX_FEN) if item.get(name) is not None else 0

    appraisal = fen("appraisal_fen") if item.get("appraisal_fen") is not None else None
    return savings.LotFigures(
        category=text(item, "category"),
        control_fen=fen("control_fen"),
        award_fen=fen("award_fen"),
        start_fen=fen("start_fen"),
        appraisal_fen=appraisal,
        notice_on=maybe_day(item, "notice_on"),
        failed=flag(item, "failed"),
        voided_on=maybe_day(item, "voided_on"),
    )


def saved(question: Question, tables: Tables) -> Answer:
    """Savings and premiums (SAV rows)."""
    month = question.get("month")
    if month is not None and re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", str(month), re.ASCII) is None:
        raise Bad("bad_value", "month")
    want(question, "lots")
    found = savings.report([lot_figures(item) for item in objects(question, "lots")], month)
    return {
        "purchase": {
            "control_fen": found.purchase.control_fen,
            "award_fen": found.purchase.award_fen,
            "saving_fen": found.purchase.saving_fen,
            "saving_rate": found.purchase.saving_rate,
        },
        "sale": {code: sale_answer(sale) for code, sale in sorted(found.sales.items())},
        "turnover_fen": found.turnover_fen,
        "failed": found.failed,
        "explain": ["SAV-01：节约率 = Σ节约 ÷ Σ控制价。", "SAV-02：溢价率 = Σ溢价 ÷ Σ起始价。"],
    }


def sale_answer(sale: savings.Sale) -> Answer:
    return {
        "start_fen": sale.start_fen,
        "award_fen": sale.award_fen,
        "premium_fen": sale.premium_fen,
        "premium_rate": sale.premium_rate,
        "appraisal_fen": sale.appraisal_fen if sale.is_appraised else None,
        "appraisal_premium_fen": sale.appraisal_premium_fen,
        "appraisal_rate": sale.appraisal_rate,
    }


OPS: Mapping[str, Callable[[Question, Tables], Answer]] = {
    "workday": workday,
    "limit": limit,
    "gap": gap,
    "uscc": uscc,
    "project_code": project_code,
    "capitals": capital_text,
    "clock": case_clock,
    "savings": saved,
}


def answer(op: str, question: Question, tables: Tables) -> Answer:
    """Answers one question; what is wrong with it comes back as `error` and `field`."""
    try:
        return {"ok": True, **OPS[op](question, tables)}
    except Bad as bad:
        return {"ok": False, "error": bad.code, "field": bad.field}
    except limits.NotADateRule:
        return {"ok": False, "error": "not_a_date_rule", "field": "rule"}
    except limits.BadParam as bad:
        code = "missing" if bad.is_missing else "bad_value"
        return {"ok": False, "error": code, "field": bad.name}
    except (ValueError, OverflowError) as wrong:
        field = beyond_calendar(op, question)
        return {"ok": False, "error": "bad_value", "field": field, "explain": [str(wrong)]}


DATES = {
    "workday": ("from_on",),
    "limit": ("event_on", "event_at"),
    "gap": ("event_on", "event_at", "target_on"),
    "clock": ("received_ts", "notice_on", "accepted_on", "as_of", "decided_on"),
}
LAST_YEAR = 9000
"""A date near the end of the Gregorian calendar has no working day after it."""


def beyond_calendar(op: str, question: Question) -> str:
    """Names the field whose date the calendar does not reach, the first date if all seem well."""
    names = [name for name in DATES.get(op, ()) if isinstance(question.get(name), str)]
    for name in names:
        year = str(question[name])[:4]
        if year.isdigit() and not FIRST_YEAR <= int(year) <= LAST_YEAR:
            return name
    return names[0] if names else "date"
