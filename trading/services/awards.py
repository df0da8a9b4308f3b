"""The close becomes an award: price, premium or saving, dates by rule, paper, result notice."""

from dataclasses import asdict
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.selectors import get_organisation
from audit.services import record
from documents.rules.papers import DealConfirmation
from documents.services import Order, issue_order
from kernel.actors import SYSTEM, Actor
from kernel.clock import CHINA, Clock, iso_ms
from kernel.errors import Conflict, Invalid
from kernel.machine import step
from kernel.money import capitals
from law.selectors import china_date
from notices import services as notices
from trading import events, permissions
from trading.locks import lock_lot
from trading.models import Award, Lot, Registration
from trading.rules.award import Outcome, purchase_outcome, sale_outcome
from trading.rules.lot_states import LotState
from trading.rules.procedures import PROCEDURES
from trading.rules.procedures.shape import Since
from trading.services.deposits import close_accounts
from trading.services.refunds import apply_winner, frozen_day, release_losers, release_winner
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
    dates = dates_after(lot, Since.ENDED, china_date(ended_at))
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
        dates=dates,
    )
    lot.state = move.next
    lot.save(update_fields=["state"])
    event = events.LotAwarded(lot_no=lot.no, plate=plate, **asdict(result))
    record(stream=f"lot/{lot.no}", event=event, actor=SYSTEM, at=clock.now())
    if procedure.after["refund"].since == Since.ENDED:
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


def dates_after(lot: Lot, since: Since, on: date) -> dict[str, str]:
    """The lawful days of the duties that an event starts, by the rule rows frozen into the lot."""
    names = PROCEDURES[lot.procedure].starting(since)
    return {name: frozen_day(lot, name, on).isoformat() for name in names}


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
            **lot.facts,
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
    return end_without_deal(lot, "close_unsold", events.LotUnsold(lot.no, reason), ended_at, clock)


@transaction.atomic(durable=True)
def record_terminated(*, lot_no: str, reason: str, ended_at: datetime, clock: Clock) -> bool:
    """Records that the room was aborted: nobody wins, every deposit falls due. False if known."""
    lot = lock_lot(lot_no)
    return end_without_deal(lot, "terminate", events.LotTerminated(lot.no, reason), ended_at, clock)


def end_without_deal(
    lot: Lot,
    action: str,
    event: events.LotUnsold | events.LotTerminated,
    ended_at: datetime,
    clock: Clock,
) -> bool:
    """Ends the locked lot with nobody as its winner, once."""
    if lot.state in {LotState.UNSOLD, LotState.TERMINATED}:
        return False
    lot.state = step(PROCEDURES[lot.procedure].table, opened(lot), action).next
    lot.save(update_fields=["state"])
    record(stream=f"lot/{lot.no}", event=event, actor=SYSTEM, at=clock.now())
    release_losers(lot, None, china_date(ended_at), clock)
    close_accounts(lot, china_date(ended_at), clock)
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
    on = china_date(award.disclosed_at)
    award.dates = {**award.dates, **dates_after(lot, Since.DISCLOSED, on)}
    award.save(update_fields=["disclosed_at", "dates"])
    event = events.AwardDisclosed(lot.no, notice_no)
    record(stream=f"lot/{lot.no}", event=event, actor=SYSTEM, at=award.disclosed_at)
    if PROCEDURES[lot.procedure].after["refund"].since == Since.DISCLOSED:
        release_losers(lot, award.registration_id, on, clock)
    release(lot, "award", clock)
    return True


def issue_confirmation(*, lot_no: str, clock: Clock) -> str:
    """Draws and signs the deal confirmation (成交确认书, AUC-14); returns its code. Idempotent."""
    order = confirmation_order(lot_no, china_date(clock.now()))
    document = issue_order(order=order, actor=SYSTEM, clock=clock)
    note_confirmation(lot_no=lot_no, code=document.code, clock=clock)
    return document.code


def confirmation_order(lot_no: str, on: date) -> Order:
    """The paper of an award, for the winner alone; `on` is the day of the confirmation."""
    award = Award.objects.select_related("lot__project__unit", "registration").get(lot__no=lot_no)
    winner = award.registration
    if winner is None:
        raise ValueError("an award without its winner")
    return Order(
        subject=award.lot.no,
        stream=f"lot/{award.lot.no}",
        context=confirmation_of(award, winner, on),
        idem=f"award:{award.lot.no}",
        holder_id=winner.organisation_id,
    )


