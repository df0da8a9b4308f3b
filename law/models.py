"""Calendars that this centre has taken over since the shipped ones, each by two people."""

from django.db import models
from django.db.models import Q

from law.rules.proposal_states import ProposalState


class CalendarProposal(models.Model):
    """A change of holiday lists (日历变更提议): `lists` are those that differ, whole."""

    lists = models.JSONField()
    digest = models.CharField(max_length=64)
    changes = models.JSONField(default=list)
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
                name="proposal_state_known",
                condition=Q(state__in=[state.value for state in ProposalState]),
            ),
            models.UniqueConstraint(
                name="one_open_proposal",
                fields=["state"],
                condition=Q(state=ProposalState.PROPOSED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
