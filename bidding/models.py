"""The room's tables. What happened in a room stands in the ledger alone; these rows say who may
sit in it, when it is due next, and where its record stands."""

from django.db import models
from django.db.models import Q

from bidding.rules.state import Phase
from law.rules.proposal_states import ProposalState


class Room(models.Model):
    """Where offers for one lot are made live (竞价室). Knows nothing of tenders."""

    code = models.CharField(max_length=8, unique=True)
    title = models.CharField(max_length=200)
    origin_no = models.CharField(max_length=60, blank=True, db_index=True)
    unit = models.CharField(max_length=4, default="wan")
    preset = models.CharField(max_length=12)
    preset_version = models.CharField(max_length=20)
    terms = models.JSONField()
    phase = models.CharField(max_length=12, default=Phase.SCHEDULED)
    seq = models.BigIntegerField(default=0)
    sealed_seq = models.BigIntegerField(default=0)
    due_at = models.DateTimeField(null=True, db_index=True)
    reserve_box = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="room_phase_known", condition=Q(phase__in=[phase.value for phase in Phase])
            )
        ]

    def __str__(self) -> str:
        return self.code


class Seat(models.Model):
    """A bidder's place in one room (席位), known there by its random plate only."""

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="seats")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, related_name="+"
    )
    plate = models.CharField(max_length=4)
    priority_rank = models.PositiveIntegerField(null=True)
    is_barred = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "plate"], name="one_seat_per_plate"),
            models.UniqueConstraint(fields=["room", "organisation"], name="one_seat_per_bidder"),
        ]


class Heartbeat(models.Model):
    """A serving process's sign of life: a quiet room commits nothing by itself."""

    process = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField(db_index=True)


class PresetProposal(models.Model):
    """A preset row that this centre adds (规则模板提议), with the vectors that show what it does:
    one administrator proposes it, another puts it in force. An approved row never changes."""

    preset = models.CharField(max_length=12)
    version = models.CharField(max_length=20)
    row = models.JSONField()
    vectors = models.JSONField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=12, default=ProposalState.PROPOSED)
    proposer = models.CharField(max_length=20)
    proposed_at = models.DateTimeField()
    decider = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="preset_proposal_state_known",
                condition=Q(state__in=[state.value for state in ProposalState]),
            ),
            models.UniqueConstraint(
                name="one_open_preset_proposal",
                fields=["preset"],
                condition=Q(state=ProposalState.PROPOSED),
            ),
            models.UniqueConstraint(
                name="one_preset_of_a_version",
                fields=["preset", "version"],
                condition=Q(state=ProposalState.APPROVED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.preset} {self.version}"
