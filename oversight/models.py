"""The oversight app's own table: exports of the ledger."""

from django.db import models
from django.db.models import Q

from oversight.rules.exports import ExportFormat, ExportState


class Export(models.Model):
    """One file that somebody asked for (导出任务): what, how far, the result until it expires.

    `until_id` fixes the rows at the moment of asking, so that the file is what the page showed.
    `fault` names what in the ledger did not hold when the file was written. `sum_fen` is text: the
    sum of many amounts leaves the integers of a database."""

    code = models.CharField(max_length=8, unique=True)
    asked_by = models.CharField(max_length=20)
    format = models.CharField(max_length=8)
    filter = models.JSONField(default=dict)
    until_id = models.BigIntegerField()
    state = models.CharField(max_length=10, default=ExportState.QUEUED)
    attempt = models.PositiveIntegerField(default=1)
    step = models.CharField(max_length=10, blank=True)
    rows_done = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, db_index=True)
    error = models.CharField(max_length=200, blank=True)
    fault = models.CharField(max_length=200, blank=True)
    sum_fen = models.CharField(max_length=30, default="0")
    rows_sha256 = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    tree_size = models.BigIntegerField(default=0)
    tree_root = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["asked_by", "state"], name="export_asked_by")]
        constraints = [
            models.CheckConstraint(
                name="export_state_known",
                condition=Q(state__in=[item.value for item in ExportState]),
            ),
            models.CheckConstraint(
                name="export_format_known",
                condition=Q(format__in=[item.value for item in ExportFormat]),
            ),
        ]

    @property
    def total_fen(self) -> int:
        return int(self.sum_fen)

    def __str__(self) -> str:
        return self.code
