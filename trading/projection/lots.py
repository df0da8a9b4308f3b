"""A lot in words: state, what comes next, its timeline, its rules, why it may not be published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bidding.selectors import Abort, Standing
from kernel.money import format_wan, format_yuan
from law import selectors as law
from law.projection import law_words
from trading.rules.gates import Blocked
from trading.rules.lot_states import LotState
from trading.rules.procedures import PROCEDURES

if TYPE_CHECKING:
    from trading.models import Award, Lot, Project

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
GATES = {
    "LK-1": gettext_noop("项目尚未取得批复：请先在审批中心办结项目审批（关口 LK-1）。"),
    "LK-1-contrary": gettext_noop(
        "项目登记为免予审批，但项目单位的审批办件尚未办结或未获准予：以办件结果为准（关口 LK-1）。"
    ),
    "opens_before_notice": gettext_noop("竞价开始时间必须晚于公告发布时间。"),
    "ends_before_opening": gettext_noop("竞价截止时间必须晚于开始时间。"),
    "cutoff_before_notice": gettext_noop(
        "保证金截止时间必须晚于公告发布时间，否则无人能够报名：请修改截止时间。"
    ),
    "cutoff_after_end": gettext_noop("保证金截止时间不能晚于竞价截止时间。"),
}
MOVED = gettext_noop("公告的截止时间已随竞价改变")
PERIODS = {
    "notice-opens": gettext_noop("公告发布至竞价开始"),
    "opens-ends": gettext_noop("竞价开始至竞价截止"),
}
AFTER = {
    "contract": gettext_noop("签订合同最晚日"),
    "result": gettext_noop("公布结果最晚日"),
    "refund": gettext_noop("退还未竞得人保证金最晚日"),
    "winner_refund": gettext_noop("退还成交供应商保证金最晚日"),
    "publicity": gettext_noop("结果公告期满日"),
}


# ── money and facts ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and what it is called; pages write its forms."""

    label: str
    fen: int
    yuan: str


def money(label: str, fen: int) -> Money:
    return Money(str(_(label)), fen, format_yuan(fen))


def money_of(lot: Lot) -> list[Money]:
    """The amounts that bind, in print order."""
    procedure = PROCEDURES[lot.procedure]
    found = [
        money(procedure.start_name, lot.start_fen),
        money(procedure.step_name, lot.step_fen),
        money(gettext_noop("保证金"), lot.deposit_fen),
    ]
    if lot.appraisal_fen:
        found.append(money(gettext_noop("评估值"), lot.appraisal_fen))
    return found


def start_word(lot: Lot) -> str:
    """What the lot's first figure is called."""
    return str(_(PROCEDURES[lot.procedure].start_name))


def unit_word(lot: Lot) -> str:
    """What the project's unit is to the lot: it sells, or it buys."""
    return _("出让（委托）单位") if PROCEDURES[lot.procedure].is_sale else _("采购人")


def lot_state_name(lot: Lot) -> str:
    return str(_(LOT_STATES[LotState(lot.state)]))


def lot_chip(lot: Lot) -> str:
    return LOT_CHIPS[LotState(lot.state)]


def lots_of(project: Project) -> list[tuple[Lot, str, str]]:
    """A project's lots, each with its chip and its state in words."""
    return [(lot, lot_chip(lot), lot_state_name(lot)) for lot in project.lots.all()]


CHINESE = "zh-Hans"


def facts_of(lot: Lot) -> list[tuple[str, str, str]]:
    """The lot's plain facts: label, text, and the text's language where it is not the page's."""
    return [
        (str(_("标的编号")), lot.no, ""),
        (str(_("项目")), f"{lot.project.name}（{lot.project.no}）", CHINESE),
        (unit_word(lot), lot.project.unit.name, CHINESE),
        (str(_("交易方式")), str(_(PROCEDURES[lot.procedure].name)), ""),
        (str(_("底价")), str(_("设底价") if lot.has_reserve else _("不设底价")), ""),
    ]


