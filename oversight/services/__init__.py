"""Exports of the ledger: asked for, made by a slow handler, downloaded, gone after a week."""

import secrets
from datetime import timedelta

from django.db import transaction

from audit.chain import MAX_INTEGER
from audit.selectors.search import count_totals
from audit.services import record
from documents.rules.numbers import CROCKFORD
from kernel.actors import SYSTEM, Actor
from kernel.clock import Clock
from kernel.errors import Conflict
from kernel.machine import step
from oversight import events, permissions
from oversight.locks import lock_export
from oversight.models import Export
from oversight.rules.exports import TABLE, ExportFormat, ExportState
from oversight.rules.filters import LedgerFilter
from oversight.selectors.exports import access_export, access_file, count_unfinished, path_of
from oversight.selectors.ledger import query_of

KEPT = timedelta(days=7)
CODE_LENGTH = 8
AT_ONCE = 5
"""Unfinished exports that one person may have."""


def request_export(
    *, form: ExportFormat, asked: LedgerFilter, actor: Actor, clock: Clock
) -> Export:
    """Asks for the rows as they stand now. Conflict `too_many_exports` above five unfinished."""
    permissions.require(actor, "export_ledger")
    totals = count_totals(query_of(asked))  # before the transaction: counting takes its time
    with transaction.atomic(durable=True):
        if count_unfinished(actor) >= AT_ONCE:
            raise Conflict("too_many_exports")
        export = Export.objects.create(
            code="".join(secrets.choice(CROCKFORD) for _ in range(CODE_LENGTH)),
            asked_by=actor.id,
            format=form,
            filter=asked.parts(),
            until_id=totals.newest_id,
            rows_total=totals.rows,
            asked_at=clock.now(),
        )
        announce(export, actor, clock)
    return export


def announce(export: Export, actor: Actor, clock: Clock) -> None:
    """Records the wish; the relay hears it and makes the file."""
    event = events.ExportRequested(
        export=export.code,
        format=export.format,
        filter=dict(export.filter),
        rows=export.rows_total,
        attempt=export.attempt,
    )
    record(stream=events.STREAM, event=event, actor=actor, at=clock.now())


@transaction.atomic(durable=True)
def retry_export(*, code: str, actor: Actor, clock: Clock) -> Export:
    """Makes a failed, cancelled or expired export again, from the same rows."""
    access_export(actor, code)
    export = lock_export(code)
    export.state = step(TABLE, ExportState(export.state), "retry").next
    export.attempt += 1
    export.rows_done, export.error, export.fault, export.expires_at = 0, "", "", None
    export.save(update_fields=["state", "attempt", "rows_done", "error", "fault", "expires_at"])
    announce(export, actor, clock)
    return export


@transaction.atomic(durable=True)
def cancel_export(*, code: str, actor: Actor, clock: Clock) -> Export:
    """Stops an export; whoever works on it sees that at the next step."""
    access_export(actor, code)
    export = lock_export(code)
    export.state = step(TABLE, ExportState(export.state), "cancel").next
    export.finished_at = clock.now()
    export.save(update_fields=["state", "finished_at"])
    return export


@transaction.atomic(durable=True)
def note_download(*, code: str, actor: Actor, clock: Clock) -> Export:
    """Records that the file leaves the house. NotFound unless it is finished and one's own."""
    export, _path = access_file(actor, code)
    event = events.ExportDownloaded(
        export=export.code, format=export.format, rows=export.rows_done, sha256=export.sha256
    )
    record(stream=events.STREAM, event=event, actor=actor, at=clock.now())
    return export


@transaction.atomic(durable=True)
def expire_export(*, code: str, clock: Clock) -> None:
    """Removes the file of an export whose week is over; the record stays. Idempotent."""
    export = lock_export(code)
    if export.expires_at is None or export.expires_at > clock.now():
        return
    path_of(export).unlink(missing_ok=True)
    if export.state == ExportState.DONE:
        export.state = step(TABLE, ExportState.DONE, "expire").next
    export.expires_at = None
    export.save(update_fields=["state", "expires_at"])


@transaction.atomic(durable=True)
def finish_export(*, export: Export, clock: Clock) -> bool:
    """Settles a file that was written; False if it was cancelled or finished meanwhile."""
    row = lock_export(export.code)
    if row.state != ExportState.RUNNING or row.attempt != export.attempt:
        return False
    export.state = step(TABLE, ExportState.RUNNING, "finish").next
    export.finished_at = clock.now()
    export.expires_at = export.finished_at + KEPT
    export.save(
        update_fields=[
            "state", "finished_at", "expires_at", "rows_done", "sum_fen", "rows_sha256", "sha256",
            "size", "tree_size", "tree_root", "step", "fault",
        ]
    )  # fmt: skip
    event = events.ExportFinished(
        export=export.code,
        rows=export.rows_done,
        sum_fen=export.total_fen if abs(export.total_fen) <= MAX_INTEGER else export.sum_fen,
        rows_sha256=export.rows_sha256,
        sha256=export.sha256,
        tree_size=export.tree_size,
    )
    key = f"{event.kind}:{export.code}:{export.attempt}"
    record(stream=events.STREAM, event=event, actor=SYSTEM, at=export.finished_at, idem=key)
    return True
