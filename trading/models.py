"""The sale's tables: projects, lots, registrations, deposits, bank credits, awards."""

from enum import StrEnum

from django.db import models
from django.db.models import Q

from trading.rules.deposits import DepositState
from trading.rules.lot_states import LotState
from trading.rules.registrations import RegistrationState


def states_of(kind: type[StrEnum], name: str) -> models.CheckConstraint:
    """Returns the CHECK that lists a state machine's states."""
    return models.CheckConstraint(name=name, condition=Q(state__in=[state.value for state in kind]))


class Series(models.Model):
    """The last number given in a series (编号); numbers are never reused."""

    name = models.CharField(max_length=60, primary_key=True)
    last = models.PositiveIntegerField(default=0)


class Project(models.Model):
    """What is sold or bought under one approval (项目)."""

    no = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=2)
    unit = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    investment_code = models.CharField(max_length=24, blank=True)
    funds_note = models.CharField(max_length=200)
    is_exempt = models.BooleanField(default=False)
    exemption_note = models.CharField(max_length=200, blank=True)
    created_by = models.CharField(max_length=20)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.no


class Lot(models.Model):
    """One object of one sale (标的). `terms` and `law` are frozen at publication."""

    no = models.CharField(max_length=44, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="lots")
    title = models.CharField(max_length=200)
    procedure = models.CharField(max_length=20)
    state = models.CharField(max_length=12, default=LotState.DRAFT)
    preset = models.CharField(max_length=12)
    preset_version = models.CharField(max_length=20, blank=True)
    terms = models.JSONField(default=dict)
    law = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    unit = models.CharField(max_length=4, default="wan")
    start_fen = models.BigIntegerField()
    step_fen = models.BigIntegerField()
    deposit_fen = models.BigIntegerField()
    appraisal_fen = models.BigIntegerField(null=True)
    has_reserve = models.BooleanField(default=False)
    opens_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    deposit_cutoff_at = models.DateTimeField()
    notice_no = models.CharField(max_length=60, blank=True)
    published_at = models.DateTimeField(null=True)
    publish_due_at = models.DateTimeField(null=True, db_index=True)
    blocked = models.JSONField(default=list)
    room_code = models.CharField(max_length=8, blank=True, db_index=True)
    created_by = models.CharField(max_length=20)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            states_of(LotState, "lot_state_known"),
            models.CheckConstraint(
                name="lot_money_not_negative",
                condition=Q(start_fen__gt=0, step_fen__gt=0, deposit_fen__gte=0),
            ),
            models.CheckConstraint(name="lot_unit_known", condition=Q(unit__in=["wan", "yuan"])),
        ]

    def __str__(self) -> str:
        return self.no


class Registration(models.Model):
    """One organisation's application to take part in one lot (报名)."""

    no = models.CharField(max_length=60, unique=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="registrations")
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    organisation_name = models.CharField(max_length=200)
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, default=RegistrationState.DEPOSIT_DUE)
    contact = models.CharField(max_length=60)
    phone = models.CharField(max_length=20)
    plate = models.CharField(max_length=4, blank=True)
    applied_at = models.DateTimeField()
    qualified_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            states_of(RegistrationState, "registration_state_known"),
            models.UniqueConstraint(fields=["lot", "organisation"], name="one_registration"),
        ]


class Deposit(models.Model):
    """Money held in trust for one registration, in its own sub-account (保证金子账号)."""

    registration = models.OneToOneField(
        Registration, on_delete=models.PROTECT, related_name="deposit"
    )
    account_no = models.CharField(max_length=32, unique=True)
    state = models.CharField(max_length=12, default=DepositState.DUE)
    required_fen = models.BigIntegerField()
    paid_fen = models.BigIntegerField(default=0)
    excess_fen = models.BigIntegerField(default=0)
    refunded_fen = models.BigIntegerField(default=0)
    reason = models.CharField(max_length=20, blank=True)
    refund_due_on = models.DateField(null=True)
    refund_rule = models.CharField(max_length=12, blank=True)
    next_due_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            states_of(DepositState, "deposit_state_known"),
            models.CheckConstraint(
                name="deposit_money_not_negative",
                condition=Q(required_fen__gte=0, paid_fen__gte=0, excess_fen__gte=0),
            ),
            models.CheckConstraint(
                name="deposit_refund_covered",
                condition=Q(refunded_fen__gte=0, refunded_fen__lte=models.F("paid_fen")),
            ),
        ]


class Refund(models.Model):
    """Money that the bank paid back to the paying account (原路退回); never changed."""

    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="refunds")
    amount_fen = models.BigIntegerField()
    bank_reference = models.CharField(max_length=60, unique=True)
    noted_by = models.CharField(max_length=20)
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="refund_positive", condition=Q(amount_fen__gt=0))
        ]


class BankFile(models.Model):
    """A bank file taken in whole (银行流水文件); the same bytes are never taken twice."""

    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    rows = models.PositiveIntegerField()
    imported_by = models.CharField(max_length=20)
    imported_at = models.DateTimeField()


class BankCredit(models.Model):
    """One booking from a bank file; its row is never changed."""

    file = models.ForeignKey(BankFile, on_delete=models.PROTECT, related_name="credits")
    deposit = models.ForeignKey(
        Deposit, on_delete=models.PROTECT, null=True, related_name="credits"
    )
    reference = models.CharField(max_length=60, unique=True)
    amount_fen = models.BigIntegerField()
    booked_at = models.DateTimeField()
    payer_name = models.CharField(max_length=200)
    payer_account = models.CharField(max_length=40)
    payee_account = models.CharField(max_length=40)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="credit_positive", condition=Q(amount_fen__gt=0))
        ]


class CreditReturn(models.Model):
    """A credit to an account nobody has, paid back to who sent it (不明款项退回); never changed."""

    credit = models.OneToOneField(BankCredit, on_delete=models.PROTECT, related_name="returned")
    bank_reference = models.CharField(max_length=60, unique=True)
    noted_by = models.CharField(max_length=20)
    noted_at = models.DateTimeField()


class Award(models.Model):
    """Who won at what price (成交); rates in percent with two decimals."""

    lot = models.OneToOneField(Lot, on_delete=models.PROTECT, related_name="award")
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, null=True)
    plate = models.CharField(max_length=4)
    price_fen = models.BigIntegerField()
    premium_fen = models.BigIntegerField(null=True)
    premium_rate = models.CharField(max_length=16, blank=True)
    saving_fen = models.BigIntegerField(null=True)
    saving_rate = models.CharField(max_length=16, blank=True)
    ended_at = models.DateTimeField()
    dates = models.JSONField(default=dict)
    result_notice_no = models.CharField(max_length=60, blank=True)
    disclosed_at = models.DateTimeField(null=True)
    document_code = models.CharField(max_length=12, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=20, blank=True)
    contracted_on = models.DateField(null=True)


class Release(models.Model):
    """One thing made public of a lot, in the order in which it became public: the cursor of the
    open data. `index` is gapless and rises with the commits."""

    index = models.BigIntegerField(primary_key=True)
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="releases")
    tag = models.CharField(max_length=16)
    released_at = models.DateTimeField()

    class Meta:
        ordering = ["index"]
        constraints = [models.UniqueConstraint(fields=["lot", "tag"], name="one_release_a_tag")]
