"""The clock of an approval case (approvals rules §3–§6): dues, time not counted, lights.

ALL 42, 44, 45, 82. Every number comes with the rows and settings that are passed in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from kernel.clock import CHINA
from kernel.workdays import WorkCalendar, days_between
from law.rules import words


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """The named settings and rule numbers in force."""

    closing: time
    listed: frozenset[str]
    notice_wd: int
    extension_wd: int
    joint_extension_wd: int
    profiles: Mapping[str, Mapping[str, str | int]]
    is_capped: bool = True


@dataclass(frozen=True, slots=True)
class Suspension:
    """A special procedure (特别程序): `planned_wd` is what the applicant was told."""

    kind: str
    start: date
    end: date | None
    planned_wd: int


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension (延期) approved on a day."""

    approved_on: date
    days: int


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Everything a case's clocks depend on."""

    statutory_wd: int
    committed_wd: int
    as_of: date
    received_at: datetime | None = None
    notice_on: date | None = None
    accepted_on: date | None = None
    local_types: frozenset[str] = frozenset()
    suspensions: tuple[Suspension, ...] = ()
    extension: Extension | None = None
    decided_on: date | None = None
    is_joint: bool = False
    profile: str = "A"


@dataclass(frozen=True, slots=True)
class Span:
    """Excluded time of one clock: days in (start, end]. The light pauses up to `paused_to`."""

    start: date
    end: date
    paused_to: date
    is_open: bool


@dataclass(frozen=True, slots=True)
class OneClock:
    """One of the two clocks as it stands."""

    budget: int
    due_on: date
    extra: int = 0
    spans: tuple[Span, ...] = ()

    def excluded(self, work: WorkCalendar) -> set[date]:
        """The working days not counted; overlaps are united, never added."""
        return {
            on
            for span in self.spans
            for on in days_between(span.start, span.end)
            if work.is_workday(on)
        }


@dataclass(frozen=True, slots=True)
class ClockAnswer:
    """None where a figure does not apply; `errors` in the contract's order."""

    effective_received: date | None = None
    notice_limit: date | None = None
    accepted_on: date | None = None
    deemed: bool = False
    excl_com: int | None = None
    excl_stat: int | None = None
    due_com: date | None = None
    due_stat: date | None = None
    used_com: int | None = None
    used_stat: int | None = None
    saved: int | None = None
    on_time_com: bool | None = None
    on_time_stat: bool | None = None
    light_com: str | None = None
    light_stat: str | None = None
    provisional: bool = False
    errors: tuple[str, ...] = ()
    explain: tuple[words.Words, ...] = ()


ERROR_ORDER = ("SUSP_TYPE_NOT_LISTED", "SUSP_AFTER_DUE", "EXT_TOO_LONG", "EXT_LATE")


def effective_on(received_at: datetime, work: WorkCalendar, closing: time) -> date:
    """The day on which an application counts as received (R1)."""
    local = received_at.astimezone(CHINA)
    on = local.date()
    if work.is_workday(on) and local.time().replace(tzinfo=None) <= closing:
        return on
    return work.next_workday(on)


def ask(facts: CaseFacts, work: WorkCalendar, settings: ClockSettings) -> ClockAnswer:
    """Answers the whole contract of approvals rules §3."""
    answer = intake(facts, work, settings)
    if answer.accepted_on is None:
        return answer
    accepted = answer.accepted_on
    com = OneClock(facts.committed_wd, work.due(accepted, facts.committed_wd))
    stat = OneClock(facts.statutory_wd, work.due(accepted, facts.statutory_wd))
    com, stat, errors = run(facts, accepted, work, settings, com, stat)
    return complete(facts, answer, work, settings, (com, stat), errors)


