"""A bidder registers for a lot and gets a deposit sub-account (报名). TC 17: one per lot."""

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.selectors import get_organisation
from audit.services import record
from kernel.actors import SYSTEM, Actor
from kernel.clock import Clock
from kernel.errors import Conflict, Forbidden, Invalid
from kernel.machine import step
from kernel.phones import phone_digits
from trading import events, permissions
from trading.locks import lock_lot, lock_registration
from trading.models import Deposit, Lot, Registration
from trading.rules.deposits import DepositState
from trading.rules.lot_states import LotState
from trading.rules.procedures import PROCEDURES
from trading.rules.registrations import REGISTRATION_TABLE, RegistrationState

ACCOUNT_PREFIX = "6228"
ACCOUNT_DIGITS = 12
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_LETTERS = 8


@dataclass(frozen=True, slots=True)
class RegistrationEntry:
    """What the bidder fills in; the organisation is the one signed in for."""

    contact: str
    phone: str
    has_agreed: bool


@transaction.atomic(durable=True)
def register(*, lot_no: str, entry: RegistrationEntry, actor: Actor, clock: Clock) -> Registration:
    """Registers the actor's organisation and opens its sub-account. Conflict after the cut-off."""
    permissions.require(actor, "register")
    lot = lock_lot(lot_no)
    require_open(lot, clock)
    require_entry(entry)
    if actor.organisation_id is None or actor.user_id is None:
        raise Forbidden("no_organisation", _("请先加入一个已登记的单位再报名。"))
    organisation = get_organisation(actor.organisation_id)
    require_eligible(lot, organisation.pk)
    now = clock.now()
    registration = Registration.objects.create(
        no=f"{lot.no}-B{random_letters()}",
        lot=lot,
        organisation_id=organisation.pk,
        organisation_name=organisation.name,
        user_id=actor.user_id,
        contact=entry.contact.strip(),
        phone=phone_digits(entry.phone),
        applied_at=now,
    )
    deposit = open_account(registration, lot)
    event = events.RegistrationFiled(registration.no, deposit.account_no, lot.deposit_fen)
    record(stream=f"account/{deposit.account_no}", event=event, actor=actor, at=now)
    return registration


def random_letters() -> str:
    """A registration's number is random: counted, it would tell how many there are."""
    return "".join(secrets.choice(CROCKFORD) for _i in range(NUMBER_LETTERS))


def require_open(lot: Lot, clock: Clock) -> None:
    """Conflict unless the lot takes registrations now."""
    if lot.state not in {LotState.ANNOUNCED, LotState.OPEN}:
        raise Conflict("not_enrolling", _("该标的目前不接受报名。"))
    if clock.now() >= lot.deposit_cutoff_at:
        raise Conflict("enrolment_over", _("报名和交纳保证金的时间已过。"))


def require_entry(entry: RegistrationEntry) -> None:
    faults: dict[str, object] = {}
    if not entry.contact.strip():
        faults["contact"] = _("请填写联系人。")
    if not phone_digits(entry.phone):
        faults["phone"] = _("请填写 7 至 12 位数字的电话号码，例如 0838-2200000。")
    if not entry.has_agreed:
        faults["has_agreed"] = _("请阅读并同意竞价规则。")
    if faults:
        raise Invalid(fields=faults)


def require_eligible(lot: Lot, organisation_id: int) -> None:
    """The selling unit may not bid (AUL 22, AUL 30); one registration per organisation."""
    if lot.project.unit_id == organisation_id:
        is_sale = PROCEDURES[lot.procedure].is_sale
        text = _("出让（委托）单位不能参加自己标的的竞价。")
        raise Forbidden("own_lot", text if is_sale else _("采购人不能参加自己采购的竞价。"))
    if Registration.objects.filter(lot=lot, organisation_id=organisation_id).exists():
        raise Conflict("already_registered", _("贵单位已经报名，不必重复。"))


def open_account(registration: Registration, lot: Lot) -> Deposit:
    """Opens the sub-account. Its number is random, so numbers do not tell how many there are."""
    digits = "".join(secrets.choice("0123456789") for _i in range(ACCOUNT_DIGITS))
    return Deposit.objects.create(
        registration=registration,
        account_no=f"{ACCOUNT_PREFIX}{digits}",
        required_fen=lot.deposit_fen,
        next_due_at=lot.deposit_cutoff_at,
    )


@transaction.atomic(durable=True)
def withdraw_registration(*, no: str, actor: Actor, clock: Clock) -> Registration:
    """Takes a registration back before any money has come."""
    permissions.require(actor, "withdraw_registration")
    registration = lock_registration(no)
    if registration.organisation_id != actor.organisation_id:
        raise Forbidden("not_yours", _("只能撤回本单位的报名。"))
    move = step(REGISTRATION_TABLE, RegistrationState(registration.state), "withdraw")
    deposit = registration.deposit
    if deposit.state != DepositState.DUE:
        raise Conflict("money_came", _("已有保证金到账，请等待退还后再撤回。"))
    registration.state = move.next
    registration.save(update_fields=["state"])
    event = events.RegistrationWithdrawn(registration.no)
    record(stream=f"account/{deposit.account_no}", event=event, actor=actor, at=clock.now())
    return registration


def lapse(registration: Registration, clock: Clock) -> None:
    """No good deposit at the cut-off: the registration lapses. Inside the caller's transaction."""
    move = step(REGISTRATION_TABLE, RegistrationState(registration.state), "lapse")
    registration.state = move.next
    registration.save(update_fields=["state"])
    event = events.DepositJudged(registration.no, "lapsed", "cutoff", 0, 0)
    stream = f"account/{registration.deposit.account_no}"
    record(stream=stream, event=event, actor=SYSTEM, at=clock.now())
