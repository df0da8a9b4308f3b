"""Bank files in, deposits judged, plates given, refunds due and paid. DEP-03, DEP-05, LD-04."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from bidding.services import rooms as bidding
from kernel.actors import SYSTEM, Actor
from kernel.clock import Clock, iso_ms
from kernel.errors import Conflict, Invalid
from kernel.machine import step
from trading import events, permissions
from trading.locks import lock_deposits
from trading.models import BankCredit, BankFile, Deposit, Lot
from trading.rules.bank_file import BankRow, RowFault, read_bank_file
from trading.rules.deposits import DEPOSIT_TABLE, Credit, DepositState, match_deposit
from trading.rules.registrations import REGISTRATION_TABLE, RegistrationState
from trading.services.registrations import lapse


class BadBankFile(Invalid):
    """The file was refused whole; `faults` names each bad line."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        super().__init__("bad_bank_file", _("银行文件有误，未导入任何一行。"))
        self.faults = list(faults)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a bank file did: counts of rows and the deposits it changed."""

    rows: int
    matched: int
    mismatched: int
    unknown: int
    total_fen: int


def import_bank(*, name: str, content: bytes, actor: Actor, clock: Clock) -> ImportReport:
    """Posts a bank file: all rows or none. BadBankFile names each bad line."""
    permissions.require(actor, "import_bank")
    digest = hashlib.sha256(content).hexdigest()
    if BankFile.objects.filter(sha256=digest).exists():
        raise Conflict("file_known", _("这个银行文件已经导入过。"))
    reading = read_bank_file(content)
    faults = list(reading.faults) or known_references(reading.rows)
    if faults:
        raise BadBankFile(faults)
    return post_file(name=name, digest=digest, rows=reading.rows, actor=actor, clock=clock)


def known_references(rows: Sequence[BankRow]) -> list[RowFault]:
    """Rows whose bank reference was already posted from another file."""
    references = [row.reference for row in rows]
    known: set[str] = set()
    for start in range(0, len(references), 500):
        part = references[start : start + 500]
        found = BankCredit.objects.filter(reference__in=part)
        known.update(found.values_list("reference", flat=True))
    return [
        RowFault(row.line, "known_reference", "reference", row.reference)
        for row in rows
        if row.reference in known
    ]


@transaction.atomic(durable=True)
def post_file(
    *, name: str, digest: str, rows: Sequence[BankRow], actor: Actor, clock: Clock
) -> ImportReport:
    """Writes checked rows once and judges every deposit they touch."""
    now = clock.now()
    accounts = {row.payee_account for row in rows}
    pks = list(Deposit.objects.filter(account_no__in=accounts).values_list("pk", flat=True))
    deposits = {deposit.account_no: deposit for deposit in lock_deposits(pks)}
    bank_file = BankFile.objects.create(
        sha256=digest, name=name[:120], rows=len(rows), imported_by=actor.id, imported_at=now
    )
    BankCredit.objects.bulk_create(
        credit_of(row, bank_file, deposits.get(row.payee_account)) for row in rows
    )
    for row in rows:
        if row.payee_account in deposits:
            book(row, actor, now)
    for deposit in deposits.values():
        judge(deposit, actor, clock)
    states = [deposit.state for deposit in deposits.values()]
    return ImportReport(
        rows=len(rows),
        matched=sum(state != DepositState.UNMATCHED for state in states),
        mismatched=states.count(DepositState.UNMATCHED),
        unknown=sum(row.payee_account not in deposits for row in rows),
        total_fen=sum(row.amount_fen for row in rows),
    )


def credit_of(row: BankRow, bank_file: BankFile, deposit: Deposit | None) -> BankCredit:
    return BankCredit(
        file=bank_file,
        deposit=deposit,
        reference=row.reference,
        amount_fen=row.amount_fen,
        booked_at=row.booked_at,
        payer_name=row.payer_name,
        payer_account=row.payer_account,
        payee_account=row.payee_account,
    )


def book(row: BankRow, actor: Actor, at: datetime) -> None:
    """Records a credit; the payer stays a salted hash in the ledger (DEP-04)."""
    salted = f"{settings.SECRET_KEY}|{row.payer_name}|{row.payer_account}"
    event = events.CreditBooked(
        row.reference,
        row.amount_fen,
        iso_ms(row.booked_at),
        hashlib.sha256(salted.encode()).hexdigest(),
    )
    record(stream=f"account/{row.payee_account}", event=event, actor=actor, at=at)


def judge(deposit: Deposit, actor: Actor, clock: Clock) -> None:
    """Judges a sub-account after a credit and qualifies the bidder when it is good."""
    registration = deposit.registration
    lot = registration.lot
    rows = deposit.credits.order_by("pk")
    credits = [Credit(row.amount_fen, row.booked_at, row.payer_name) for row in rows]
    match = match_deposit(
        credits,
        payer=registration.organisation_name,
        required_fen=deposit.required_fen,
        cutoff_at=lot.deposit_cutoff_at,
    )
    state = step(DEPOSIT_TABLE, DepositState(deposit.state), "credit").next
    deposit.paid_fen, deposit.reason = match.paid_fen, match.reason or ""
    is_late = clock.now() >= lot.deposit_cutoff_at
    if match.is_matched and state == DepositState.UNMATCHED:
        state = step(DEPOSIT_TABLE, state, "match").next
    if state != DepositState.UNMATCHED:
        deposit.excess_fen = max(0, match.paid_fen - deposit.required_fen)
    deposit.state = state
    deposit.save(update_fields=["state", "paid_fen", "excess_fen", "reason"])
    event = events.DepositJudged(
        registration.no, state, deposit.reason, deposit.paid_fen, deposit.excess_fen
    )
    at = clock.now()
    record(stream=f"account/{deposit.account_no}", event=event, actor=actor, at=at)
    if state == DepositState.MATCHED and not is_late:
        qualify(deposit, actor, clock)


def qualify(deposit: Deposit, actor: Actor, clock: Clock) -> None:
    """Gives the paid-up bidder a random plate and a seat; once only."""
    registration = deposit.registration
    if registration.state != RegistrationState.DEPOSIT_DUE:
        return
    move = step(REGISTRATION_TABLE, RegistrationState(registration.state), "qualify")
    seat = bidding.seat_bidder(
        room_code=registration.lot.room_code,
        user_id=registration.user_id,
        organisation_id=registration.organisation_id,
        actor=actor,
        clock=clock,
    )
    registration.state, registration.plate = move.next, seat.plate
    registration.qualified_at = clock.now()
    registration.save(update_fields=["state", "plate", "qualified_at"])
    event = events.BidderQualified(registration.no, seat.plate)
    stream = f"account/{deposit.account_no}"
    record(stream=stream, event=event, actor=actor, at=registration.qualified_at)


@transaction.atomic(durable=True)
def settle_cutoff(*, pk: int, clock: Clock) -> bool:
    """At the cut-off: a good deposit is locked, anything else goes back. False if done already."""
    (deposit,) = lock_deposits([pk]) or (None,)
    now = clock.now()
    if deposit is None or deposit.next_due_at is None or deposit.next_due_at > now:
        return False
    deposit.next_due_at = None
    if deposit.state == DepositState.MATCHED:
        deposit.state = step(DEPOSIT_TABLE, DepositState.MATCHED, "lock").next
    elif deposit.state == DepositState.UNMATCHED:
        deposit.state = step(DEPOSIT_TABLE, DepositState.UNMATCHED, "return").next
    deposit.save(update_fields=["state", "next_due_at"])
    registration = deposit.registration
    if registration.state == RegistrationState.DEPOSIT_DUE:
        lapse(registration, clock)
    return True


def release_losers(lot: Lot, winner_pk: int | None, due_on: date, rule: str, clock: Clock) -> None:
    """Makes the losers' refunds due, inside the close's transaction. LD-04, GP-16, EQ-09."""
    registrations = lot.registrations.exclude(pk=winner_pk) if winner_pk else lot.registrations
    pks = list(registrations.values_list("deposit__pk", flat=True))
    for deposit in lock_deposits(pks):
        if deposit.state not in {DepositState.LOCKED, DepositState.MATCHED}:
            continue
        deposit.state = step(DEPOSIT_TABLE, DepositState(deposit.state), "release").next
        deposit.refund_due_on, deposit.refund_rule = due_on, rule
        deposit.save(update_fields=["state", "refund_due_on", "refund_rule"])
        event = events.RefundFellDue(deposit.paid_fen, due_on.isoformat(), rule)
        record(stream=f"account/{deposit.account_no}", event=event, actor=SYSTEM, at=clock.now())


def apply_winner(deposit_pk: int, clock: Clock) -> None:
    """Counts the winner's deposit as part of the price (抵作价款). DEP-08."""
    (deposit,) = lock_deposits([deposit_pk])
    if deposit.state == DepositState.MATCHED:
        deposit.state = step(DEPOSIT_TABLE, DepositState.MATCHED, "lock").next
    deposit.state = step(DEPOSIT_TABLE, DepositState(deposit.state), "apply").next
    deposit.save(update_fields=["state"])
    event = events.DepositApplied(deposit.required_fen)
    record(stream=f"account/{deposit.account_no}", event=event, actor=SYSTEM, at=clock.now())


@transaction.atomic(durable=True)
def refund_deposit(*, pk: int, bank_reference: str, actor: Actor, clock: Clock) -> Deposit:
    """Notes that the bank paid a due refund back to the paying account (原路退回)."""
    permissions.require(actor, "refund_deposit")
    reference = bank_reference.strip()
    if not reference:
        raise Invalid(fields={"bank_reference": _("请填写银行退款流水号。")})
    (deposit,) = lock_deposits([pk]) or (None,)
    if deposit is None:
        raise Conflict("deposit_unknown", _("没有这笔保证金。"))
    deposit.state = step(DEPOSIT_TABLE, DepositState(deposit.state), "refund").next
    deposit.refunded_at, deposit.refund_note = clock.now(), reference[:300]
    deposit.save(update_fields=["state", "refunded_at", "refund_note"])
    event = events.DepositRefunded(deposit.paid_fen, reference[:60])
    record(stream=f"account/{deposit.account_no}", event=event, actor=actor, at=deposit.refunded_at)
    return deposit
