"""The ledger's tables. Entry, Leaf, TreeNode and Checkpoint are append-only by trigger."""

import json
from typing import cast

from django.db import models
from django.db.models.functions import Now

from audit.chain import Body, Head, Link


class Stream(models.Model):
    """One hash-chained record (链): the lock row, its last number and that entry's hash."""

    name = models.CharField(max_length=120, primary_key=True)
    last_seq = models.BigIntegerField(default=0)
    head = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(last_seq__gte=0), name="stream_last_seq")
        ]

    @property
    def tip(self) -> Head:
        return Head(self.last_seq, bytes(self.head))


class Entry(models.Model):
    """One line of a stream (账目); `body` is the JSON text exactly as hashed."""

    stream = models.CharField(max_length=120)
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=80)
    at = models.DateTimeField()
    idem = models.CharField(max_length=120)
    body = models.TextField()
    body_hash = models.BinaryField(max_length=32)
    prev = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "seq"], name="entry_stream_seq"),
            models.UniqueConstraint(fields=["stream", "idem"], name="entry_stream_idem"),
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="entry_seq"),
        ]
        indexes = [
            models.Index(fields=["kind", "stream"], name="entry_kind_stream"),
            models.Index(fields=["at"], name="entry_at"),
        ]

    @property
    def hash_hex(self) -> str:
        return bytes(self.hash).hex()

    def read_body(self) -> Body:
        """Returns the body as values."""
        return cast(Body, json.loads(self.body))

    def as_link(self) -> Link:
        """Returns the pure value of this row."""
        hashes = (bytes(self.body_hash), bytes(self.prev), bytes(self.hash))
        place = (self.stream, self.seq, self.kind, self.at, self.idem, self.body)
        return Link(*place, *hashes)


class Pending(models.Model):
    """A range of entries, written with them, that has no place in the tree yet."""

    stream = models.CharField(max_length=120)
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()


class TreeLock(models.Model):
    """The one row that a leaf sequencer or checkpoint signer holds; `size` counts the leaves."""

    size = models.BigIntegerField(default=0)


class Leaf(models.Model):
    """The place of an entry in the tree over all streams, given after its commit."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT)


class TreeNode(models.Model):
    """The hash of a complete subtree of 256^level leaves, kept so that proofs stay cheap."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["level", "index"], name="treenode_level_index")
        ]


class Checkpoint(models.Model):
    """The signed root of the tree at one size (检查点); `note` is the C2SP text."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField()


class LedgerFault(models.Model):
    """An entry that does not fit its hashes any more (账目异常); open until it does again. `hash`
    is what its row bore, `size` how much was signed, when the fault was found."""

    stream = models.CharField(max_length=120)
    seq = models.BigIntegerField()
    field = models.CharField(max_length=20)
    hash = models.BinaryField(max_length=32, default=b"")
    size = models.BigIntegerField(default=0)
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)


class Sweep(models.Model):
    """The one row that says how far stored entries were examined again (巡检)."""

    place = models.BigIntegerField(default=0)
    passed_at = models.DateTimeField(null=True)


class Outbox(models.Model):
    """One handler's task for one entry, written with the entry and done at least once.

    `attempts` counts the starts of the handler; `turn` rises whenever the row changes hands."""

    class State(models.TextChoices):
        PENDING = "pending"
        CLAIMED = "claimed"
        DONE = "done"
        DEAD = "dead"

    stream = models.CharField(max_length=120)
    seq = models.BigIntegerField()
    handler = models.CharField(max_length=120)
    is_slow = models.BooleanField(default=False, db_default=False)
    state = models.CharField(
        max_length=8, choices=State.choices, default=State.PENDING, db_default=State.PENDING
    )
    attempts = models.IntegerField(default=0, db_default=0)
    turn = models.IntegerField(default=0, db_default=0)
    next_at = models.DateTimeField(db_default=Now())
    last_error = models.TextField(blank=True, default="", db_default="")

    class Meta:
        verbose_name_plural = "outbox"
        constraints = [
            models.UniqueConstraint(
                fields=["stream", "seq", "handler"], name="outbox_stream_seq_handler"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "claimed", "done", "dead"]),
                name="outbox_state",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                name="outbox_due",
                condition=models.Q(state__in=["pending", "claimed"]),
            )
        ]


class ClockOffset(models.Model):
    """How far the test clock is ahead of the database's; read only with TEST_CLOCK."""

    offset_us = models.BigIntegerField(default=0)


class AttemptSource(models.Model):
    """The plain text behind an entry's `source_hash`; may lawfully be erased, the ledger stays."""

    digest = models.CharField(max_length=64, unique=True)
    salt = models.CharField(max_length=32)
    address = models.CharField(max_length=64)
    agent = models.CharField(max_length=400, blank=True)
    noted_at = models.DateTimeField()
