"""The close becomes an award: price, premium or saving, dates by rule, paper, result notice."""

from dataclasses import asdict
from datetime import date, datetime

from django.db import transaction

from accounts.selectors import get_organisation
from audit.services import record
from documents.rules.papers import DealConfirmation
from documents.services import issue_document
from kernel.actors import SYSTEM
from kernel.clock import CHINA, Clock, iso_ms
from kernel.machine import step
from kernel.money import capitals
from law.selectors import china_date
from notices import services as notices
from trading import events
from trading.locks import lock_lot
from trading.models import Award, Lot, Registration
from trading.rules.award import Outcome, purchase_outcome, sale_outcome
from trading.rules.lot_states import LotState
from trading.rules.procedures import PROCEDURES
from trading.services.refunds import apply_winner, frozen_day, release_losers
from trading.services.releases import release

OBJECTION = "对成交结果有异议的，请在公示期内以书面形式向本中心提出，中心转交项目单位答复。"


def lot_of_room(room_code: str) -> Lot | None:
    """The lot sold in a room, or None for practice and benchmark rooms."""
    return Lot.objects.filter(room_code=room_code).first()


@transaction.atomic(durable=True)
def note_opening(*, lot_no: str, clock: Clock) -> bool:
    """Hears that the room opened. False if the lot knows already."""
    lot = lock_lot(lot_no)
    if lot.state != LotState.ANNOUNCED:
        return False
    lot.state = step(PROCEDURES[lot.procedure].table, LotState(lot.state), "open").next
    lot.save(update_fields=["state"])
    return True


@transaction.atomic(durable=True)
def record_award(
    *, lot_no: str, plate: str, price_fen: int, ended_at: datetime, clock: Clock
) -> Award:
    """Records who won at what price; refunds fall due, the result notice is drafted. Idempotent."""
    lot = lock_lot(lot_no)
    known = Award.objects.filter(lot=lot).first()
    if known is not None:
        return known
    procedure = PROCEDURES[lot.procedure]
    move = step(procedure.table, opened(lot), "close_won")
    winner = lot.registrations.filter(plate=plate).select_related("deposit").get()
    result = outcome(lot, price_fen)
    dates = dates_after(lot, ended_at)
    award = Award.objects.create(
        lot=lot,
        registration=winner,
        plate=plate,
        price_fen=price_fen,
        premium_fen=result.premium_fen,
        premium_rate=result.premium_rate or "",
        saving_fen=result.saving_fen,
        saving_rate=result.saving_rate or "",
        ended_at=ended_at,
        dates={name: on.isoformat() for name, on in dates.items()},
    )
    lot.state = move.next
    lot.save(update_fields=["state"])
    event = events.LotAwarded(lot_no=lot.no, plate=plate, **asdict(result))
    record(stream=f"lot/{lot.no}", event=event, actor=SYSTEM, at=clock.now())
    release_losers(lot, winner.pk, china_date(ended_at), clock)
    if procedure.is_sale:
        apply_winner(winner.deposit.pk, clock)
    draft_result(lot, award, winner, clock)
    return award


def opened(lot: Lot) -> LotState:
    """A close may be heard before the opening was: the room is the truth."""
    return LotState.OPEN if lot.state == LotState.ANNOUNCED else LotState(lot.state)


def outcome(lot: Lot, price_fen: int) -> Outcome:
    """Premium of a sale, saving of a purchase (SAV-01, SAV-02)."""
    if PROCEDURES[lot.procedure].is_sale:
        return sale_outcome(price_fen=price_fen, start_fen=lot.start_fen)
    return purchase_outcome(price_fen=price_fen, control_fen=lot.start_fen)


def dates_after(lot: Lot, ended_at: datetime) -> dict[str, date]:
    """The last lawful days after the close, by the rule rows frozen into the lot."""
    on = china_date(ended_at)
    return {name: frozen_day(lot, name, on) for name in PROCEDURES[lot.procedure].after}


def draft_result(lot: Lot, award: Award, winner: Registration, clock: Clock) -> None:
    """Drafts the result notice from the record alone; a second person reviews it."""
    procedure = PROCEDURES[lot.procedure]
    gain_fen = award.premium_fen if procedure.is_sale else award.saving_fen
    notice = notices.draft_notice(
        kind=procedure.result_kind,
        subject_no=lot.no,
        category=lot.project.category,
        title=f"{lot.title}成交结果",
        fields={
            "lot_no": lot.no,
            "lot_title": lot.title,
            "notice_no": lot.notice_no,
            "winner": winner.organisation_name,
            "plate": award.plate,
            "start_fen": lot.start_fen,
            "price_fen": award.price_fen,
            "gain_fen": gain_fen,
            "gain_rate": award.premium_rate or award.saving_rate,
            "ended_at": iso_ms(award.ended_at),
            "objection": OBJECTION,
        },
        actor=SYSTEM,
        clock=clock,
    )
    award.result_notice_no = notice.no
    award.save(update_fields=["result_notice_no"])


