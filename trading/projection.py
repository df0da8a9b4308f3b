"""What each audience sees of a sale: words for states, reasons with their rule, money in forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.selectors import get_organisation
from kernel.actors import Actor, Role
from kernel.money import capitals_bare, format_wan, format_yuan
from law import selectors as law
from trading.models import Award, Deposit, Lot, Registration
from trading.rules.bank_file import RowFault
from trading.rules.deposits import DepositState
from trading.rules.gates import Blocked
from trading.rules.lot_states import LotState
from trading.rules.procedures import PROCEDURES
from trading.rules.registrations import RegistrationState
from trading.services.deposits import ImportReport

LOT_STATES = {
    LotState.DRAFT: gettext_noop("草稿"),
    LotState.ANNOUNCED: gettext_noop("报名中"),
    LotState.OPEN: gettext_noop("竞价中"),
    LotState.WON: gettext_noop("已成交"),
    LotState.CONFIRMED: gettext_noop("已成交"),
    LotState.UNSOLD: gettext_noop("流拍"),
    LotState.TERMINATED: gettext_noop("已终止"),
}
LOT_CHIPS = {
    LotState.DRAFT: "draft",
    LotState.ANNOUNCED: "info",
    LotState.OPEN: "live",
    LotState.WON: "done",
    LotState.CONFIRMED: "done",
    LotState.UNSOLD: "none",
    LotState.TERMINATED: "stopped",
}
DEPOSIT_STATES = {
    DepositState.DUE: gettext_noop("待付"),
    DepositState.UNMATCHED: gettext_noop("金额不符"),
    DepositState.MATCHED: gettext_noop("已到账"),
    DepositState.LOCKED: gettext_noop("已到账"),
    DepositState.REFUND_DUE: gettext_noop("应退"),
    DepositState.REFUNDED: gettext_noop("已退"),
    DepositState.APPLIED: gettext_noop("抵作价款"),
    DepositState.RETURNED: gettext_noop("原路退回"),
}
REGISTRATION_STATES = {
    RegistrationState.DEPOSIT_DUE: gettext_noop("待交保证金"),
    RegistrationState.QUALIFIED: gettext_noop("已取得竞买资格"),
    RegistrationState.LAPSED: gettext_noop("逾期失效"),
    RegistrationState.WITHDRAWN: gettext_noop("已撤回"),
}
MATCH_REASONS = {
    "payer_mismatch": gettext_noop("付款户名与报名单位不一致，全部款项将原路退回。"),
    "late": gettext_noop("款项在截止时间之后到账，将原路退回。"),
    "short": gettext_noop("金额不足，请在截止时间前补足。"),
}
FAULTS = {
    "not_utf8": gettext_noop("文件不是 UTF-8 编码，请另存为 UTF-8 的 CSV。"),
    "not_csv": gettext_noop("不是有效的 CSV。"),
    "empty": gettext_noop("文件中没有数据行。"),
    "wrong_header": gettext_noop("表头不符。"),
    "too_many_rows": gettext_noop("行数过多，请分批导入。"),
    "wrong_columns": gettext_noop("列数不符。"),
    "missing": gettext_noop("缺少内容。"),
    "too_long": gettext_noop("内容过长。"),
    "bad_amount": gettext_noop("金额应为元，最多两位小数，只能用数字。"),
    "bad_instant": gettext_noop("时间应为 2026-11-26T10:03:22 这样的形式。"),
    "bad_currency": gettext_noop("只接受人民币（CNY）。"),
    "repeated_reference": gettext_noop("流水号在文件中重复。"),
    "known_reference": gettext_noop("流水号已经导入过。"),
}
GATES = {
    "LK-1": gettext_noop("项目尚未取得批复：请先在审批中心办结项目审批（关口 LK-1）。"),
    "opens_before_notice": gettext_noop("竞价开始时间必须晚于公告发布时间。"),
    "ends_before_opening": gettext_noop("竞价截止时间必须晚于开始时间。"),
    "cutoff_after_end": gettext_noop("保证金截止时间不能晚于竞价截止时间。"),
}
PERIODS = {
    "notice-opens": gettext_noop("公告发布至竞价开始"),
    "opens-ends": gettext_noop("竞价开始至竞价截止"),
}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in its three forms."""

    label: str
    fen: int
    wan: str
    yuan: str
    capitals: str


def money(label: str, fen: int) -> Money:
    return Money(str(_(label)), fen, format_wan(fen), format_yuan(fen), capitals_bare(fen))


def money_of(lot: Lot) -> list[Money]:
    """The amounts that bind, in print order."""
    is_sale = PROCEDURES[lot.procedure].is_sale
    found = [
        money(gettext_noop("起始价") if is_sale else gettext_noop("最高限价"), lot.start_fen),
        money(gettext_noop("加价幅度") if is_sale else gettext_noop("降价幅度"), lot.step_fen),
        money(gettext_noop("保证金"), lot.deposit_fen),
    ]
    if lot.appraisal_fen:
        found.append(money(gettext_noop("评估值"), lot.appraisal_fen))
    return found


