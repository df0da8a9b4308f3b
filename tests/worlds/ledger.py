"""A small ledger for tests: notes recorded through `record`, bundles taken apart and put together,
and the offline verifier run as an auditor would, alone in a bare folder."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar
from zipfile import ZIP_DEFLATED, ZipFile

from django.db import transaction

import audit
from audit.services import record
from audit.services.export import Exported, Selection, export_bundle
from audit.services.keys import trusted_keys
from kernel.actors import Actor
from kernel.clock import FixedClock

AT = datetime(2026, 4, 21, 2, 3, 30, tzinfo=UTC)
"""2026-04-21 10:03:30 in Beijing."""
ALICE = Actor(id="u:ALICE000", user_id=1)
BOB = Actor(id="u:B0B00000", user_id=2)
VERIFIER = Path(audit.__file__).parent / "verify.py"
Files = dict[str, bytes]


@dataclass(frozen=True)
class OfferPlaced:
    kind: ClassVar[str] = "offer_placed"
    plate: str
    amount_fen: int


@dataclass(frozen=True)
class Noted:
    kind: ClassVar[str] = "test.noted"
    text: str
    items: tuple[object, ...] = ()


def note(stream: str, event: Any, *, after_s: int = 0, idem: str | None = None) -> None:
    """Records one event in a transaction of its own."""
    at = AT + timedelta(seconds=after_s)
    with transaction.atomic():
        record(stream=stream, event=event, actor=ALICE, at=at, idem=idem)


def small_ledger() -> None:
    """Three streams: a room with five offers, its sealed one, a lot."""
    note("lot/L1", Noted("发布公告"))
    for index in range(5):
        note("room/ABCDEFGH", OfferPlaced("K27", 100_000 + index * 1_000), after_s=index)
    note("room/ABCDEFGH/sealed", Noted("refused"), after_s=9)
    note("lot/L1", Noted("成交", ("国", 1, True, None)), after_s=20)


def export(selection: Selection) -> tuple[Exported, Files]:
    """Exports into memory; returns the figures and the files."""
    out = BytesIO()
    done = export_bundle(selection=selection, out=out, actor=ALICE, clock=FixedClock(AT))
    return done, unzip(out.getvalue())


def unzip(data: bytes) -> Files:
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Files, path: Path) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def rows(files: Files) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files["entries.jsonl"].splitlines()]


def with_rows(files: Files, changed: list[dict[str, Any]]) -> Files:
    return {**files, "entries.jsonl": json_lines(changed)}


def json_lines(items: list[Any]) -> bytes:
    made = (json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items)
    return "".join(f"{line}\n" for line in made).encode()


def with_manifest(files: Files, change: Callable[[dict[str, Any]], object]) -> Files:
    manifest = json.loads(files["manifest.json"])
    change(manifest)
    return {**files, "manifest.json": json.dumps(manifest).encode()}


@dataclass(frozen=True)
class Answer:
    """What the verifier said."""

    code: int
    said: dict[str, Any]
    stderr: str

    @property
    def bad(self) -> tuple[Any, Any, Any]:
        first = self.said["first_bad"] or {}
        return first.get("stream"), first.get("seq"), first.get("field")


class Auditor:
    """A bare folder with the verifier and the keys kept from earlier, and nothing else."""

    def __init__(self, folder: Path, keys: dict[str, Any] | None = None) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        shutil.copy(VERIFIER, folder)
        self.keep(keys or trusted_keys())

    def keep(self, keys: dict[str, Any]) -> None:
        (self.folder / "TRUSTED.json").write_text(json.dumps(keys))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "verify.py", *arguments]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False, timeout=120
        )

    def verify(self, bundle: Files | Path) -> Answer:
        path = bundle if isinstance(bundle, Path) else zipped(bundle, self.folder / "b.zip")
        done = self.run(str(path), "--keys", "TRUSTED.json", "--json")
        return Answer(done.returncode, json.loads(done.stdout), done.stderr)