@transaction.atomic(durable=True)
def note_confirmation(*, lot_no: str, code: str, clock: Clock) -> bool:
    """The paper is signed: the lot is confirmed. False if it was already; one that was confirmed
    before its paper was signed gets the code then."""
    lot = lock_lot(lot_no)
    award = Award.objects.get(lot=lot)
    if award.confirmed_at is not None:
        Award.objects.filter(lot=lot, document_code="").update(document_code=code)
        return False
    lot.state = step(PROCEDURES[lot.procedure].table, LotState(lot.state), "confirm").next
    lot.save(update_fields=["state"])
    award.document_code, award.confirmed_at = code, clock.now()
    award.confirmed_by = SYSTEM.id
    on = china_date(award.confirmed_at)
    award.dates = {**award.dates, **dates_after(lot, Since.CONFIRMED, on)}
    award.save(update_fields=["document_code", "confirmed_at", "confirmed_by", "dates"])
    event = events.AwardConfirmed(lot.no, award.plate, award.price_fen)
    record(stream=f"lot/{lot.no}", event=event, actor=SYSTEM, at=award.confirmed_at)
    return True


@transaction.atomic(durable=True)
def note_contract(*, lot_no: str, signed_on: date, actor: Actor, clock: Clock) -> Award:
    """Notes on which day the contract was signed; a purchase's winner gets the deposit back from
    then on (GP-16, DEP-08). Invalid for a day before the deal or in the future; Conflict before
    the result is published, or when it was noted already."""
    permissions.require(actor, "note_contract")
    lot = lock_lot(lot_no)
    award = Award.objects.select_related("registration__deposit").filter(lot=lot).first()
    if award is None or award.disclosed_at is None or award.confirmed_at is None:
        raise Conflict("not_disclosed", _("成交结果尚未公布，不能登记合同。"))
    if award.contracted_on is not None:
        raise Conflict("contract_noted", _("合同签订日期已经登记。"))
    if not china_date(award.ended_at) <= signed_on <= china_date(clock.now()):
        text = _("合同签订日期不能早于成交之日，也不能晚于今天。")
        raise Invalid(fields={"signed_on": text})
    award.contracted_on = signed_on
    award.dates = {**award.dates, **dates_after(lot, Since.CONTRACTED, signed_on)}
    award.save(update_fields=["contracted_on", "dates"])
    event = events.ContractNoted(lot.no, signed_on.isoformat())
    record(stream=f"lot/{lot.no}", event=event, actor=actor, at=clock.now())
    if "winner_refund" in PROCEDURES[lot.procedure].after and award.registration is not None:
        release_winner(award.registration.deposit.pk, signed_on, clock)
    return award


SINCE = {
    Since.DISCLOSED: "成交结果公告发布之日",
    Since.CONFIRMED: "成交确认之日",
}
UNITS = {"wd": "个工作日", "cd": "日", "month": "个月"}
TAXES = "交易税费按国家规定由双方各自承担；交易服务费按本中心公布的标准执行。"


def sign_limit(lot: Lot, confirmed_on: date) -> tuple[date | None, str | None]:
    """By when the contract must be signed: the day, or in words where it runs from a later event,
    by the frozen rule row; else what the notice says, else nothing."""
    contract = PROCEDURES[lot.procedure].after.get("contract")
    if contract is None:
        return None, lot.facts.get("sign_limit")
    if contract.since == Since.CONFIRMED:
        return frozen_day(lot, "contract", confirmed_on), None
    row = lot.law[contract.rule]
    return None, f"自{SINCE[contract.since]}起 {row['value']} {UNITS[row['unit']]}内"


def confirmation_of(award: Award, winner: Registration, on: date) -> DealConfirmation:
    """The paper's context, every field from the record; `on` is the day of the confirmation."""
    lot = award.lot
    clauses = PROCEDURES[lot.procedure].clauses
    sign_until_on, words = sign_limit(lot, on)
    return DealConfirmation(
        procedure=clauses.paper,
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
        sign_until_on=sign_until_on,
        sign_limit=words,
        sign_place=lot.facts.get("sign_place") or settings.CENTRE_NAME,
        forfeiture_clause=clauses.forfeiture,
        tax_clause=TAXES,
        seller=lot.project.unit.name,
        deposit_clause=clauses.deposit,
    )