@transaction.atomic(durable=True)
def record_unsold(*, lot_no: str, reason: str, ended_at: datetime, clock: Clock) -> bool:
    """Records that the lot was passed in; every deposit falls due. False if known already."""
    lot = lock_lot(lot_no)
    if lot.state in {LotState.UNSOLD, LotState.TERMINATED}:
        return False
    procedure = PROCEDURES[lot.procedure]
    lot.state = step(procedure.table, opened(lot), "close_unsold").next
    lot.save(update_fields=["state"])
    event = events.LotUnsold(lot.no, reason)
    record(stream=f"lot/{lot.no}", event=event, actor=SYSTEM, at=clock.now())
    release_losers(lot, None, china_date(ended_at), clock)
    release(lot, "tenderUpdate", clock)
    return True


@transaction.atomic(durable=True)
def disclose_award(*, lot_no: str, notice_no: str, clock: Clock) -> bool:
    """Hears that the result notice is published: the winner is public now, in the open data too.
    False if it was already, or the notice is another's."""
    lot = lock_lot(lot_no)
    award = Award.objects.filter(lot=lot, result_notice_no=notice_no, disclosed_at=None).first()
    if award is None:
        return False
    award.disclosed_at = clock.now()
    award.save(update_fields=["disclosed_at"])
    event = events.AwardDisclosed(lot.no, notice_no)
    record(stream=f"lot/{lot.no}", event=event, actor=SYSTEM, at=award.disclosed_at)
    release(lot, "award", clock)
    return True


def issue_confirmation(*, lot_no: str, clock: Clock) -> str:
    """Draws and signs the deal confirmation (成交确认书, AUC-14); returns its code. Idempotent."""
    award = Award.objects.select_related("lot__project__unit", "registration").get(lot__no=lot_no)
    winner = award.registration
    if winner is None:
        raise ValueError("an award without its winner")
    document = issue_document(
        subject=award.lot.no,
        stream=f"lot/{award.lot.no}",
        context=confirmation_of(award, winner),
        idem=f"award:{award.lot.no}",
        holder_id=winner.organisation_id,
        actor=SYSTEM,
        clock=clock,
    )
    note_confirmation(lot_no=lot_no, code=document.code, clock=clock)
    return document.code


@transaction.atomic(durable=True)
def note_confirmation(*, lot_no: str, code: str, clock: Clock) -> bool:
    """The paper is signed: the lot is confirmed. False if it was already."""
    lot = lock_lot(lot_no)
    award = Award.objects.get(lot=lot)
    if award.confirmed_at is not None:
        return False
    lot.state = step(PROCEDURES[lot.procedure].table, LotState(lot.state), "confirm").next
    lot.save(update_fields=["state"])
    award.document_code, award.confirmed_at = code, clock.now()
    award.confirmed_by = SYSTEM.id
    award.save(update_fields=["document_code", "confirmed_at", "confirmed_by"])
    event = events.AwardConfirmed(lot.no, award.plate, award.price_fen)
    record(stream=f"lot/{lot.no}", event=event, actor=SYSTEM, at=award.confirmed_at)
    return True


PAPER_PROCEDURES = {"listing": "land_listing", "auction": "asset_auction", "reverse": "reverse"}
FORFEITURE = "竞得人逾期不签订合同或者拒绝履行的，保证金不予退还，并依法承担违约责任。"
TAXES = "交易税费按国家规定由双方各自承担；交易服务费按本中心公布的标准执行。"


def confirmation_of(award: Award, winner: Registration) -> DealConfirmation:
    """The paper's context, every field from the record."""
    lot = award.lot
    sign_by = date.fromisoformat(award.dates.get("contract") or award.dates["result"])
    is_sale = PROCEDURES[lot.procedure].is_sale
    return DealConfirmation(
        procedure=PAPER_PROCEDURES[lot.procedure],
        lot_no=lot.no,
        lot_name=lot.title,
        area=lot.facts.get("area") or None,
        notice_no=lot.notice_no,
        listing_from_on=lot.opens_at.astimezone(CHINA).date(),
        listing_until_on=award.ended_at.astimezone(CHINA).date(),
        winner=winner.organisation_name,
        winner_code=get_organisation(winner.organisation_id).code,
        plate=award.plate,
        members=(),
        project_company=None,
        price_fen=award.price_fen,
        price_capitals=capitals(award.price_fen),
        start_fen=lot.start_fen,
        rate=award.premium_rate or award.saving_rate or None,
        dealt_at=award.ended_at,
        sign_until_on=sign_by,
        sign_place="阳光市公共资源交易中心合同签订室",
        forfeiture_clause=FORFEITURE,
        tax_clause=TAXES,
        seller=lot.project.unit.name,
        deposit_clause="竞得人已交保证金抵作成交价款。" if is_sale else None,
    )