def lot_state_name(lot: Lot) -> str:
    return str(_(LOT_STATES[LotState(lot.state)]))


def facts_of(lot: Lot) -> list[tuple[str, str]]:
    """The lot's plain facts."""
    return [
        (str(_("标的编号")), lot.no),
        (str(_("项目")), f"{lot.project.name}（{lot.project.no}）"),
        (str(_("出让（委托）单位")), lot.project.unit.name),
        (str(_("交易方式")), str(_(PROCEDURES[lot.procedure].name))),
        (str(_("底价")), str(_("设底价")) if lot.has_reserve else str(_("不设底价"))),
    ]


@dataclass(frozen=True, slots=True)
class Stage:
    """What comes next for a lot: a chip, the instant counted down to, its words."""

    chip: str
    label: str
    next_at: datetime | None
    next_label: str


def stage_of(lot: Lot, now: datetime) -> Stage:
    state = LotState(lot.state)
    chip, label = LOT_CHIPS[state], str(_(LOT_STATES[state]))
    marks = (
        (lot.deposit_cutoff_at, gettext_noop("距报名截止")),
        (lot.opens_at, gettext_noop("距竞价开始")),
        (lot.ends_at, gettext_noop("距竞价截止")),
    )
    if state in {LotState.ANNOUNCED, LotState.OPEN}:
        for at, words in sorted(marks):
            if now < at:
                return Stage(chip, label, at, str(_(words)))
    return Stage(chip, label, None, "")


@dataclass(frozen=True, slots=True)
class Mark:
    """One point of a lot's timeline."""

    at: datetime | None
    title: str
    text: str
    state: str


def timeline_of(lot: Lot, now: datetime) -> list[Mark]:
    """Notice, cut-off, opening, end, award, and the lawful last days after it."""
    points = [
        (lot.published_at, str(_("发布公告")), ""),
        (lot.deposit_cutoff_at, str(_("报名和保证金截止")), str(_("登记家数在结果公示前保密"))),
        (lot.opens_at, str(_("竞价开始")), ""),
        (lot.ends_at, str(_("竞价截止")), ""),
    ]
    marks = [
        Mark(at, label, note, "done" if at and at <= now else "todo") for at, label, note in points
    ]
    award: Award | None = getattr(lot, "award", None)
    if award is not None:
        price = f"{format_wan(award.price_fen)} {_('万元')}"
        marks.append(Mark(award.ended_at, str(_("成交")), f"{award.plate} {price}", "done"))
    return marks


def law_of(lot: Lot) -> list[dict[str, Any]]:
    """The rule rows that govern the lot: frozen ones once it is published."""
    procedure = PROCEDURES[lot.procedure]
    ids = [period.rule for period in procedure.periods] + list(procedure.after.values())
    if lot.law:
        return [{"id": rule, **lot.law[rule]} for rule in ids]
    on = law.china_date(lot.created_at)
    return [{"id": rule, **law.frozen_rule(rule, on)} for rule in ids]


def takes_registrations(lot: Lot, now: datetime) -> bool:
    is_open = lot.state in {LotState.ANNOUNCED, LotState.OPEN}
    return is_open and now < lot.deposit_cutoff_at


def gate_text(item: Blocked) -> str:
    return blocked_text({"code": item.code, "rule": item.rule, "params": item.params or {}})


def blocked_text(item: Mapping[str, Any]) -> str:
    """Why publication is refused, the rule quoted and the earliest lawful day named."""
    if item["code"] != "period":
        return str(_(GATES[item["code"]]))
    params = item["params"]
    row = law.frozen_rule(item["rule"], law.parse_date(params["start_on"]))
    text = _("%(period)s不满足 %(rule)s（%(name)s，%(source)s）：最早可为 %(earliest)s。")
    return text % {
        "period": _(PERIODS.get(params["period"], "")),
        "rule": item["rule"],
        "name": row["name"],
        "source": row["source"],
        "earliest": params["earliest_on"],
    }


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One line of a bidder's workbench, with the one thing to do next."""

    lot: Lot
    registration: Registration
    deposit_name: str
    state_name: str
    stage: Stage
    result: str
    todo: str
    link: str


def own_row(item: Registration, now: datetime) -> OwnRow:
    deposit = item.deposit
    lot = item.lot
    todo, link = "", ""
    if item.state == RegistrationState.DEPOSIT_DUE and now < lot.deposit_cutoff_at:
        todo, link = str(_("交纳保证金")), "trading:register"
    elif item.state == RegistrationState.QUALIFIED and lot.state in {
        LotState.ANNOUNCED,
        LotState.OPEN,
    }:
        todo, link = str(_("进入竞价室")), "bidding:room"
    return OwnRow(
        lot,
        item,
        str(_(DEPOSIT_STATES[DepositState(deposit.state)])),
        str(_(REGISTRATION_STATES[RegistrationState(item.state)])),
        stage_of(lot, now),
        result_of(item),
        todo,
        link,
    )