# ── time ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Stage:
    """What comes next for a lot: a chip, the instant counted down to, its words. Words without an
    instant: time stands still."""

    chip: str
    label: str
    next_at: datetime | None
    next_label: str


def stage_of(lot: Lot, now: datetime, standing: Standing | None = None) -> Stage:
    """`standing`: how the lot's room stands, once it has opened; its end is the one that counts."""
    chip, label = lot_chip(lot), lot_state_name(lot)
    if standing is not None:
        return room_stage(standing, chip, label)
    marks = (
        (lot.deposit_cutoff_at, gettext_noop("距报名截止")),
        (lot.opens_at, gettext_noop("距竞价开始")),
        (lot.ends_at, gettext_noop("距竞价截止")),
    )
    if lot.state in {LotState.ANNOUNCED, LotState.OPEN}:
        for at, words in sorted(marks):
            if now < at:
                return Stage(chip, label, at, str(_(words)))
    return Stage(chip, label, None, "")


def room_stage(standing: Standing, chip: str, label: str) -> Stage:
    if standing.is_over:
        return Stage(chip, label, None, "")
    words = gettext_noop("距竞价截止") if standing.ends_at else gettext_noop("竞价已暂停")
    return Stage(chip, label, standing.ends_at, str(_(words)))


@dataclass(frozen=True, slots=True)
class Mark:
    """One point of a lot's timeline: an instant, or a day in words."""

    title: str
    at: datetime | None = None
    when: str = ""
    text: str = ""
    state: str = "done"
    href: str = ""
    link: str = ""
    lang: str = ""

    @property
    def is_provisional(self) -> bool:
        """Whether it is still to come, in a year whose calendar is not published."""
        if self.state != "todo" or not (self.at or self.when):
            return False
        on = law.china_date(self.at) if self.at else law.parse_date(self.when)
        return law.is_provisional(on)


def timeline_of(
    lot: Lot,
    now: datetime,
    notices: Iterable[Any] = (),
    standing: Standing | None = None,
    abort: Abort | None = None,
) -> list[Mark]:
    """Notices, cut-off, opening, end, award, papers and the lawful last days after it (W3)."""
    points = [
        (lot.deposit_cutoff_at, str(_("报名和保证金截止")), str(_("登记家数在结果公示前保密"))),
        (lot.opens_at, str(_("竞价开始")), ""),
    ]
    marks = [
        Mark(label, at, text=note, state="done" if at <= now else "todo")
        for at, label, note in points
    ]
    if abort is None:
        marks.append(end_mark(lot, now, standing))
    else:
        reached = [mark for mark in marks if mark.at is None or mark.at <= abort.at]
        marks = [*reached, Mark(str(_("竞价中止")), abort.at, text=abort.reason, state="error")]
    for notice in notices:
        href = reverse("notices:detail", args=[notice.no])
        link = str(_("查看"))
        marks.append(Mark(notice.title, notice.published_at, href=href, link=link, lang="zh-Hans"))
    marks += award_marks(lot)
    # What happened at one instant stays in the order written here.
    return sorted(marks, key=lambda mark: (mark.at is None, mark.at or now)) + duties_of(lot)


def end_mark(lot: Lot, now: datetime, standing: Standing | None) -> Mark:
    """The end of bidding: the room's own while it runs, the one that passed once there is a deal,
    else the announced one."""
    title = str(_("竞价截止"))
    award: Award | None = getattr(lot, "award", None)
    if award is not None and award.ended_at != lot.ends_at:
        return Mark(title, award.ended_at, text=str(_(MOVED)))
    if standing is None or standing.is_over or standing.ends_at == lot.ends_at:
        return Mark(title, lot.ends_at, state="done" if lot.ends_at <= now else "todo")
    if standing.ends_at is None:
        return Mark(title, text=str(_("竞价已暂停，恢复后另定截止时间")), state="todo")
    return Mark(title, standing.ends_at, text=str(_(MOVED)), state="todo")


