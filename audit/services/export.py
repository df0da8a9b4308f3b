"""The auditor's bundle: entries with their proofs, the signed checkpoint, the verifier itself.

Whole streams make a complete bundle, and the ledger keeps a signed note of what was whole; single
rows make a filtered one, in which each row proves itself and nothing proves that none is missing.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from shutil import copyfileobj
from typing import BinaryIO, cast

from django.db import transaction
from django.db.models import Max

from audit.chain import Body, canonical, plain
from audit.events import BundleExported
from audit.models import Entry, Leaf, Stream
from audit.services import record
from audit.services.bundle import Bundle, Manifest, Part, exact_row, pages_of
from audit.services.examining import LedgerBroken
from audit.services.faults import report
from audit.services.sealing import CheckpointView, newest_checkpoint, seal
from kernel.actors import Actor
from kernel.clock import Clock
from kernel.errors import Conflict, NotFound

EXPORTS = "audit/exports"
CHUNK = 1 << 20
Progress = Callable[[int, int], None]
Row = tuple[str, int]

SUBJECT_STREAMS: dict[str, Callable[[str], Sequence[str]]] = {}
"""Wired by config: which streams tell of a subject ("lot"); NotFound if there is none."""


SEALED_STREAMS: list[Callable[[], Iterable[str]]] = []
"""Wired by config: names of the streams that nobody reads yet, operators included."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What shall be in a bundle; made by one of the four functions below.

    `filter` is what the manifest and the ledger say was asked for."""

    filter: Body
    parts: tuple[Part, ...] = ()
    is_all: bool = False
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written. `sum_fen` adds up the rows' `amount_fen`; `fault` is the first entry that
    does not fit its hashes any more, if the ledger is broken."""

    entries: int
    streams: int
    sum_fen: int
    complete: bool
    size: int
    sha256: str
    bytes: int
    fault: str = ""


@dataclass(slots=True)
class Plan:
    """A selection settled on the ledger as it stands: what to read, what was promised."""

    selection: Selection
    parts: list[Part] = field(default_factory=list)
    promise: Row | None = None
    promised: Body = field(default_factory=dict)
    fault: str = ""


# ── what to export ────────────────────────────────────────────────────────────────────────────


def everything() -> Selection:
    """The whole ledger."""
    return Selection({"all": True}, is_all=True)


def whole_streams(names: Iterable[str], asked: Body | None = None) -> Selection:
    """Whole streams by name. NotFound if one does not exist."""
    wanted = sorted(set(names))
    heads = _heads(wanted)
    if missing := [name for name in wanted if name not in heads]:
        raise NotFound("no_such_stream", params={"stream": missing[0]})
    return Selection(asked or {"streams": list(wanted)}, tuple(Part(name) for name in wanted))


def of_subject(kind: str, no: str) -> Selection:
    """Whole streams that tell of a subject, such as ("lot", its number), without those that are
    sealed still. NotFound if unknown."""
    known = _heads(SUBJECT_STREAMS[kind](no))
    if not known:
        raise NotFound(f"no_such_{kind}", params={"no": no})
    return whole_streams(known.keys() - sealed_streams(), {kind: no})


def sealed_streams() -> frozenset[str]:
    """Names of the streams whose room or sale has not ended."""
    return frozenset(name for names in SEALED_STREAMS for name in names())


def open_streams(names: Iterable[str]) -> Selection:
    """Whole streams by name. Conflict `still_sealed` if one may not be read yet, NotFound if one
    does not exist."""
    wanted = set(names)
    if early := sorted(wanted & sealed_streams()):
        raise Conflict("still_sealed", params={"stream": early[0]})
    return whole_streams(wanted)


def single_rows(rows: Iterable[Row], asked: Body) -> Selection:
    """Single entries, as a filtered list shows them; `asked` is the filter in words and values.
    NotFound if an entry does not exist."""
    by_stream: dict[str, set[int]] = {}
    for stream, seq in rows:
        by_stream.setdefault(stream, set()).add(seq)
    parts = tuple(Part(name, seqs=tuple(sorted(by_stream[name]))) for name in sorted(by_stream))
    for part in parts:
        _require(part)
    return Selection(cast(Body, plain(asked)), parts, is_complete=False)


def _require(part: Part) -> None:
    for page in pages_of(part):
        rows = Entry.objects.filter(stream=part.stream, seq__in=page)
        known = set(rows.values_list("seq", flat=True))
        if missing := [seq for seq in page if seq not in known]:
            raise NotFound("no_such_entry", params={"stream": part.stream, "seq": missing[0]})


