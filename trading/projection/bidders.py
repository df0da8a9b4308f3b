"""A bidder's own side: the workbench's rows, the task list of one registration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bidding.selectors import Standing
from trading.projection.deposits import DepositRow, deposit_row
from trading.projection.lots import Stage, stage_of
from trading.rules.deposits import HELD, DepositState
from trading.rules.lot_states import LotState
from trading.rules.registrations import RegistrationState

if TYPE_CHECKING:
    from trading.models import Award, Lot, Registration

REGISTRATION_STATES = {
    RegistrationState.DEPOSIT_DUE: gettext_noop("待交保证金"),
    RegistrationState.QUALIFIED: gettext_noop("已取得竞买资格"),
    RegistrationState.LAPSED: gettext_noop("逾期失效"),
    RegistrationState.WITHDRAWN: gettext_noop("已撤回"),
}
SELLING = frozenset({LotState.ANNOUNCED, LotState.OPEN})


@dataclass(frozen=True, slots=True)
class Todo:
    """The one thing to do next, by when, and where. Nobody knows by when in a paused room."""

    words: str
    due_at: datetime | None
    href: str


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One line of a bidder's workbench."""

    lot: Lot
    registration: Registration
    deposit: DepositRow
    state_name: str
    stage: Stage
    result: str
    todo: Todo | None


def own_rows(
    items: Iterable[Registration],
    now: datetime,
    today: date,
    standings: Mapping[str, Standing],
) -> list[OwnRow]:
    """What is to be done first, by its deadline; then the rest, newest first. `standings`: how the
    rooms stand that have opened, by code."""
    rows = [own_row(item, now, today, standings.get(item.lot.room_code)) for item in items]
    urgent = [row for row in rows if row.todo is not None]
    urgent.sort(key=lambda row: row.todo.due_at or now if row.todo else now)
    return urgent + [row for row in rows if row.todo is None]


def own_row(
    item: Registration, now: datetime, today: date, standing: Standing | None = None
) -> OwnRow:
    return OwnRow(
        lot=item.lot,
        registration=item,
        deposit=deposit_row(item.deposit, today),
        state_name=str(_(REGISTRATION_STATES[RegistrationState(item.state)])),
        stage=stage_of(item.lot, now, standing),
        result=result_of(item),
        todo=todo_of(item, now, standing),
    )


def todo_of(item: Registration, now: datetime, standing: Standing | None = None) -> Todo | None:
    """The step the bidder must take; the room's own end counts, not the announced one."""
    lot = item.lot
    if item.state == RegistrationState.DEPOSIT_DUE and now < lot.deposit_cutoff_at:
        href = reverse("trading:register", args=[lot.no])
        return Todo(str(_("交纳保证金")), lot.deposit_cutoff_at, href)
    if item.state == RegistrationState.QUALIFIED and lot.state in SELLING:
        href = reverse("bidding:room", args=[lot.room_code])
        if standing is None:
            due_at = lot.ends_at if lot.opens_at <= now else lot.opens_at
            return Todo(str(_("进入竞价室")), due_at, href)
        if not standing.is_over:
            return Todo(str(_("进入竞价室")), standing.ends_at, href)
    return None


def result_of(item: Registration) -> str:
    """Won, not won, or nothing yet; nothing for who did not take part."""
    award: Award | None = getattr(item.lot, "award", None)
    if not item.plate:
        return ""
    if award is not None:
        return str(_("您已竞得")) if award.plate == item.plate else str(_("未竞得"))
    return str(_("流拍")) if item.lot.state == LotState.UNSOLD else ""


@dataclass(frozen=True, slots=True)
class Task:
    """One step of a registration's task list."""

    label: str
    status: str
    kind: str
    hint: str = ""


def tasks_of(lot: Lot, item: Registration | None) -> list[Task]:
    """Registration, deposit, plate, room: what is done, what is next and what is still locked."""
    is_paid = item is not None and item.deposit.state in HELD
    has_paid_once = is_paid or bool(item and item.plate)
    plate = item.plate if item else ""
    deposit = str(_("已到账") if has_paid_once else _("待办") if item else _("尚不能开始"))
    if item and item.deposit.state == DepositState.UNMATCHED:
        deposit = str(_("金额不符"))
    steps = [
        (_("填写报名信息"), _("已完成") if item else _("待办"), bool(item), True),
        (_("交纳保证金"), deposit, has_paid_once, bool(item)),
        (_("取得竞买号牌"), plate or _("尚不能开始"), bool(plate), False),
        (_("参加竞价"), room_words(lot, plate), lot.state not in SELLING, bool(plate)),
    ]
    return [
        Task(str(label), str(status), "done" if is_done else "soon" if is_next else "locked")
        for label, status, is_done, is_next in steps
    ]


def room_words(lot: Lot, plate: str) -> str:
    if lot.state not in SELLING:
        return str(_("已结束"))
    return str(_("可以进入") if plate else _("尚不能开始"))
