"""Bank files in, deposits judged, plates given, the cut-off settled. DEP-03, DEP-04."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from bidding.services import rooms as bidding
from kernel.actors import Actor
from kernel.clock import Clock, iso_ms
from kernel.errors import Conflict, Invalid
from kernel.machine import step
from law.selectors import china_date
from trading import events, permissions
from trading.locks import PART, lock_deposits, next_index
from trading.models import BankCredit, BankFile, Deposit, Lot, Registration
from trading.rules.bank_file import BankRow, RowFault, future_rows, read_bank_file
from trading.rules.deposits import DEPOSIT_TABLE, HELD, Credit, DepositState, Match, match_deposit
from trading.rules.lot_states import LotState
from trading.rules.registrations import REGISTRATION_TABLE, RegistrationState
from trading.services.refunds import bank_stream, give_back
from trading.services.registrations import lapse

SELLING = frozenset({LotState.ANNOUNCED, LotState.OPEN})
SKEW = timedelta(minutes=10)
"""How far a bank's clock may be ahead of ours."""


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


@dataclass(frozen=True, slots=True)
class Preview:
    """What a bank file holds, before anything of it is posted."""

    rows: int
    accounts: int
    unknown: int
    total_fen: int


# ── reading ───────────────────────────────────────────────────────────────────────────────────


def preview_bank(*, content: bytes, actor: Actor, clock: Clock) -> Preview:
    """Checks a bank file and counts what it would touch; posts nothing. BadBankFile, Conflict."""
    permissions.require(actor, "import_bank")
    rows = read_rows(content, clock)
    require_new(content, rows)
    accounts = {row.payee_account for row in rows}
    known = set(deposits_of(accounts))
    return Preview(
        rows=len(rows),
        accounts=len(known),
        unknown=sum(row.payee_account not in known for row in rows),
        total_fen=sum(row.amount_fen for row in rows),
    )


def read_rows(content: bytes, clock: Clock) -> tuple[BankRow, ...]:
    """The file's rows. BadBankFile names every line that is wrong or lies in the future."""
    reading = read_bank_file(content)
    faults = list(reading.faults) or future_rows(reading.rows, clock.now() + SKEW)
    if faults:
        raise BadBankFile(faults)
    return reading.rows


def require_new(content: bytes, rows: Sequence[BankRow]) -> None:
    """Conflict if these bytes were taken before, BadBankFile if a reference was."""
    if BankFile.objects.filter(sha256=digest_of(content)).exists():
        raise Conflict("file_known", _("这个银行文件已经导入过。"))
    faults = known_references(rows)
    if faults:
        raise BadBankFile(faults)


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def known_references(rows: Sequence[BankRow]) -> list[RowFault]:
    """Rows whose bank reference was already posted from another file."""
    references = [row.reference for row in rows]
    known: set[str] = set()
    for start in range(0, len(references), PART):
        found = BankCredit.objects.filter(reference__in=references[start : start + PART])
        known.update(found.values_list("reference", flat=True))
    return [
        RowFault(row.line, "known_reference", "reference", row.reference)
        for row in rows
        if row.reference in known
    ]


def deposits_of(accounts: set[str]) -> dict[str, int]:
    """Keys of the deposits by sub-account."""
    known = sorted(accounts)
    found: dict[str, int] = {}
    for start in range(0, len(known), PART):
        rows = Deposit.objects.filter(account_no__in=known[start : start + PART])
        found.update(rows.values_list("account_no", "pk"))
    return found


# ── posting ───────────────────────────────────────────────────────────────────────────────────


