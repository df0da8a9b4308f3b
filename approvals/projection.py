"""What each audience sees of a case: steps, clocks with their arithmetic, never a private name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.projection import role_name
from approvals.rules.case_states import OPEN_STATES, CaseState
from audit.selectors import EntryView, entries_after
from kernel.actors import Role
from kernel.workdays import WorkCalendar
from law import selectors as law
from law.data import setting
from law.rules.clock import CaseFacts
from law.rules.words import Words

if TYPE_CHECKING:
    from approvals.models import Case

STATE_NAMES = {
    CaseState.RECEIVED: gettext_noop("已收件"),
    CaseState.REFUSED: gettext_noop("不予受理"),
    CaseState.CORRECTION: gettext_noop("待补正"),
    CaseState.ACCEPTED: gettext_noop("已受理"),
    CaseState.REVIEW: gettext_noop("审查中"),
    CaseState.PROPOSED: gettext_noop("拟决定"),
    CaseState.GRANTED: gettext_noop("准予许可"),
    CaseState.DENIED: gettext_noop("不予许可"),
    CaseState.WITHDRAWN: gettext_noop("已撤回"),
}
NEXT: Mapping[CaseState, tuple[Role | None, str]] = {
    CaseState.RECEIVED: (
        Role.WINDOW_CLERK,
        gettext_noop("核对材料：齐全的受理，不齐的一次性告知补正，不属于本机关的不予受理。"),
    ),
    CaseState.CORRECTION: (
        Role.WINDOW_CLERK,
        gettext_noop("等申请人补齐所缺材料后受理；告知补正只有一次。"),
    ),
    CaseState.ACCEPTED: (Role.DEPARTMENT_REVIEWER, gettext_noop("开始审查。")),
    CaseState.REVIEW: (Role.DEPARTMENT_REVIEWER, gettext_noop("写明审查意见，提出拟办意见。")),
    CaseState.PROPOSED: (
        Role.SECTION_CHIEF,
        gettext_noop("作出准予或不予的决定，或者退回重新审查；提出拟办意见的人不能决定。"),
    ),
    CaseState.GRANTED: (None, gettext_noop("已办结。决定书可以下载、核验。")),
    CaseState.DENIED: (
        None,
        gettext_noop("已办结。申请人可以按所告知的途径寻求救济，或者重新申请。"),
    ),
    CaseState.REFUSED: (None, gettext_noop("已办结。申请人应当向所告知的机关申请。")),
    CaseState.WITHDRAWN: (None, gettext_noop("已办结。申请人可以重新申请。")),
}
"""Whose turn it is in each state, and what there is to do."""
EVENT_NAMES = {
    "approvals.case_received": gettext_noop("窗口收件"),
    "approvals.correction_notified": gettext_noop("已一次性告知补正"),
    "approvals.case_accepted": gettext_noop("予以受理"),
    "approvals.case_refused": gettext_noop("决定不予受理"),
    "approvals.review_started": gettext_noop("进入审查"),
    "approvals.decision_proposed": gettext_noop("已提出拟办意见"),
    "approvals.proposal_returned": gettext_noop("退回重新审查"),
    "approvals.case_decided": gettext_noop("已作出决定"),
    "approvals.case_withdrawn": gettext_noop("申请人撤回"),
    "approvals.due_moved": gettext_noop("日历变更，期限重算"),
}
TOLD = frozenset({"approvals.case_refused", "approvals.case_withdrawn"})
"""Events whose reason is addressed to the applicant; so is that of a denial."""
HISTORY = 200
RAIL = (CaseState.RECEIVED, CaseState.ACCEPTED, CaseState.REVIEW, CaseState.PROPOSED)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a case's history."""

    title: str
    at: datetime
    text: str
    state: str = "done"


@dataclass(frozen=True, slots=True)
class Clock:
    """The promised and the statutory day, what is left, the light and how it was counted."""

    due_com_on: date | None = None
    due_stat_on: date | None = None
    used_wd: int | None = None
    remaining_wd: int | None = None
    light: str = ""
    light_stat: str = ""
    is_com_provisional: bool = False
    is_stat_provisional: bool = False
    explain: Sequence[str] = ()


