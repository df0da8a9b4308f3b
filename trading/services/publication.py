"""Publishing a lot: every gate is asked again at that very instant, then all is frozen at once."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from approvals.selectors import find_contrary_case, project_approval
from audit.services import record
from bidding.services import rooms as bidding
from kernel.actors import Actor
from kernel.clock import Clock, iso_ms, parse_instant
from kernel.errors import Conflict
from kernel.machine import step
from law import selectors as law
from notices import services as notices
from notices.selectors import is_approved
from trading import events, permissions
from trading.locks import lock_lot, lock_project_of
from trading.models import Lot
from trading.rules.gates import Blocked, LotDates, order_faults
from trading.rules.lot_states import LotState
from trading.rules.procedures import PROCEDURES
from trading.services.releases import release

PUBLISHED_COLUMNS = (
    "state",
    "published_at",
    "publish_due_at",
    "blocked",
    "law",
    "facts",
    "room_code",
    "preset_version",
    "terms",
)
FACTS = (
    "area",
    "sign_limit",
    "sign_place",
    "location",
    "land_use",
    "term",
    "purchaser",
    "contract_period",
)
"""What the deal confirmation and the result notice take from the notice."""


def dates_of(lot: Lot, notice_at: datetime) -> LotDates:
    return LotDates(notice_at, lot.opens_at, lot.ends_at, lot.deposit_cutoff_at)


def check_gates(lot: Lot, notice_at: datetime) -> list[Blocked]:
    """Everything that forbids publishing the lot at that instant; empty when nothing does."""
    return [*approval_gate(lot), *period_gates(lot, notice_at)]


def approval_gate(lot: Lot) -> Iterator[Blocked]:
    """LK-1: the approval is granted to the project's unit, or an exemption document is on file
    and no case of the unit speaks against it."""
    project = lot.project
    params = {"project_no": project.no}
    if project_approval(project.no, organisation_id=project.unit_id) is not None:
        return
    if not project.is_exempt:
        yield Blocked("LK-1", "LK-1", params)
        return
    contrary = find_contrary_case(project.no, organisation_id=project.unit_id)
    if contrary is not None:
        yield Blocked("LK-1-contrary", "LK-1", {**params, "case_no": contrary})


def period_gates(lot: Lot, notice_at: datetime) -> Iterator[Blocked]:
    """The statutory periods between notice, opening and end, by the rule rows in force on the
    day of publication: the same that are frozen into the lot."""
    dates = dates_of(lot, notice_at)
    yield from order_faults(dates)
    for period in PROCEDURES[lot.procedure].periods:
        start_on, end_on = dates.on(period.start), dates.on(period.end)
        gap = law.check_gap(period.rule, start_on, end_on, in_force_on=dates.on("notice"))
        if not gap.allowed:
            params = {
                "in_force_on": dates.on("notice").isoformat(),
                "start_on": start_on.isoformat(),
                "end_on": end_on.isoformat(),
                "earliest_on": gap.earliest_on.isoformat() if gap.earliest_on else "",
                "period": f"{period.start}-{period.end}",
            }
            yield Blocked("period", period.rule, params)


@transaction.atomic(durable=True)
def schedule_publication(*, lot_no: str, notice_no: str, publish_at: str, actor: Actor) -> Lot:
    """Hears that the lot's notice is approved and notes when it is to be published."""
    lot = lock_lot(lot_no)
    if lot.state != LotState.DRAFT or lot.notice_no != notice_no:
        return lot
    lot.publish_due_at = parse_instant(publish_at)
    lot.blocked = []
    lot.save(update_fields=["publish_due_at", "blocked"])
    return lot


@transaction.atomic(durable=True)
def publish_lot(*, lot_no: str, actor: Actor, clock: Clock) -> Lot:
    """Publishes notice and room together, or records why not and changes nothing else.

    The lot comes back still in draft, with `blocked` filled, when a gate is shut."""
    permissions.require(actor, "publish_lot")
    lock_project_of(lot_no)
    lot = lock_lot(lot_no)
    move = step(PROCEDURES[lot.procedure].table, LotState(lot.state), "publish")
    now = clock.now()
    if lot.publish_due_at is None or lot.publish_due_at > now:
        raise Conflict("not_yet", _("公告尚未通过复核，或未到发布时间。"))
    if not is_approved(lot.notice_no):
        return unschedule(lot)
    blocked = check_gates(lot, now)
    if blocked:
        return block(lot, blocked, actor, now)
    version = notices.publish_notice(no=lot.notice_no, actor=actor, clock=clock)
    freeze(lot, version.fields, now, actor, clock)
    lot.state, lot.published_at, lot.publish_due_at, lot.blocked = move.next, now, None, []
    lot.save(update_fields=PUBLISHED_COLUMNS)
    release(lot, "tender", clock)
    event = events.LotPublished(
        lot.no,
        lot.notice_no,
        lot.room_code,
        lot.preset,
        lot.preset_version,
        lot.terms,
        lot.law,
    )
    record(stream=f"lot/{lot.no}", event=event, actor=actor, at=now)
    return lot


def unschedule(lot: Lot) -> Lot:
    """The reviewer took the approval back: nothing is due until the next one."""
    lot.publish_due_at = None
    lot.save(update_fields=["publish_due_at"])
    return lot


def block(lot: Lot, blocked: list[Blocked], actor: Actor, now: datetime) -> Lot:
    """Keeps the reasons on the draft and in the record; the schedule is void."""
    lot.blocked = [
        {"code": item.code, "rule": item.rule, "params": dict(item.params or {})}
        for item in blocked
    ]
    lot.publish_due_at = None
    lot.save(update_fields=["blocked", "publish_due_at"])
    event = events.PublicationBlocked(lot.no, [item.rule or item.code for item in blocked])
    record(stream=f"lot/{lot.no}", event=event, actor=actor, at=now)
    return lot


def freeze(
    lot: Lot, wording: Mapping[str, object], now: datetime, actor: Actor, clock: Clock
) -> None:
    """Freezes the preset, the terms, the rule rows in force and what the published wording says
    of the object and its contract (AUC-14), and makes the room."""
    procedure = PROCEDURES[lot.procedure]
    on = law.china_date(now)
    lot.law = {rule: law.frozen_rule(rule, on) for rule in procedure.rules()}
    lot.facts = {name: str(wording[name]) for name in FACTS if wording.get(name)}
    room = bidding.create_room(
        title=lot.title,
        preset=lot.preset,
        version=lot.preset_version,
        terms=lot.terms,
        unit=lot.unit,
        origin_no=lot.no,
        actor=actor,
        clock=clock,
    )
    lot.room_code, lot.preset_version, lot.terms = room.code, room.preset_version, room.terms


@transaction.atomic(durable=True)
def try_again(*, lot_no: str, actor: Actor, clock: Clock) -> Lot:
    """A clerk asks for publication once more after mending what blocked it."""
    permissions.require(actor, "publish_lot")
    lot = lock_lot(lot_no)
    step(PROCEDURES[lot.procedure].table, LotState(lot.state), "publish")
    if not lot.blocked:
        raise Conflict("not_blocked", _("没有需要重新发布的公告。"))
    if not is_approved(lot.notice_no):
        raise Conflict("not_approved", _("公告已退回或尚未通过复核，请先重新提交复核。"))
    lot.publish_due_at = clock.now()
    lot.save(update_fields=["publish_due_at"])
    event = events.PublicationScheduled(lot.no, lot.notice_no, iso_ms(lot.publish_due_at))
    record(stream=f"lot/{lot.no}", event=event, actor=actor, at=clock.now())
    return lot