@transaction.atomic(durable=True)
def import_bank(*, name: str, content: bytes, actor: Actor, clock: Clock) -> ImportReport:
    """Posts a bank file: all rows or none. BadBankFile names each bad line; Conflict if these
    very bytes were posted before. Files are posted one after the other."""
    permissions.require(actor, "import_bank")
    rows = read_rows(content, clock)
    next_index("bank-files")
    require_new(content, rows)
    accounts = {row.payee_account for row in rows}
    deposits = {item.account_no: item for item in lock_deposits(deposits_of(accounts).values())}
    bank_file = BankFile.objects.create(
        sha256=digest_of(content),
        name=name[:120],
        rows=len(rows),
        imported_by=actor.id,
        imported_at=clock.now(),
    )
    BankCredit.objects.bulk_create(
        (credit_of(row, bank_file, deposits.get(row.payee_account)) for row in rows),
        batch_size=PART,
    )
    note_file(rows, bank_file, set(deposits), actor)
    book(rows, bank_file, deposits, actor)
    for deposit in deposits.values():
        judge(deposit, actor, clock)
    good = {DepositState.MATCHED, DepositState.LOCKED, DepositState.APPLIED}
    matched = sum(deposit.state in good for deposit in deposits.values())
    return ImportReport(
        rows=len(rows),
        matched=matched,
        mismatched=len(deposits) - matched,
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


def note_file(rows: Sequence[BankRow], bank_file: BankFile, known: set[str], actor: Actor) -> None:
    """Records the file itself, with every reference whose account nobody has."""
    event = events.BankFileImported(
        bank_file.sha256,
        len(rows),
        sum(row.amount_fen for row in rows),
        [row.reference for row in rows if row.payee_account not in known],
    )
    stream = bank_stream(bank_file.sha256)
    record(stream=stream, event=event, actor=actor, at=bank_file.imported_at)


def book(
    rows: Sequence[BankRow], bank_file: BankFile, deposits: dict[str, Deposit], actor: Actor
) -> None:
    """Records the credits, one entry a sub-account; payers stay keyed hashes (DEP-04)."""
    found: dict[str, list[events.Booking]] = {}
    for row in rows:
        if row.payee_account in deposits:
            found.setdefault(row.payee_account, []).append(booking_of(row))
    for account_no, credits in found.items():
        event = events.CreditsBooked(bank_file.sha256, credits)
        stream = f"account/{account_no}"
        record(stream=stream, event=event, actor=actor, at=bank_file.imported_at)


def booking_of(row: BankRow) -> events.Booking:
    payer = f"{row.payer_name}|{row.payer_account}".encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), payer, hashlib.sha256).hexdigest()
    return events.Booking(row.reference, row.amount_fen, iso_ms(row.booked_at), digest)


# ── judging ───────────────────────────────────────────────────────────────────────────────────


def judge(deposit: Deposit, actor: Actor, clock: Clock) -> None:
    """Judges a sub-account after a credit: a good one qualifies its bidder, money that comes too
    late, from another payer or to a withdrawn registration goes back."""
    registration, lot, now = deposit.registration, deposit.registration.lot, clock.now()
    match = match_of(deposit)
    state = step(DEPOSIT_TABLE, DepositState(deposit.state), "credit").next
    deposit.paid_fen, deposit.reason = match.paid_fen, match.reason or ""
    excess_fen = match.excess_fen
    if state in HELD:  # what is good stays good: only what came besides goes back
        deposit.reason = "stray" if match.reason == "payer_mismatch" else ""
        excess_fen = max(0, match.paid_fen - deposit.required_fen)
    is_good = match.is_matched and state in {DepositState.UNMATCHED, DepositState.RETURNED}
    if is_good and may_qualify(deposit, clock):
        state = step(DEPOSIT_TABLE, state, "match").next
        deposit.refund_due_on, deposit.refund_rule = None, ""  # held again, nothing is due
        qualify(deposit, actor, clock)
    elif is_good:
        deposit.reason = too_late(deposit)
    if state == DepositState.MATCHED and deposit.next_due_at is None:
        state = step(DEPOSIT_TABLE, state, "lock").next
    is_over = registration.state != RegistrationState.DEPOSIT_DUE or now >= lot.deposit_cutoff_at
    if state == DepositState.UNMATCHED and is_over:
        state = step(DEPOSIT_TABLE, state, "return").next
    deposit.state, deposit.excess_fen = state, excess_fen
    if state in {DepositState.RETURNED, DepositState.REFUND_DUE}:
        give_back(deposit, china_date(now), clock)
    deposit.save(
        update_fields=["state", "paid_fen", "excess_fen", "reason", "refund_due_on", "refund_rule"]
    )
    event = events.DepositJudged(
        registration.no, state, deposit.reason, deposit.paid_fen, deposit.excess_fen
    )
    record(stream=f"account/{deposit.account_no}", event=event, actor=actor, at=now)


