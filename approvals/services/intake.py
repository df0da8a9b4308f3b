"""The window (窗口): receiving, telling once what is missing, accepting, refusing. ALL 32."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.selectors import access_organisation
from approvals import events, permissions
from approvals.locks import lock_case, next_index
from approvals.models import Case, ItemVersion
from approvals.rules.case_states import CASE_TABLE, FAILED_STATES, CaseState
from audit.services import record
from kernel.actors import SYSTEM, Actor
from kernel.clock import CHINA, Clock
from kernel.errors import Conflict, Invalid, NotFound
from kernel.machine import step
from kernel.phones import phone_digits
from kernel.workdays import WorkCalendar
from law import selectors as law


@dataclass(frozen=True, slots=True)
class Application:
    """What the applicant brings to the window."""

    item_code: str
    organisation_code: str
    contact: str
    phone: str
    handed_in: Sequence[str]
    project_no: str = ""
    project_name: str = ""


PROJECT_UNITS: list[Callable[[str], int | None]] = []
"""Who answers whose a project is: its number to the unit's key, None if there is none. Filled by
the wiring, for projects live above this app."""


def stream_of(case: Case) -> str:
    return f"case/{case.no}"


def day_end(on: date) -> datetime:
    """The first instant after a Beijing day."""
    return datetime.combine(on + timedelta(days=1), time.min, CHINA)


@transaction.atomic(durable=True)
def receive_case(*, application: Application, actor: Actor, clock: Clock) -> Case:
    """Receives an application (收件); the five-day clock of ALL 32(4) starts."""
    permissions.require(actor, "receive_case")
    item = latest_item(application.item_code)
    organisation = access_organisation(application.organisation_code)
    require_contact(application)
    project_no = application.project_no.strip()
    require_own_project(project_no, organisation.pk)
    now = clock.now()
    effective_on, limit_on = receipt_days(now, law.calendar())
    number = next_index(f"{now.astimezone(CHINA):%Y%m%d}")
    require_single(project_no, organisation.pk, item)
    case = Case.objects.create(
        no=f"SL{now.astimezone(CHINA):%Y%m%d}-{number:04d}",
        item=item,
        project_no=project_no,
        project_name=application.project_name,
        organisation_id=organisation.pk,
        applicant_name=organisation.name,
        applicant_code=organisation.code,
        contact=application.contact.strip(),
        phone=phone_digits(application.phone),
        handed_in=[name for name in item.materials if name in set(application.handed_in)],
        received_at=now,
        effective_received_on=effective_on,
        notice_limit_on=limit_on,
        next_due_at=day_end(limit_on),
    )
    event = events.CaseReceived(
        case.no,
        item.code,
        item.index,
        case.project_no,
        list(case.handed_in),
        effective_on.isoformat(),
        limit_on.isoformat(),
    )
    record(stream=stream_of(case), event=event, actor=actor, at=now)
    return case


def receipt_days(received_at: datetime, work: WorkCalendar) -> tuple[date, date]:
    """The day of receipt and the last day of the one-time notice (R1, R2)."""
    effective_on = law.effective_received_on(received_at, work)
    return effective_on, work.due(effective_on, law.rule_value("ALL-32", on=effective_on))


def latest_item(code: str) -> ItemVersion:
    """Returns the version in force. NotFound if there is no such item."""
    item = ItemVersion.objects.filter(code=code).order_by("-index").first()
    if item is None:
        raise NotFound("item_unknown", _("没有这个事项。"))
    return item


def require_contact(application: Application) -> None:
    """Invalid if nobody could be reached."""
    faults: dict[str, object] = {}
    if not application.contact.strip():
        faults["contact"] = _("请填写联系人。")
    if not phone_digits(application.phone):
        faults["phone"] = _("请填写 7 至 12 位数字的电话号码，例如 0838-2200000。")
    if faults:
        raise Invalid(fields=faults)


def require_own_project(project_no: str, organisation_id: int) -> None:
    """Invalid unless the project exists and is the applicant's own: a grant under a foreign
    number would open, or bar, another unit's gate (LK-1)."""
    if not project_no:
        return
    found = [unit for unit in (ask(project_no) for ask in PROJECT_UNITS) if unit is not None]
    if not found:
        raise Invalid(fields={"project_no": _("没有这个编号的进场项目，请核对项目编号。")})
    if organisation_id not in found:
        text = _("这个项目由其他单位登记：项目审批须由项目单位自己申请，请核对项目编号。")
        raise Invalid(fields={"project_no": text})


def require_single(project_no: str, organisation_id: int, item: ItemVersion) -> None:
    """Invalid if the applicant already has a live or granted case for the project and item: two
    would make the gate ambiguous, and a button pressed twice must not open a second case."""
    standing = Case.objects.filter(
        project_no=project_no, organisation_id=organisation_id, item__code=item.code
    )
    found = standing.exclude(state__in=FAILED_STATES).first() if project_no else None
    if found is not None:
        text = _("这个项目已有同一事项的办件 %(no)s。") % {"no": found.no}
        raise Invalid(fields={"project_no": text})


def require_in_time(case: Case, now: datetime) -> None:
    """Conflict once five working days of silence have accepted the case by law, whether or not
    the timekeeper has come by. ALL 32(4)."""
    is_silent = case.state == CaseState.RECEIVED and case.next_due_at is not None
    if is_silent and case.next_due_at is not None and case.next_due_at <= now:
        text = _("已过一次性告知的期限，自收到之日起视为受理。")
        raise Conflict("deemed_accepted", text)


