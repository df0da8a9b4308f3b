"""Deposits go back by rule, or count as part of the price. DEP-05, DEP-08, LD-04, GP-16, EQ-09."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from kernel.actors import SYSTEM, Actor
from kernel.clock import Clock
from kernel.errors import Conflict, Invalid, NotFound
from kernel.machine import step
from kernel.money import format_yuan
from law import selectors as law
from trading import events, permissions
from trading.locks import lock_deposit, lock_deposits, next_index
from trading.models import BankCredit, CreditReturn, Deposit, Lot, Refund
from trading.rules.deposits import DEPOSIT_TABLE, DepositState, owed_fen
from trading.rules.procedures import PROCEDURES

REFERENCE_LENGTH = 60


def frozen_day(lot: Lot, name: str, event_on: date) -> date:
    """The lawful day of one of the procedure's rules, by the row frozen into the lot."""
    rule = PROCEDURES[lot.procedure].after[name].rule
    rows: Mapping[str, Mapping[str, object]] = lot.law
    return law.frozen_limit_on(rule, rows[rule], event_on)


def owed(deposit: Deposit) -> int:
    """Fen that must go back now."""
    return owed_fen(
        DepositState(deposit.state),
        required_fen=deposit.required_fen,
        paid_fen=deposit.paid_fen,
        refunded_fen=deposit.refunded_fen,
    )


def give_back(deposit: Deposit, since_on: date, clock: Clock, name: str = "refund") -> None:
    """Sets by which day and rule the money goes back, and records it. The caller saves. A day
    that runs already stays: more money on the account never puts off what is owed."""
    lot = deposit.registration.lot
    due_on = frozen_day(lot, name, since_on)
    if deposit.refund_due_on is None or due_on < deposit.refund_due_on:
        deposit.refund_due_on = due_on
        deposit.refund_rule = PROCEDURES[lot.procedure].after[name].rule
    event = events.RefundFellDue(
        owed(deposit), deposit.refund_due_on.isoformat(), deposit.refund_rule
    )
    record(stream=f"account/{deposit.account_no}", event=event, actor=SYSTEM, at=clock.now())


def release_losers(lot: Lot, winner_pk: int | None, ended_on: date, clock: Clock) -> None:
    """Makes the losers' refunds due, inside the close's transaction."""
    registrations = lot.registrations.exclude(pk=winner_pk) if winner_pk else lot.registrations
    pks = list(registrations.values_list("deposit__pk", flat=True))
    for deposit in lock_deposits(pks):
        if deposit.state not in {DepositState.LOCKED, DepositState.MATCHED}:
            continue
        deposit.state = step(DEPOSIT_TABLE, DepositState(deposit.state), "release").next
        give_back(deposit, ended_on, clock)
        deposit.save(update_fields=["state", "refund_due_on", "refund_rule"])


def apply_winner(deposit_pk: int, clock: Clock) -> None:
    """Counts the winner's deposit as part of the price (抵作价款). DEP-08."""
    deposit = lock_deposit(deposit_pk)
    if deposit.state == DepositState.MATCHED:
        deposit.state = step(DEPOSIT_TABLE, DepositState.MATCHED, "lock").next
    deposit.state = step(DEPOSIT_TABLE, DepositState(deposit.state), "apply").next
    deposit.save(update_fields=["state"])
    event = events.DepositApplied(deposit.required_fen)
    record(stream=f"account/{deposit.account_no}", event=event, actor=SYSTEM, at=clock.now())


def release_winner(deposit_pk: int, signed_on: date, clock: Clock) -> None:
    """Makes the deposit of a purchase's winner due once the contract is signed. DEP-08, GP-16."""
    deposit = lock_deposit(deposit_pk)
    deposit.state = step(DEPOSIT_TABLE, DepositState(deposit.state), "release").next
    give_back(deposit, signed_on, clock, "winner_refund")
    deposit.save(update_fields=["state", "refund_due_on", "refund_rule"])


@transaction.atomic(durable=True)
def refund_deposit(
    *, pk: int, amount_fen: int, bank_reference: str, actor: Actor, clock: Clock
) -> Refund:
    """Notes that the bank paid everything that is owed back to the paying account (原路退回);
    `amount_fen` is what the finance clerk saw and paid. Conflict if something else is owed by
    now, nothing is, or the bank's reference was noted before."""
    permissions.require(actor, "refund_deposit")
    reference = clean_reference(bank_reference)
    deposit = lock_deposit(pk)
    owed_now = owed(deposit)
    move = step(DEPOSIT_TABLE, DepositState(deposit.state), "refund")
    if owed_now == 0:
        raise Conflict("nothing_owed", _("这笔保证金没有应退款项。"))
    if owed_now != amount_fen:
        text = _("应退金额已变为 %(yuan)s 元，请核对后重新登记。")
        raise Conflict("amount_changed", text % {"yuan": format_yuan(owed_now)})
    require_new_reference(reference)
    refund = Refund.objects.create(
        deposit=deposit,
        amount_fen=amount_fen,
        bank_reference=reference,
        noted_by=actor.id,
        noted_at=clock.now(),
    )
    deposit.state, deposit.refunded_fen = move.next, deposit.refunded_fen + amount_fen
    # What comes after this is a new debt with a day of its own; the record keeps the old one.
    deposit.refund_due_on = None
    deposit.save(update_fields=["state", "refunded_fen", "refund_due_on"])
    event = events.DepositRefunded(amount_fen, reference)
    record(stream=f"account/{deposit.account_no}", event=event, actor=actor, at=refund.noted_at)
    return refund


def require_new_reference(reference: str) -> None:
    """Conflict if a payment of the bank with this reference was noted before, for whatever."""
    for table in (Refund, CreditReturn):
        if table.objects.filter(bank_reference=reference).exists():
            raise Conflict("reference_known", _("这个银行退款流水号已经登记过。"))


@transaction.atomic(durable=True)
def return_credit(*, pk: int, bank_reference: str, actor: Actor, clock: Clock) -> CreditReturn:
    """Notes that money which came to an account nobody has went back to who paid it. NotFound
    for a credit that belongs to a deposit; Conflict if it went back before."""
    permissions.require(actor, "refund_deposit")
    reference = clean_reference(bank_reference)
    next_index("bank-files")  # one at a time, as bank files are
    credit = BankCredit.objects.select_related("file").filter(pk=pk, deposit=None).first()
    if credit is None:
        raise NotFound("credit_unknown")
    if CreditReturn.objects.filter(credit=credit).exists():
        raise Conflict("returned", _("这笔款项已经退回。"))
    require_new_reference(reference)
    made = CreditReturn.objects.create(
        credit=credit, bank_reference=reference, noted_by=actor.id, noted_at=clock.now()
    )
    event = events.CreditReturned(credit.reference, credit.amount_fen, reference)
    stream = bank_stream(credit.file.sha256)
    record(stream=stream, event=event, actor=actor, at=made.noted_at)
    return made


def bank_stream(sha256: str) -> str:
    """The ledger's stream of one bank file."""
    return f"bank/{sha256[:16]}"


def clean_reference(text: str) -> str:
    reference = text.strip()
    if not reference or len(reference) > REFERENCE_LENGTH:
        raise Invalid(fields={"bank_reference": _("请填写银行退款流水号（最多 60 个字符）。")})
    return reference