def award_marks(lot: Lot) -> list[Mark]:
    """The deal and its paper. The paper names the winner, and so does the page that verifies it:
    its address is given to everybody only once the result notice has named the winner (AUC-01)."""
    award: Award | None = getattr(lot, "award", None)
    if award is None:
        return []
    price = f"{_('竞买号')} {award.plate} · {format_wan(award.price_fen)} {_('万元')}"
    marks = [Mark(str(_("成交")), award.ended_at, text=price)]
    if award.confirmed_at is not None:
        title = str(_("成交确认书签发"))
        href = link = ""
        if award.disclosed_at is not None:
            href = reverse("documents:document", args=[award.document_code])
            link = str(_("核验"))
        marks.append(Mark(title, award.confirmed_at, href=href, link=link))
    if award.contracted_on is not None:
        day = award.contracted_on.isoformat()
        marks.append(Mark(str(_("合同签订")), when=day))
    return marks


def duties_of(lot: Lot) -> list[Mark]:
    """What the law still asks for after the close, each by its last lawful day and rule."""
    award: Award | None = getattr(lot, "award", None)
    if award is None:
        return []
    after = PROCEDURES[lot.procedure].after
    days = sorted((award.dates[name], name) for name in after if name in award.dates)
    return [
        Mark(str(_(AFTER[name])), when=day, text=after[name].rule, state="todo")
        for day, name in days
        if not is_done(award, name)
    ]


def is_done(award: Award, name: str) -> bool:
    """Whether a duty after the close is fulfilled, as far as the record tells."""
    if name == "result":
        return award.disclosed_at is not None
    return name == "contract" and award.contracted_on is not None


def awaits_contract(lot: Lot) -> bool:
    """Whether the result is out, the paper signed, and the contract not noted yet."""
    award: Award | None = getattr(lot, "award", None)
    if award is None or award.contracted_on is not None:
        return False
    return award.disclosed_at is not None and award.confirmed_at is not None


def takes_registrations(lot: Lot, now: datetime) -> bool:
    is_open = lot.state in {LotState.ANNOUNCED, LotState.OPEN}
    return is_open and now < lot.deposit_cutoff_at


# ── law ───────────────────────────────────────────────────────────────────────────────────────


def law_of(lot: Lot) -> list[dict[str, Any]]:
    """The rule rows that govern the lot: frozen ones once it is published."""
    procedure = PROCEDURES[lot.procedure]
    ids = procedure.rules()
    if lot.law:
        return [{"id": rule, **lot.law[rule]} for rule in ids]
    on = law.china_date(lot.created_at)
    return [{"id": rule, **law.frozen_rule(rule, on)} for rule in ids]


def gate_text(item: Blocked) -> str:
    return blocked_text({"code": item.code, "rule": item.rule, "params": item.params or {}})


def blocked_text(item: Mapping[str, Any]) -> str:
    """Why publication is refused, the rule quoted and the earliest lawful day named."""
    if item["code"] != "period":
        return str(_(GATES[item["code"]]))
    params = item["params"]
    row = law.frozen_rule(item["rule"], law.parse_date(params["in_force_on"]))
    text = _("%(period)s不满足 %(rule)s（%(name)s，%(source)s）：最早可为 %(earliest)s。")
    return SafeString(
        text
        % {
            "period": escape(_(PERIODS[params["period"]])),
            "rule": escape(item["rule"]),
            "name": law_words(row["name"]),
            "source": law_words(row["source"]),
            "earliest": escape(params["earliest_on"]),
        }
    )


def earliest_of(gates: Iterable[Blocked]) -> date | None:
    """The first day on which the last of the broken periods would be kept."""
    days = [str((item.params or {}).get("earliest_on") or "") for item in gates]
    return max((law.parse_date(day) for day in days if day), default=None)


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
