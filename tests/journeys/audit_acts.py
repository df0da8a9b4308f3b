"""What the auditor does: downloads, and what is done with them away from the centre."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

from playwright.sync_api import expect

from tests.journeys.people import PATIENCE_MS, Person

EXPORTS = ("xlsx", "csv", "jsonl", "bundle")
EXPORT_MS = 6 * PATIENCE_MS


def export(auditor: Person, lot: str, form: str, folder: Path) -> Path:
    """Asks for an export of the lot's entries and waits in the tray until it is there."""
    auditor.go(f"/audit/ledger/?lot={lot}")
    auditor.by_id("export-menu").click()
    auditor.page.locator(f"[name=format][value={form}]").first.click()
    auditor.page.wait_for_load_state()
    link = auditor.page.locator("a[href$='/file/'], a[download]").first
    expect(link).to_be_visible(timeout=EXPORT_MS)
    with auditor.page.expect_download() as waiting:
        link.click()
    path = folder / f"{form}-{waiting.value.suggested_filename}"
    waiting.value.save_as(path)
    return path


def verify(bundle: Path, keys: Path) -> subprocess.CompletedProcess[str]:
    """Runs the bundle's own verifier in an empty place, without the project."""
    place = bundle.parent / f"away-{bundle.stem}"
    place.mkdir(exist_ok=True)
    with zipfile.ZipFile(bundle) as packed:
        (place / "verify.py").write_bytes(packed.read("verify.py"))
    command = [sys.executable, "-I", "verify.py", str(bundle), "--keys", str(keys)]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)


def change_one_amount(bundle: Path, forged: Path) -> tuple[Path, int]:
    """Adds one fen to one accepted offer; returns the forged bundle and the entry's number."""
    changed = 0
    with zipfile.ZipFile(bundle) as packed, zipfile.ZipFile(forged, "w") as made:
        for name in packed.namelist():
            content = packed.read(name)
            if name == "entries.jsonl":
                lines = content.decode().splitlines()
                at = next(n for n, line in enumerate(lines) if '"offer_placed"' in line)
                entry = json.loads(lines[at])
                changed = entry["seq"]
                entry["body"]["amount_fen"] += 1
                lines[at] = json.dumps(
                    entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False
                )
                content = ("\n".join(lines) + "\n").encode()
            made.writestr(name, content)
    return forged, changed


def no_keys(folder: Path) -> Path:
    """A list of trusted keys with nobody in it."""
    path = folder / "NOBODY.json"
    path.write_text(json.dumps({"v": 1, "origin": "nobody/log", "keys": []}))
    return path
