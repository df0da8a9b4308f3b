"""Making the file of an export, outside any transaction, with progress and a way to stop.

Whoever dies in the middle leaves a temporary file and a row that says `running`: the relay gives
the work to another process, which begins again.
"""

import os
import secrets
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import transaction

from audit.selectors import ledger_state
from audit.selectors.search import EntryQuery, iterate
from audit.services import export as bundles
from audit.services.sealing import newest_checkpoint, seal_or_report
from kernel.actors import Actor
from kernel.clock import Clock
from kernel.errors import DomainError
from kernel.machine import step
from oversight.locks import lock_export
from oversight.models import Export
from oversight.rules.exports import TABLE, UNFINISHED, ExportFormat, ExportState
from oversight.rules.filters import LedgerFilter, filter_of
from oversight.selectors.exports import path_of
from oversight.selectors.ledger import existing, hidden_streams, query_of, streams_of
from oversight.services import finish_export
from oversight.services.tables import WRITERS, Heading

TELL_SECONDS = 0.5
BLOCK = 1 << 20
FAULT_CHARACTERS = 200


class StoppedError(Exception):
    """Somebody cancelled the export, or another process took it over."""


class Reporter:
    """Tells how far the work is, at most twice a second, and learns whether it still counts."""

    def __init__(self, export: Export) -> None:
        self.rows = Export.objects.filter(
            code=export.code, attempt=export.attempt, state=ExportState.RUNNING
        )
        self.told_at = 0.0

    def step(self, name: str) -> None:
        self.tell(step=name)

    def progress(self, done: int) -> None:
        if time.monotonic() - self.told_at >= TELL_SECONDS:
            self.tell(rows_done=done)

    def tell(self, **changes: object) -> None:
        if not self.rows.update(**changes):
            raise StoppedError
        self.told_at = time.monotonic()


def run_export(*, code: str, clock: Clock) -> None:
    """Makes the file and settles the row. Idempotent; may be called twice at once."""
    export = start(code, clock)
    if export is None:
        return
    target = path_of(export)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        make(export, draft, clock)
        os.replace(draft, target)
        if not finish_export(export=export, clock=clock):
            target.unlink(missing_ok=True)
    except StoppedError:
        return
    except (OSError, DomainError) as error:
        fail(export, error, clock)
    finally:
        draft.unlink(missing_ok=True)


@transaction.atomic(durable=True)
def start(code: str, clock: Clock) -> Export | None:
    """Marks the export as running; None if it is settled."""
    export = lock_export(code)
    if export.state not in UNFINISHED:
        return None
    export.state = step(TABLE, ExportState(export.state), "start").next
    export.started_at, export.rows_done, export.step = clock.now(), 0, ""
    export.save(update_fields=["state", "started_at", "rows_done", "step"])
    return export


def make(export: Export, draft: Path, clock: Clock) -> None:
    """Writes the file to a draft and notes on the row what it holds."""
    reporter = Reporter(export)
    asked = filter_of(export.filter)
    if export.format == ExportFormat.BUNDLE:
        make_bundle(export, asked, draft, clock, reporter)
    else:
        make_table(export, asked, draft, clock, reporter)
    export.size = draft.stat().st_size
    export.sha256 = digest_of(draft)


def make_table(
    export: Export, asked: LedgerFilter, draft: Path, clock: Clock, reporter: Reporter
) -> None:
    reporter.step("sealing")
    if seal_or_report(clock=clock) is None and (faults := ledger_state().faults):
        export.fault = faults[0][:FAULT_CHARACTERS]
    checkpoint = newest_checkpoint()
    if checkpoint is not None:
        export.tree_size, export.tree_root = checkpoint.size, checkpoint.root.hex()
    heading = Heading(
        settings.CENTRE_NAME, clock.now(), asked.words(), export.tree_size, export.tree_root
    )
    reporter.step("rows")
    rows = iterate(frozen_query(export, asked))
    write = WRITERS[ExportFormat(export.format)]
    tally = write(draft, rows, heading, reporter.progress)
    export.rows_done, export.sum_fen = tally.rows, str(tally.sum_fen)
    export.rows_sha256 = tally.digest.hexdigest()


def frozen_query(export: Export, asked: LedgerFilter) -> EntryQuery:
    """The rows as they stood when they were asked for."""
    return replace(query_of(asked), until_id=export.until_id)


def make_bundle(
    export: Export, asked: LedgerFilter, draft: Path, clock: Clock, reporter: Reporter
) -> None:
    reporter.step("rows")
    done = bundles.export_bundle(
        selection=selection_of(export, asked),
        out=draft,
        actor=Actor(id=export.asked_by),
        clock=clock,
        progress=lambda rows, _total: reporter.progress(rows),
    )
    export.rows_done, export.sum_fen = done.entries, str(done.sum_fen)
    export.tree_size, export.fault = done.size, done.fault[:FAULT_CHARACTERS]


def selection_of(export: Export, asked: LedgerFilter) -> bundles.Selection:
    """Whole streams where the filter asks for nothing less and nothing of them is sealed still,
    else the single rows that the page shows."""
    parts = asked.parts()
    streams = existing(streams_of(asked))
    if set(parts) <= {"lot", "room", "stream"} and streams and not hidden_streams() & set(streams):
        if set(parts) == {"lot"}:
            return bundles.of_subject("lot", asked.lot)
        return bundles.whole_streams(streams, dict(parts))
    chunks = iterate(frozen_query(export, asked))
    places = [(row.link.stream, row.link.seq) for chunk in chunks for row in chunk]
    return bundles.single_rows(places, dict(parts))


def digest_of(path: Path) -> str:
    total = sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
    return total.hexdigest()


@transaction.atomic(durable=True)
def fail(export: Export, error: OSError | DomainError, clock: Clock) -> None:
    """Says on the row why there is no file; its owner may try again."""
    row = lock_export(export.code)
    if row.state != ExportState.RUNNING or row.attempt != export.attempt:
        return
    row.state = step(TABLE, ExportState.RUNNING, "fail").next
    row.error = error.code if isinstance(error, DomainError) else "storage"
    row.finished_at = clock.now()
    row.save(update_fields=["state", "error", "finished_at"])