def intake(facts: CaseFacts, work: WorkCalendar, settings: ClockSettings) -> ClockAnswer:
    """Receipt, the five-day limit and whether silence made an acceptance (ALL 32(4))."""
    if facts.received_at is None:
        silent = () if facts.accepted_on else (words.Words(words.NOT_ACCEPTED),)
        return ClockAnswer(accepted_on=facts.accepted_on, explain=silent)
    effective = effective_on(facts.received_at, work, settings.closing)
    limit_on = work.due(effective, settings.notice_wd)
    told = [on for on in (facts.notice_on, facts.accepted_on) if on is not None]
    deemed = facts.as_of > limit_on and not any(on <= limit_on for on in told)
    accepted = effective if deemed else facts.accepted_on
    return ClockAnswer(
        effective_received=effective,
        notice_limit=limit_on,
        accepted_on=accepted,
        deemed=deemed,
        provisional=accepted is None and work.is_provisional(limit_on),
        explain=words.intake(
            words.Receipt(facts.received_at, effective, limit_on, settings.closing, deemed),
            is_accepted=accepted is not None,
        ),
    )


def run(
    facts: CaseFacts,
    accepted: date,
    work: WorkCalendar,
    settings: ClockSettings,
    com: OneClock,
    stat: OneClock,
) -> tuple[OneClock, OneClock, set[str]]:
    """Takes spans and the extension in order of date, the extension first on a tie."""
    errors: set[str] = set()
    events: list[tuple[date, int, Suspension | Extension]] = [
        (item.start, 1, item) for item in facts.suspensions
    ]
    if facts.extension is not None:
        events.append((facts.extension.approved_on, 0, facts.extension))
    for _on, _rank, event in sorted(events, key=lambda item: (item[0], item[1])):
        if isinstance(event, Extension):
            com, stat = extend(facts, event, work, settings, (com, stat), errors)
            continue
        is_listed = event.kind in settings.listed
        is_local = event.kind in facts.local_types
        if not is_listed and not is_local:
            errors.add("SUSP_TYPE_NOT_LISTED")
            continue
        com = suspend(com, event, accepted, work, settings, errors)
        if is_listed:
            stat = suspend(stat, event, accepted, work, settings, errors)
    return com, stat, errors


def suspend(
    clock: OneClock,
    event: Suspension,
    accepted: date,
    work: WorkCalendar,
    settings: ClockSettings,
    errors: set[str],
) -> OneClock:
    """Stops one clock for a span; a span after the due day stops nothing (R11)."""
    if event.start < accepted or event.start > clock.due_on:
        errors.add("SUSP_AFTER_DUE")
        return clock
    span = span_of(event, work.due(event.start, event.planned_wd), settings)
    return due_again(replace(clock, spans=(*clock.spans, span)), accepted, work)


def span_of(event: Suspension, cap: date, settings: ClockSettings) -> Span:
    """The time that counts: to its end, at most to the cap day, which is paused itself."""
    if event.end is None:
        return Span(event.start, cap, cap, is_open=True)
    if settings.is_capped and event.end > cap:
        return Span(event.start, cap, cap, is_open=False)
    return Span(event.start, event.end, event.end - timedelta(days=1), is_open=False)


def due_again(clock: OneClock, accepted: date, work: WorkCalendar) -> OneClock:
    """The due day recomputed from its inputs: budget, extra and excluded days (R3, R7)."""
    count = clock.budget + clock.extra + len(clock.excluded(work))
    return replace(clock, due_on=work.due(accepted, count))


def extend(
    facts: CaseFacts,
    event: Extension,
    work: WorkCalendar,
    settings: ClockSettings,
    clocks: tuple[OneClock, OneClock],
    errors: set[str],
) -> tuple[OneClock, OneClock]:
    """Moves the statutory day, and the promised one only when promise and law were one."""
    com, stat = clocks
    most = settings.joint_extension_wd if facts.is_joint else settings.extension_wd
    is_too_long, is_late = event.days > most, event.approved_on > stat.due_on
    if is_too_long:
        errors.add("EXT_TOO_LONG")
    if is_late:
        errors.add("EXT_LATE")
    if is_too_long or is_late:
        return com, stat
    moved = replace(stat, extra=event.days, due_on=work.due(stat.due_on, event.days))
    if facts.committed_wd == facts.statutory_wd:
        com = replace(com, extra=event.days, due_on=work.due(com.due_on, event.days))
    return com, moved


