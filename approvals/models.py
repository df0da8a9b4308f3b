"""Items and cases. Deadlines are derived: the inputs are stored, the dates can be recomputed."""

from django.db import models
from django.db.models import F, Q

from approvals.rules.case_states import CaseState


class CaseSeries(models.Model):
    """The last case number of one day; numbers are never reused."""

    name = models.CharField(max_length=40, primary_key=True)
    last = models.PositiveIntegerField(default=0)


class ItemVersion(models.Model):
    """One published version of an item (事项), immutable: what it asks and promises."""

    code = models.CharField(max_length=40)
    index = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    organ = models.CharField(max_length=120)
    statutory_wd = models.PositiveIntegerField()
    committed_wd = models.PositiveIntegerField()
    materials = models.JSONField(default=list)
    bases = models.JSONField(default=list)
    fee_note = models.CharField(max_length=200)
    window = models.CharField(max_length=60)
    enquiry = models.CharField(max_length=120)
    is_project_approval = models.BooleanField(default=False)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["code", "-index"]
        constraints = [
            models.UniqueConstraint(fields=["code", "index"], name="one_item_version"),
            models.CheckConstraint(
                name="promise_within_law", condition=Q(committed_wd__lte=F("statutory_wd"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Case(models.Model):
    """One application for one item (办件)."""

    no = models.CharField(max_length=24, unique=True)
    item = models.ForeignKey(ItemVersion, on_delete=models.PROTECT, related_name="cases")
    state = models.CharField(max_length=12, default=CaseState.RECEIVED)
    project_no = models.CharField(max_length=40, blank=True, db_index=True)
    project_name = models.CharField(max_length=200, blank=True)
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    applicant_name = models.CharField(max_length=200)
    applicant_code = models.CharField(max_length=18)
    contact = models.CharField(max_length=60)
    phone = models.CharField(max_length=20)
    handed_in = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    received_at = models.DateTimeField()
    effective_received_on = models.DateField()
    notice_limit_on = models.DateField()
    notified_on = models.DateField(null=True)
    accepted_on = models.DateField(null=True)
    due_com_on = models.DateField(null=True, db_index=True)
    due_stat_on = models.DateField(null=True)
    is_provisional = models.BooleanField(default=False)
    is_deemed = models.BooleanField(default=False)
    proposer = models.CharField(max_length=20, blank=True)
    opinion = models.TextField(blank=True)
    proposal = models.CharField(max_length=8, blank=True)
    decided_on = models.DateField(null=True)
    decided_by = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)
    remedies = models.TextField(blank=True)
    next_due_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="case_state_known",
                condition=Q(state__in=[state.value for state in CaseState]),
            ),
            # Two live approvals of one project for one item would make the gate ambiguous.
            models.UniqueConstraint(
                name="one_grant_per_project_item",
                fields=["project_no", "item"],
                condition=Q(state=CaseState.GRANTED) & ~Q(project_no=""),
            ),
        ]

    def __str__(self) -> str:
        return self.no