@transaction.atomic(durable=True)
def notify_correction(*, no: str, actor: Actor, clock: Clock) -> Case:
    """Tells once everything that is missing (一次性告知); the list follows from the materials."""
    permissions.require(actor, "notify_correction")
    case = lock_case(no)
    move = step(CASE_TABLE, CaseState(case.state), "notify_correction")
    now = clock.now()
    require_in_time(case, now)
    missing = [name for name in case.item.materials if name not in case.handed_in]
    if not missing:
        raise Invalid(fields={"handed_in": _("材料齐全，应当受理。")})
    case.state, case.missing = move.next, missing
    case.notified_on, case.next_due_at = now.astimezone(CHINA).date(), None
    case.save(update_fields=["state", "missing", "notified_on", "next_due_at"])
    event = events.CorrectionNotified(case.no, missing)
    record(stream=stream_of(case), event=event, actor=actor, at=now)
    return case


@transaction.atomic(durable=True)
def accept_case(*, no: str, handed_in: Sequence[str], actor: Actor, clock: Clock) -> Case:
    """Accepts a complete application (受理); both clocks start. ALL 32(5)."""
    permissions.require(actor, "accept_case")
    case = lock_case(no)
    step(CASE_TABLE, CaseState(case.state), "accept")
    now = clock.now()
    require_in_time(case, now)
    have = set(case.handed_in) | set(handed_in)
    lacking = [name for name in case.item.materials if name not in have]
    if lacking:
        text = _("还缺：%(names)s。请收齐后受理，或一次性告知补正。")
        raise Invalid(fields={"handed_in": text % {"names": "、".join(lacking)}})
    case.handed_in = list(case.item.materials)
    case.missing = []
    start_clocks(case, accepted_on=now.astimezone(CHINA).date(), is_deemed=False)
    save_acceptance(case, actor, now)
    return case


def start_clocks(case: Case, *, accepted_on: date, is_deemed: bool) -> None:
    """Sets both due dates from the acceptance day (approvals rules R3)."""
    case.state, case.accepted_on, case.is_deemed = CaseState.ACCEPTED, accepted_on, is_deemed
    case.next_due_at = None
    set_dues(case, accepted_on, law.calendar())


def set_dues(case: Case, accepted_on: date, work: WorkCalendar) -> None:
    """Derives both due days from what is stored and the calendar in force."""
    case.due_com_on = work.due(accepted_on, case.item.committed_wd)
    case.due_stat_on = work.due(accepted_on, case.item.statutory_wd)
    case.is_provisional = work.is_provisional(case.due_stat_on)


def save_acceptance(case: Case, actor: Actor, at: datetime) -> None:
    case.save(
        update_fields=[
            "state",
            "handed_in",
            "missing",
            "accepted_on",
            "due_com_on",
            "due_stat_on",
            "is_provisional",
            "is_deemed",
            "next_due_at",
        ]
    )
    event = events.CaseAccepted(
        case.no,
        str(case.accepted_on),
        str(case.due_com_on),
        str(case.due_stat_on),
        case.is_deemed,
    )
    record(stream=stream_of(case), event=event, actor=actor, at=at)


@transaction.atomic(durable=True)
def deem_accepted(*, no: str, clock: Clock) -> bool:
    """After five working days of silence the case counts as accepted from the day of receipt.

    False if somebody already acted. ALL 32(4)."""
    case = lock_case(no)
    now = clock.now()
    if case.state != CaseState.RECEIVED or case.next_due_at is None or case.next_due_at > now:
        return False
    step(CASE_TABLE, CaseState(case.state), "deem")
    start_clocks(case, accepted_on=case.effective_received_on, is_deemed=True)
    save_acceptance(case, SYSTEM, now)
    return True


@transaction.atomic(durable=True)
def refuse_case(*, no: str, reason: str, right_organ: str, actor: Actor, clock: Clock) -> Case:
    """Refuses what is outside competence and names the right organ (不予受理). ALL 32(2)."""
    permissions.require(actor, "refuse_case")
    case = lock_case(no)
    move = step(CASE_TABLE, CaseState(case.state), "refuse")
    now = clock.now()
    require_in_time(case, now)
    faults: dict[str, object] = {}
    if not reason.strip():
        faults["reason"] = _("请写明不予受理的理由。")
    if not right_organ.strip():
        faults["right_organ"] = _("请写明应当向哪个机关申请。")
    if faults:
        raise Invalid(fields=faults)
    case.state, case.reason, case.next_due_at = move.next, reason.strip(), None
    case.save(update_fields=["state", "reason", "next_due_at"])
    event = events.CaseRefused(case.no, case.reason, right_organ.strip())
    record(stream=stream_of(case), event=event, actor=actor, at=now)
    return case


@transaction.atomic(durable=True)
def withdraw_case(*, no: str, reason: str, actor: Actor, clock: Clock) -> Case:
    """Withdraws the case at the applicant's wish, logged by the window (撤回)."""
    permissions.require(actor, "withdraw_case")
    if not reason.strip():
        raise Invalid(fields={"reason": _("请写明申请人撤回的理由。")})
    case = lock_case(no)
    move = step(CASE_TABLE, CaseState(case.state), "withdraw")
    now = clock.now()
    case.state, case.reason, case.next_due_at = move.next, reason.strip()[:500], None
    case.save(update_fields=["state", "reason", "next_due_at"])
    event = events.CaseWithdrawn(case.no, case.reason)
    record(stream=stream_of(case), event=event, actor=actor, at=now)
    return case
