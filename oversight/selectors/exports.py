"""Exports as their owner sees them."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from kernel.actors import Actor
from kernel.errors import NotFound
from oversight import permissions
from oversight.models import Export
from oversight.rules.exports import UNFINISHED, ExportFormat, ExportState, file_name
from oversight.rules.filters import filter_of

TRAY = 8


def folder() -> Path:
    """Where the files lie; every process of the centre shares it."""
    return Path(settings.DOCUMENT_ROOT) / "exports"


def path_of(export: Export) -> Path:
    """Returns where the file of an export lies."""
    return folder() / file_name(export.code, ExportFormat(export.format))


def access_export(actor: Actor, code: str) -> Export:
    """Returns one's own export; nobody else's exists."""
    permissions.require(actor, "export_ledger")
    found = Export.objects.filter(code=code, asked_by=actor.id).first()
    if found is None:
        raise NotFound("no_such_export")
    return found


def access_file(actor: Actor, code: str) -> tuple[Export, Path]:
    """Returns a finished export of one's own and its file."""
    export = access_export(actor, code)
    path = path_of(export)
    if export.state != ExportState.DONE or not path.is_file():
        raise NotFound("no_such_file")
    return export, path


def list_exports(actor: Actor, limit: int = TRAY) -> Sequence[Export]:
    """Returns one's newest exports; one query."""
    permissions.require(actor, "export_ledger")
    return list(Export.objects.filter(asked_by=actor.id)[:limit])


def count_unfinished(actor: Actor) -> int:
    return Export.objects.filter(asked_by=actor.id, state__in=UNFINISHED).count()


def words_of_export(rows_sha256: str, made_at: datetime) -> list[list[tuple[str, str]]]:
    """Returns the filters, in words, of the exports that were being made at this instant and hold
    exactly these rows."""
    made = Export.objects.filter(
        rows_sha256=rows_sha256, started_at__lte=made_at, finished_at__gte=made_at
    )
    return [filter_of(export.filter).words() for export in made]


def list_expired(now: datetime, limit: int) -> Sequence[str]:
    """Codes of exports whose file is kept no longer."""
    rows = Export.objects.filter(expires_at__lte=now).order_by("expires_at")
    return list(rows.values_list("code", flat=True)[:limit])
