"""Drafting a lot and its notice together: the notice takes every figure from the lot."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from bidding import catalogue
from bidding.rules.contradictions import SEEN
from bidding.rules.presets import Preset
from kernel.actors import Actor
from kernel.clock import Clock, iso_ms
from kernel.errors import Invalid
from kernel.machine import step
from kernel.money import format_yuan
from notices import services as notices
from trading import events, permissions
from trading.locks import lock_lot, lock_project, next_index
from trading.models import Lot
from trading.rules.lot_states import LotState
from trading.rules.procedures import PROCEDURES
from trading.rules.procedures.shape import Procedure
from trading.rules.terms import OVERRIDES, room_terms, rules_text


@dataclass(frozen=True, slots=True)
class LotEntry:
    """What staff type for a lot; money in fen, `unit` is wan or yuan."""

    title: str
    procedure: str
    preset: str
    start_fen: int
    step_fen: int
    deposit_fen: int
    opens_at: datetime
    ends_at: datetime
    deposit_cutoff_at: datetime
    appraisal_fen: int | None = None
    has_reserve: bool = False
    unit: str = "wan"
    overrides: Mapping[str, int] | None = None


@transaction.atomic(durable=True)
def draft_lot(
    *, project_no: str, entry: LotEntry, fields: Mapping[str, object], actor: Actor, clock: Clock
) -> Lot:
    """Drafts a lot with its notice. Invalid names every field that is wrong."""
    permissions.require(actor, "draft_lot")
    project = lock_project(project_no)
    procedure = procedure_of(entry, project.category)
    require_entry(entry)
    now = clock.now()
    lot = Lot(
        no=f"{project.no}-{next_index(f'{project.no}-lots'):03d}",
        project=project,
        created_by=actor.id,
        created_at=now,
    )
    apply_entry(lot, entry, entry.overrides or {})
    lot.save()
    event = events.LotDrafted(lot.no, lot.title, lot.procedure, lot.preset)
    record(stream=f"lot/{lot.no}", event=event, actor=actor, at=now)
    notice = notices.draft_notice(
        kind=procedure.notice_kind,
        subject_no=lot.no,
        category=project.category,
        title=notice_title(lot),
        fields={**fields, **notice_figures(lot)},
        actor=actor,
        clock=clock,
    )
    lot.notice_no = notice.no
    lot.save(update_fields=["notice_no"])
    return lot


def procedure_of(entry: LotEntry, category: str) -> Procedure:
    """Returns the procedure if it, its preset and the project's category go together."""
    procedure = PROCEDURES.get(entry.procedure)
    if procedure is None or category not in procedure.categories:
        raise Invalid(fields={"procedure": _("该类别的项目不能采用这种交易方式。")})
    row = catalogue.presets().get(entry.preset)
    if row is None or row.format not in procedure.formats:
        raise Invalid(fields={"preset": _("该交易方式不能采用这个规则模板。")})
    if entry.has_reserve and not procedure.is_sale:
        raise Invalid(fields={"has_reserve": _("采购以公布的最高限价为准，不能另设底价。")})
    return procedure


NO_RESERVE = "不设底价"
RESERVE = (
    "设底价：由项目单位在竞价{until}前录入并加密密封，结束时只公布是否达到；"
    "逾期未录入的，以起始价为底价。"
)


def reserve_text(lot: Lot, row: Preset) -> str:
    """What the notice says of the reserve; the bidders read the rule before they pay."""
    if not lot.has_reserve:
        return NO_RESERVE
    return RESERVE.format(until="开始" if row.format in SEEN else "结束")


def amount_faults(
    procedure: Procedure, start_fen: int | None, step_fen: int | None, deposit_fen: int | None
) -> dict[str, str]:
    """What is wrong with a lot's amounts, by field; one that is not known yet is not judged.

    No deposit exceeds the start price. Where prices rise that is the lowest the lot can fetch, and
    the law counts the deposit as a share of it; where they fall it is the ceiling, which lies
    within the budget whose small share the deposit may be (DEP-01)."""
    faults: dict[str, str] = {}
    if start_fen is not None and start_fen <= 0:
        faults["start_fen"] = _("%(name)s必须大于零。") % {"name": _(procedure.start_name)}
    if step_fen is not None and step_fen <= 0:
        faults["step_fen"] = _("%(name)s必须大于零。") % {"name": _(procedure.step_name)}
    if deposit_fen is not None and deposit_fen <= 0:
        faults["deposit_fen"] = _("保证金必须大于零：凭保证金取得竞买资格。")
    if start_fen and deposit_fen and deposit_fen > start_fen > 0:
        text = (
            _("保证金（%(deposit)s 元）不能高于起始价（%(start)s 元），请核对金额和单位。")
            if procedure.is_sale
            else _("保证金（%(deposit)s 元）不能高于最高限价（%(start)s 元），请核对金额和单位。")
        )
        amounts = {"deposit": format_yuan(deposit_fen), "start": format_yuan(start_fen)}
        faults["deposit_fen"] = text % amounts
    return faults