def state_name(case: Case) -> str:
    return str(_(STATE_NAMES[CaseState(case.state)]))


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is, in the reader's language ("" when the case has ended), and for what."""

    who: str
    what: str


def turn_of(case: Case) -> Turn:
    role, words = NEXT[CaseState(case.state)]
    return Turn(role_name(role) if role else "", str(_(words)))


def masked(name: str) -> str:
    """A contact's name for people outside: the surname and stars."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else ""


def clock_of(case: Case, today: date, work: WorkCalendar) -> Clock:
    """The case's clocks as of a day, by a calendar read once for the page."""
    state = CaseState(case.state)
    answer = law.case_clock(facts_of(case, today), work)
    words = [said(line) for line in answer.explain]
    if case.accepted_on is None or case.due_com_on is None or case.due_stat_on is None:
        return Clock(explain=words if state == CaseState.RECEIVED else ())
    is_shown = state in OPEN_STATES or case.decided_on is not None
    return Clock(
        due_com_on=case.due_com_on,
        due_stat_on=case.due_stat_on,
        used_wd=answer.used_com,
        remaining_wd=work.count(today, case.due_com_on) if state in OPEN_STATES else None,
        light=(answer.light_com or "") if is_shown else "",
        light_stat=(answer.light_stat or "") if is_shown else "",
        is_com_provisional=work.is_provisional(case.due_com_on),
        is_stat_provisional=work.is_provisional(case.due_stat_on),
        explain=words,
    )


def facts_of(case: Case, today: date) -> CaseFacts:
    """What the case's clocks depend on."""
    return CaseFacts(
        statutory_wd=case.item.statutory_wd,
        committed_wd=case.item.committed_wd,
        as_of=today,
        received_at=case.received_at,
        notice_on=case.notified_on,
        accepted_on=case.accepted_on,
        decided_on=case.decided_on,
        profile=setting("light_profile"),
    )


def said(line: Words) -> str:
    """A sentence of the arithmetic in the reader's language."""
    heads = [_(part) % line.params for part in line.parts]
    return reduce(lambda head, tail: _("%(head)s，%(tail)s") % {"head": head, "tail": tail}, heads)


def history_of(case: Case, *, is_inside: bool) -> list[Step]:
    """What happened to the case, oldest first, from the ledger itself. What the department tells
    itself on the way to a decision stays inside."""
    return [
        Step(str(_(EVENT_NAMES[entry.kind])), entry.at, note_of(entry, is_inside=is_inside))
        for entry in entries_after(f"case/{case.no}", 0, HISTORY)
        if entry.kind in EVENT_NAMES
    ]


def note_of(entry: EntryView, *, is_inside: bool) -> str:
    """The part of an event that this reader may see."""
    body: Any = entry.body
    if body.get("missing"):
        return "、".join(body["missing"])
    if entry.kind == "approvals.due_moved":
        return "；".join(f"{body['old'][name]} → {day}" for name, day in body["new"].items())
    if body.get("is_deemed"):
        return str(_("期限内未告知补正，视为受理。"))
    is_told = entry.kind in TOLD or body.get("decision") == "deny"
    return str(body.get("reason") or "") if is_inside or is_told else ""


@dataclass(frozen=True, slots=True)
class RailStep:
    label: str
    state: str


def rail_of(case: Case) -> list[RailStep]:
    """Where the case stands between receipt and decision."""
    state = CaseState(case.state)
    order = {CaseState.CORRECTION: CaseState.RECEIVED}
    here = order.get(state, state)
    place = RAIL.index(here) if here in RAIL else len(RAIL)
    steps = [
        RailStep(str(_(STATE_NAMES[item])), step_state(index, place))
        for index, item in enumerate(RAIL)
    ]
    ended = place == len(RAIL)
    label = state_name(case) if ended else str(_("决定"))
    return [*steps, RailStep(label, LAST_STEP.get(state, "todo"))]


LAST_STEP = {
    CaseState.GRANTED: "done",
    CaseState.DENIED: "stopped",
    CaseState.REFUSED: "stopped",
    CaseState.WITHDRAWN: "stopped",
}


def step_state(index: int, place: int) -> str:
    if index == place:
        return "current"
    return "done" if index < place else "todo"