def light(
    facts: CaseFacts, clock: OneClock, used: int, work: WorkCalendar, settings: ClockSettings
) -> str:
    """The light of one clock on `as_of`, in the order of approvals rules §6."""
    if facts.decided_on is not None and facts.decided_on <= facts.as_of:
        return "DONE_ON_TIME" if facts.decided_on <= clock.due_on else "DONE_LATE"
    on = facts.as_of
    for span in clock.spans:
        if span.start <= on <= span.paused_to:
            return "PAUSED"
    if on > clock.due_on:
        return "RED"
    return "YELLOW" if is_yellow(facts, clock, used, work, settings) else "GREEN"


def is_yellow(
    facts: CaseFacts, clock: OneClock, used: int, work: WorkCalendar, settings: ClockSettings
) -> bool:
    """The profile's threshold; in A and C at most N−1, so no case is born yellow."""
    total = clock.budget + clock.extra
    if total == 0:
        return False
    profile = settings.profiles[facts.profile]
    if "used" in profile:
        share = str(profile["used"]).partition(".")[2]
        scale: int = 10 ** len(share)
        return used * scale >= int(share) * total
    remaining = work.count(facts.as_of, clock.due_on)
    return remaining <= min(int(profile["remaining"]), total - 1)


def complete(
    facts: CaseFacts,
    answer: ClockAnswer,
    work: WorkCalendar,
    settings: ClockSettings,
    clocks: tuple[OneClock, OneClock],
    errors: set[str],
) -> ClockAnswer:
    """Puts the figures together."""
    com, stat = clocks
    accepted = answer.accepted_on or facts.as_of
    is_decided = facts.decided_on is not None and facts.decided_on <= facts.as_of
    until = facts.decided_on if is_decided and facts.decided_on else facts.as_of
    used_com, used_stat = used(com, accepted, until, work), used(stat, accepted, until, work)
    order = {code: index for index, code in enumerate(ERROR_ORDER)}
    return replace(
        answer,
        excl_com=len(com.excluded(work)),
        excl_stat=len(stat.excluded(work)),
        due_com=com.due_on,
        due_stat=stat.due_on,
        used_com=used_com,
        used_stat=used_stat,
        saved=facts.committed_wd - used_com if is_decided else None,
        on_time_com=until <= com.due_on if is_decided else None,
        on_time_stat=until <= stat.due_on if is_decided else None,
        light_com=light(facts, com, used_com, work, settings),
        light_stat=light(facts, stat, used_stat, work, settings),
        provisional=is_provisional(facts, work, com, stat),
        errors=tuple(sorted(errors, key=lambda code: order.get(code, len(order)))),
        explain=(*answer.explain, *explain(accepted, work, com, stat)),
    )


def used(clock: OneClock, accepted: date, until: date, work: WorkCalendar) -> int:
    """Working days spent up to and including a day (R4)."""
    excluded = sum(on <= until for on in clock.excluded(work))
    return work.count(accepted, until) - excluded


def is_provisional(facts: CaseFacts, work: WorkCalendar, com: OneClock, stat: OneClock) -> bool:
    """A year without its list, or a counted span still open before its cap day (R8)."""
    if work.is_provisional(com.due_on, stat.due_on):
        return True
    spans = (*com.spans, *stat.spans)
    return any(span.is_open and facts.as_of < span.end for span in spans)


def explain(
    accepted: date, work: WorkCalendar, com: OneClock, stat: OneClock
) -> tuple[words.Words, ...]:
    """The arithmetic of both clocks in words."""
    lines = [words.Words(words.ACCEPTED, {"on": accepted})]
    for head, clock in ((words.PROMISE, com), (words.STATUTE, stat)):
        excluded = len(clock.excluded(work))
        lines.append(words.counted(head, clock.budget, clock.extra, excluded, clock.due_on))
    return (*lines, *words.rest_days(accepted, com.due_on, work))