def require_entry(entry: LotEntry) -> None:
    faults: dict[str, object] = {}
    if not entry.title.strip():
        faults["title"] = _("请填写标的名称。")
    amounts = (entry.start_fen, entry.step_fen, entry.deposit_fen)
    faults |= amount_faults(PROCEDURES[entry.procedure], *amounts)
    if entry.opens_at >= entry.ends_at:
        faults["ends_at"] = _("截止时间必须晚于开始时间。")
    if entry.deposit_cutoff_at > entry.ends_at:
        faults["deposit_cutoff_at"] = _("保证金截止时间不能晚于竞价截止时间。")
    if faults:
        raise Invalid(fields=faults)


ENTRY_COLUMNS = (
    "title",
    "procedure",
    "preset",
    "start_fen",
    "step_fen",
    "deposit_fen",
    "opens_at",
    "ends_at",
    "deposit_cutoff_at",
    "appraisal_fen",
    "has_reserve",
    "unit",
)


def apply_entry(lot: Lot, entry: LotEntry, overrides: Mapping[str, object]) -> None:
    """Puts the typed values on the lot and derives the room's terms from them."""
    values = asdict(entry)
    for name in ENTRY_COLUMNS:
        setattr(lot, name, values[name])
    lot.title = lot.title.strip()
    row = catalogue.presets()[lot.preset]
    lot.preset_version = row.version
    lot.terms = room_terms(row, lot_values(lot), overrides)


def kept_overrides(lot: Lot, entry: LotEntry) -> Mapping[str, object]:
    """What departs from the preset: as typed now, else as it stands, unless the preset changes."""
    if entry.overrides is not None or entry.preset != lot.preset:
        return entry.overrides or {}
    customary = catalogue.preset(lot.preset, lot.preset_version).terms
    return {
        name: lot.terms[name]
        for name in OVERRIDES
        if lot.terms.get(name) not in (None, customary.get(name))
    }


def notice_title(lot: Lot) -> str:
    """The notice's title until somebody words it otherwise."""
    return f"{lot.title}{PROCEDURES[lot.procedure].name}公告"


def own_facts(lot: Lot) -> dict[str, object]:
    """What the lot has besides the notice's figures; for the record of an edit."""
    return {"title": lot.title, "preset": lot.preset, "appraisal_fen": lot.appraisal_fen}


def lot_values(lot: Lot) -> dict[str, object]:
    """The lot's own figures, by the names that presets use."""
    return {
        "start_fen": lot.start_fen,
        "step_fen": lot.step_fen,
        "opens_at": iso_ms(lot.opens_at),
        "ends_at": iso_ms(lot.ends_at),
    }


def notice_figures(lot: Lot) -> dict[str, object]:
    """What the notice says of the lot; nobody retypes it."""
    row = catalogue.preset(lot.preset, lot.preset_version)
    return {
        "lot_no": lot.no,
        "start_fen": lot.start_fen,
        "step_fen": lot.step_fen,
        "deposit_fen": lot.deposit_fen,
        "opens_at": iso_ms(lot.opens_at),
        "ends_at": iso_ms(lot.ends_at),
        "deposit_cutoff_at": iso_ms(lot.deposit_cutoff_at),
        "bidding_rules": rules_text(row, lot.terms),
        "reserve": reserve_text(lot, row),
        "exemption": lot.project.exemption_note,
    }


@transaction.atomic(durable=True)
def edit_lot(*, lot_no: str, entry: LotEntry, actor: Actor, clock: Clock) -> Lot:
    """Changes a draft lot; its notice must be a draft too and takes the new figures."""
    permissions.require(actor, "edit_lot")
    lot = lock_lot(lot_no)
    step(PROCEDURES[lot.procedure].table, LotState(lot.state), "edit")
    procedure_of(entry, lot.project.category)
    if entry.procedure != lot.procedure:
        raise Invalid(fields={"procedure": _("交易方式不能更改，请另建标的。")})
    require_entry(entry)
    before = {**notice_figures(lot), **own_facts(lot)}
    old_title = notice_title(lot)
    apply_entry(lot, entry, kept_overrides(lot, entry))
    lot.blocked = []
    lot.save(update_fields=[*ENTRY_COLUMNS, "preset_version", "terms", "blocked"])
    after = {**notice_figures(lot), **own_facts(lot)}
    changed = [name for name in after if after[name] != before[name]]
    event = events.LotEdited(
        lot.no, {name: before[name] for name in changed}, {name: after[name] for name in changed}
    )
    record(stream=f"lot/{lot.no}", event=event, actor=actor, at=clock.now())
    notices.refresh_derived(
        no=lot.notice_no,
        values=notice_figures(lot),
        titles=(old_title, notice_title(lot)),
        actor=actor,
        clock=clock,
    )
    return lot