def match_of(deposit: Deposit) -> Match:
    """The verdict on everything booked to the sub-account so far."""
    rows = deposit.credits.order_by("pk").values_list("amount_fen", "booked_at", "payer_name")
    return match_deposit(
        [Credit(fen, booked_at, payer) for fen, booked_at, payer in rows],
        payer=deposit.registration.organisation_name,
        required_fen=deposit.required_fen,
        cutoff_at=deposit.registration.lot.deposit_cutoff_at,
    )


def may_qualify(deposit: Deposit, clock: Clock) -> bool:
    """Whether a good deposit still buys a seat. The bank's booking time counts, not the hour of
    the import; so a registration that lapsed for want of the file is taken up again, as long as
    the bidding lasts and nothing was paid back."""
    registration = deposit.registration
    waiting = {RegistrationState.DEPOSIT_DUE, RegistrationState.LAPSED}
    is_selling = is_on_sale(registration.lot) and clock.now() < registration.lot.ends_at
    return registration.state in waiting and is_selling and deposit.refunded_fen == 0


def too_late(deposit: Deposit) -> str:
    """Why good money buys no seat any more."""
    if deposit.registration.state == RegistrationState.WITHDRAWN:
        return "withdrawn"
    return "after_refund" if deposit.refunded_fen else "imported_late"


def is_on_sale(lot: Lot) -> bool:
    return lot.state in SELLING


def qualify(deposit: Deposit, actor: Actor, clock: Clock) -> Registration:
    """Gives the paid-up bidder a random plate and a seat."""
    registration = deposit.registration
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
    return registration


# ── the cut-off ───────────────────────────────────────────────────────────────────────────────


@transaction.atomic(durable=True)
def settle_cutoff(*, pk: int, clock: Clock) -> bool:
    """At the cut-off: a good deposit is locked, anything else goes back. False if done already."""
    found = lock_deposits([pk])
    now = clock.now()
    if not found or found[0].next_due_at is None or found[0].next_due_at > now:
        return False
    settle(found[0], china_date(found[0].registration.lot.deposit_cutoff_at), clock)
    return True


def settle(deposit: Deposit, since_on: date, clock: Clock) -> None:
    """Settles a locked sub-account as of that day."""
    deposit.next_due_at = None
    if deposit.state == DepositState.MATCHED:
        deposit.state = step(DEPOSIT_TABLE, DepositState.MATCHED, "lock").next
    elif deposit.state == DepositState.UNMATCHED:
        deposit.state = step(DEPOSIT_TABLE, DepositState.UNMATCHED, "return").next
        give_back(deposit, since_on, clock)
    deposit.save(update_fields=["state", "next_due_at", "refund_due_on", "refund_rule"])
    if deposit.registration.state == RegistrationState.DEPOSIT_DUE:
        lapse(deposit.registration, clock)


def close_accounts(lot: Lot, ended_on: date, clock: Clock) -> None:
    """The sale ended before its cut-off: nothing is waited for any more. Whoever has not paid
    need not, and what did not fit goes back from that day. Inside the caller's transaction."""
    waiting = Deposit.objects.filter(registration__lot=lot).exclude(next_due_at=None)
    for deposit in lock_deposits(list(waiting.values_list("pk", flat=True))):
        settle(deposit, ended_on, clock)
