"""Notices and their published versions. A published version is never changed."""

from django.db import models
from django.db.models import Q

from notices.rules.states import NoticeState


class NoticeSeries(models.Model):
    """The last number given for one subject and kind; numbers are never reused."""

    name = models.CharField(max_length=80, primary_key=True)
    last = models.PositiveIntegerField(default=0)


class Notice(models.Model):
    """What the centre says outward about one subject (公告)."""

    no = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20)
    subject_no = models.CharField(max_length=60, db_index=True)
    category = models.CharField(max_length=2, db_index=True)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=12, default=NoticeState.DRAFT)
    fields = models.JSONField(default=dict)
    author = models.CharField(max_length=20)
    author_name = models.CharField(max_length=60, blank=True)
    writers = models.JSONField(default=list)
    reviewer = models.CharField(max_length=20, blank=True)
    return_reason = models.CharField(max_length=300, blank=True)
    publish_at = models.DateTimeField(null=True)
    next_due_at = models.DateTimeField(null=True, db_index=True)
    version_count = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True, db_index=True)
    search_text = models.TextField(blank=True)
    edited_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="notice_state_known",
                condition=Q(state__in=[state.value for state in NoticeState]),
            )
        ]

    def __str__(self) -> str:
        return self.no


class NoticeVersion(models.Model):
    """One published wording with its hash; the first starts the clocks. Append-only by trigger."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="versions")
    index = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    fields = models.JSONField()
    content_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["index"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "index"], name="one_version_index")
        ]