def result_of(item: Registration) -> str:
    """Won, not won, or nothing yet."""
    award: Award | None = getattr(item.lot, "award", None)
    if award is not None:
        return str(_("您已竞得")) if award.plate == item.plate else str(_("未竞得"))
    return str(_("流拍")) if item.lot.state == LotState.UNSOLD else ""


@dataclass(frozen=True, slots=True)
class Task:
    """One step of a registration's task list."""

    label: str
    status: str
    kind: str


def task(label: str, status: str, *, is_done: bool) -> Task:
    return Task(label, status, "done" if is_done else "waiting")


def tasks_of(lot: Lot, item: Registration | None) -> list[Task]:
    """Registration, deposit, plate: what is done and what is left."""
    deposit = item.deposit if item else None
    paid = bool(deposit and deposit.state not in {DepositState.DUE, DepositState.UNMATCHED})
    plate = item.plate if item else ""
    deposit_name = str(_(DEPOSIT_STATES[DepositState(deposit.state)])) if deposit else ""
    return [
        task(_("填写报名信息"), _("已完成") if item else _("未完成"), is_done=bool(item)),
        task(_("交纳保证金"), deposit_name or _("未开始"), is_done=paid),
        task(_("取得竞买号牌"), plate or _("未开始"), is_done=bool(plate)),
    ]


@dataclass(frozen=True, slots=True)
class DepositRow:
    """A deposit as finance and its owner see it."""

    deposit: Deposit
    lot: Lot
    payer: str
    state: str
    state_name: str
    required: Money
    paid: Money
    reason: str
    rule: str


def deposit_of(item: Registration) -> DepositRow:
    return deposit_row(item.deposit)


def deposit_row(deposit: Deposit) -> DepositRow:
    registration = deposit.registration
    return DepositRow(
        deposit,
        registration.lot,
        registration.organisation_name,
        deposit.state,
        str(_(DEPOSIT_STATES[DepositState(deposit.state)])),
        money(gettext_noop("应交"), deposit.required_fen),
        money(gettext_noop("已到账"), deposit.paid_fen),
        str(_(MATCH_REASONS[deposit.reason])) if deposit.reason else "",
        deposit.refund_rule,
    )


def fault_text(item: RowFault) -> str:
    """One line of a bank file and what is wrong with it."""
    text = _("第 %(line)s 行：%(what)s") % {"line": item.line, "what": _(FAULTS[item.code])}
    value = f"（{item.column} {item.value}）" if item.column or item.value else ""
    return text + value


def import_text(report: ImportReport) -> str:
    text = _(
        "已导入 %(rows)s 行，合计 %(total)s 元：%(matched)s 个账户到账，"
        "%(mismatched)s 个不符，%(unknown)s 行账户不明。"
    )
    return text % {
        "rows": report.rows,
        "total": format_yuan(report.total_fen),
        "matched": report.matched,
        "mismatched": report.mismatched,
        "unknown": report.unknown,
    }


def typed_again(lot: Lot) -> dict[str, Any]:
    """A lot's values as its form shows them."""
    show = format_wan if lot.unit == "wan" else format_yuan
    return {
        "title": lot.title,
        "preset": lot.preset,
        "unit": lot.unit,
        "start": show(lot.start_fen),
        "step": show(lot.step_fen),
        "deposit": show(lot.deposit_fen),
        "appraisal": show(lot.appraisal_fen) if lot.appraisal_fen else "",
        "has_reserve": lot.has_reserve,
        "opens_at": lot.opens_at,
        "ends_at": lot.ends_at,
        "deposit_cutoff_at": lot.deposit_cutoff_at,
    }


DUTIES = (
    ((Role.NOTICE_CLERK,), gettext_noop("项目与标的"), "trading:project_list"),
    ((Role.NOTICE_CLERK, Role.NOTICE_REVIEWER), gettext_noop("公告待办"), "notices:queue"),
    ((Role.FINANCE, Role.SUPERVISOR, Role.AUDITOR), gettext_noop("保证金"), "trading:deposit_desk"),
    ((Role.HOST, Role.SUPERVISOR), gettext_noop("竞价室"), "oversight:rooms"),
    (
        (Role.WINDOW_CLERK, Role.DEPARTMENT_REVIEWER, Role.SECTION_CHIEF, Role.SUPERVISOR),
        gettext_noop("办件"),
        "approvals:queue",
    ),
    ((Role.AUDITOR, Role.SUPERVISOR), gettext_noop("交易台账"), "oversight:ledger"),
    ((Role.ADMINISTRATOR,), gettext_noop("人员与岗位"), "accounts:people"),
)


def duties(actor: Actor) -> list[tuple[str, str]]:
    """The desks this person may sit at."""
    return [(str(_(label)), name) for roles, label, name in DUTIES if actor.has(*roles)]


def organisation_name(actor: Actor) -> str:
    """Whom the actor acts for."""
    return get_organisation(actor.organisation_id).name if actor.organisation_id else ""