def _heads(names: Iterable[str] | None = None) -> dict[str, Body]:
    """Returns where streams stand, as the manifest says it; empty streams do not count."""
    rows = Stream.objects.filter(last_seq__gt=0)
    if names is not None:
        rows = rows.filter(pk__in=list(names))
    return {
        row.name: {"first_seq": 1, "last_seq": row.last_seq, "head": bytes(row.head).hex()}
        for row in rows
    }


# ── exporting ─────────────────────────────────────────────────────────────────────────────────


def export_bundle(
    *,
    selection: Selection,
    out: Path | BinaryIO,
    actor: Actor,
    clock: Clock,
    progress: Progress | None = None,
) -> Exported:
    """Writes the bundle to a path (whole or not at all) or into a binary file, and returns what it
    holds. Records the export and seals the ledger first; must not be called in a transaction.
    OSError, with nothing recorded, if nothing can be written there.

    A ledger that does not fit its hashes is exported all the same, under its last checkpoint: the
    verifier then names what is wrong, and so does the readiness page. `progress` hears (rows done,
    rows in all)."""
    folder = out.parent if isinstance(out, Path) else None
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".bundle-", delete=False) as file:
        written = Path(file.name)
    try:
        plan = _promise(selection, actor, clock)
        checkpoint = _seal(plan, clock)
        _settle_parts(plan, checkpoint)
        manifest = _write(written, plan, checkpoint, progress)
        digest = _digest(written)
        length = written.stat().st_size
        _hand_over(written, out)
    finally:
        written.unlink(missing_ok=True)
    if manifest.broken:
        report(manifest.broken, clock)
        plan.fault = plan.fault or str(manifest.broken)
    return Exported(
        entries=manifest.entries,
        streams=len(manifest.streams),
        sum_fen=manifest.sum_fen,
        complete=selection.is_complete,
        size=manifest.size,
        sha256=digest,
        bytes=length,
        fault=plan.fault,
    )


@transaction.atomic(durable=True)
def _promise(selection: Selection, actor: Actor, clock: Clock) -> Plan:
    """Records the export; of a complete one it fixes the streams' ends and their digest."""
    plan = Plan(selection)
    if selection.is_complete:
        names = None if selection.is_all else [part.stream for part in selection.parts]
        plan.promised = dict(sorted(_heads(names).items()))
    event = BundleExported(
        filter=selection.filter,
        is_complete=selection.is_complete,
        streams_sha256=sha256(canonical(plan.promised).encode()).hexdigest(),
    )
    entry = record(stream=EXPORTS, event=event, actor=actor, at=clock.now())
    plan.promise = (entry.stream, entry.seq)
    return plan


def _seal(plan: Plan, clock: Clock) -> CheckpointView | None:
    try:
        return seal(clock=clock)
    except LedgerBroken as broken:
        report(broken, clock)
        plan.fault, plan.promise = str(broken), None
        return newest_checkpoint()


def _settle_parts(plan: Plan, checkpoint: CheckpointView | None) -> None:
    """Says how far each stream is read: to its promised end, or, for everything, to the last
    entry that the checkpoint covers."""
    if not plan.selection.is_all:
        ends = {
            name: cast(dict[str, int], head)["last_seq"] for name, head in plan.promised.items()
        }
        parts = plan.selection.parts
        plan.parts = [part._replace(last=ends.get(part.stream, 0)) for part in parts]
        return
    size = checkpoint.size if checkpoint else 0
    covered = Leaf.objects.filter(index__lt=size).values_list("entry__stream")
    rows = covered.annotate(last=Max("entry__seq")).order_by()
    plan.parts = sorted(Part(stream, last=last) for stream, last in rows)


def _write(
    path: Path, plan: Plan, checkpoint: CheckpointView | None, progress: Progress | None
) -> Manifest:
    total = sum(part.size for part in plan.parts)
    with Bundle(path, checkpoint, is_all=plan.selection.is_all) as bundle:
        bundle.write_entries(plan.parts, lambda done: progress(done, total) if progress else None)
        if plan.promise and plan.selection.is_complete:
            bundle.write_attestation(exact_row(*plan.promise), plan.promised)
        return bundle.finish(plan.selection.filter, complete=plan.selection.is_complete)


def _digest(path: Path) -> str:
    total = sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            total.update(chunk)
    return total.hexdigest()


def _hand_over(written: Path, out: Path | BinaryIO) -> None:
    if isinstance(out, Path):
        os.replace(written, out)
    else:
        with written.open("rb") as file:
            copyfileobj(file, out, CHUNK)
