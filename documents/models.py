"""Papers: their numbers, what signed file they are, whether they still hold."""

from django.db import models
from django.db.models import Q

from documents.rules.states import DocumentState


class Counter(models.Model):
    """The last serial number of one kind of paper in a year (文书编号)."""

    prefix = models.CharField(max_length=8)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prefix", "year"], name="counter_once")]

    def __str__(self) -> str:
        return f"{self.prefix}-{self.year}: {self.last}"


class Document(models.Model):
    """A paper (文书). Its words stand in the ledger, its signed bytes under their SHA-256.

    `openings` holds the plain text of sealed fields with their salts and may lawfully be erased.
    """

    number = models.CharField(max_length=32, unique=True)
    code = models.CharField(max_length=9, unique=True)
    kind = models.CharField(max_length=32)
    title = models.CharField(max_length=120)
    subject = models.CharField(max_length=64, db_index=True)
    stream = models.CharField(max_length=120)
    idem = models.CharField(max_length=160)
    audience = models.CharField(max_length=8)
    holder_id = models.BigIntegerField(null=True, db_index=True)
    state = models.CharField(
        max_length=12,
        choices=[(state.value, state.value) for state in DocumentState],
        default=DocumentState.DRAWN,
    )
    drawn_seq = models.BigIntegerField()
    drawn_hash = models.CharField(max_length=64)
    drawn_at = models.DateTimeField()
    openings = models.JSONField(default=dict)
    entry_seq = models.BigIntegerField(null=True)
    entry_hash = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    size = models.PositiveIntegerField(null=True)
    signer = models.CharField(max_length=160, blank=True)
    signed_at = models.DateTimeField(null=True)
    superseded_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="supersedes"
    )
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "kind", "idem"], name="document_once"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in DocumentState]),
                name="document_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state=DocumentState.DRAWN, sha256="", signed_at__isnull=True)
                | (~Q(state=DocumentState.DRAWN) & ~Q(sha256="") & Q(signed_at__isnull=False)),
                name="document_signed_unless_drawn",
            ),
        ]

    def __str__(self) -> str:
        return self.number
