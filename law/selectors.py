"""What the law says here and now: the calendar, the rule rows, the named settings."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from kernel.actors import Actor
from kernel.clock import CHINA
from kernel.errors import NotFound
from kernel.workdays import WorkCalendar
from law import permissions
from law.data import fixed_holidays, shipped, shipped_lists
from law.models import CalendarProposal
from law.rules import clock, limits
from law.rules.calendars import Paper, merged
from law.rules.proposal_states import ProposalState
from law.rules.rows import Rule, calendar_of, find_rule

# ── the calendar in force ─────────────────────────────────────────────────────────────────────


def approved() -> QuerySet[CalendarProposal]:
    """The changes that two people have put in force, oldest first."""
    rows = CalendarProposal.objects.filter(state=ProposalState.APPROVED)
    return rows.order_by("decided_at", "pk")


def calendar() -> WorkCalendar:
    """The State Council's calendar: the shipped lists and those taken over since. One query;
    every process sees a change with its next transaction."""
    return calendar_with(tuple(approved().values_list("digest", flat=True)))


def is_provisional(on: date) -> bool:
    """Whether the day lies in a year whose list is not published. Asks the database only about
    a year that was not shipped; those taken over since add years and never take one away."""
    return shipped().work.is_provisional(on) and calendar().is_provisional(on)


@lru_cache(maxsize=4)
def calendar_with(digests: tuple[str, ...]) -> WorkCalendar:
    """The calendar after these changes; a fingerprint stands for the same lists for ever."""
    return calendar_of(lists_in_force().values(), fixed_holidays()) if digests else shipped().work


def lists_in_force() -> dict[int, Paper]:
    """The holiday lists in force by year."""
    taken = [paper for proposal in approved() for paper in proposal.lists]
    return merged(shipped_lists().values(), taken)


def find_open_proposal() -> CalendarProposal | None:
    return CalendarProposal.objects.filter(state=ProposalState.PROPOSED).first()


def list_proposals(actor: Actor) -> Sequence[CalendarProposal]:
    """The last changes of the calendar, newest first, whatever became of them."""
    permissions.require(actor, "see_calendars")
    return list(CalendarProposal.objects.order_by("-pk")[:20])


# ── rules and dates ───────────────────────────────────────────────────────────────────────────


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
    "joint_value",
    "bands",
    "variants",
    "allowed",
)
LATER: Mapping[str, Any] = {"joint_value": None, "bands": None, "variants": (), "allowed": {}}
"""What rows frozen by an earlier version lack: they depend on nothing of it."""


def frozen_rule(rule_id: str, on: date) -> dict[str, Any]:
    """A row as it is frozen into a lot: everything needed to explain a date later."""
    found = rule(rule_id, on=on)
    return {name: getattr(found, name) for name in FROZEN}


def frozen_limit_on(
    rule_id: str,
    row: Mapping[str, Any],
    event_on: date,
    params: Mapping[str, Any] | None = None,
) -> date:
    """The lawful day by a row as it was frozen, whatever the data file says today; `params` are
    what its bands and variants depend on."""
    values = {**LATER, **{name: row[name] for name in FROZEN if name in row or name not in LATER}}
    kept = Rule(id=rule_id, category="", effective_from=event_on, effective_to=None, **values)
    return limits.limit(kept, event_on, calendar(), params).on


def check_gap(rule_id: str, event_on: date, target_on: date, *, in_force_on: date) -> limits.Gap:
    """Whether two days keep the row in force on a day."""
    return limits.gap(rule(rule_id, on=in_force_on), event_on, target_on, calendar())


def limit_on(rule_id: str, event_on: date) -> date:
    """The lawful day of a rule counted from an event."""
    return limits.limit(rule(rule_id, on=event_on), event_on, calendar()).on


def rule_value(rule_id: str, *, on: date) -> int:
    """A row's plain number."""
    return limits.value_of(rule(rule_id, on=on), {})


def effective_received_on(received_at: datetime, work: WorkCalendar) -> date:
    """The day on which an application counts as received (approvals rules R1)."""
    return clock.effective_on(received_at, work, shipped().clock.closing)


def closing_time() -> time:
    """When the windows close; what comes later counts as received on the next working day."""
    return shipped().clock.closing


def case_clock(facts: clock.CaseFacts, work: WorkCalendar) -> clock.ClockAnswer:
    """Both clocks of a case with their lights and arithmetic."""
    return clock.ask(facts, work, shipped().clock)


def china_date(at: datetime) -> date:
    """The Beijing date of an instant."""
    return at.astimezone(CHINA).date()


def parse_date(text: str) -> date:
    return date.fromisoformat(text)
