"""The auditor's commands: what they write, and one clear sentence when they cannot."""

import json
import stat
import tempfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.models import Entry
from audit.services import export
from audit.services.export import SUBJECT_STREAMS
from audit.services.keys import LOG, RECEIPT, sign_receipt, signing_key
from tests.worlds.ledger import Auditor, small_ledger

pytestmark = pytest.mark.django_db(transaction=True)
ROOM = "room/ABCDEFGH"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.parametrize(
    ("what", "entries"),
    [(["--stream", ROOM], 5), (["--stream", ROOM, "--stream", "lot/L1"], 7), (["--all"], 9)],
    ids=["one stream", "two streams", "all"],
)
def test_a_bundle_and_the_keys_verify(what: list[str], entries: int, tmp_path: Path) -> None:
    small_ledger()
    auditor = Auditor(tmp_path / "auditor")
    run("export_keys", "--out", str(auditor.folder / "TRUSTED.json"))
    out = auditor.folder / "b.zip"
    said = json.loads(run("export_bundle", *what, "--out", str(out), "--json"))
    assert (said["entries"], said["complete"], said["fault"]) == (entries, True, "")
    answer = auditor.verify(out)
    assert (answer.code, answer.said["entries"]) == (0, entries)


def test_a_lot_is_exported_by_its_number(tmp_path: Path, monkeypatch: Any) -> None:
    small_ledger()
    monkeypatch.setitem(SUBJECT_STREAMS, "lot", lambda no: [f"lot/{no}", ROOM])
    out = tmp_path / "lot.zip"
    said = run("export_bundle", "--lot", "L1", "--out", str(out))
    assert said.startswith(f"{out}: 7 entries of 2 streams, ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--stream", "room/NONE"], "knows nothing of room/NONE"),
        (["--lot", "NONE"], "knows nothing of NONE"),
        ([], "required"),
        (["--all", "--lot", "L1"], "not allowed with"),
    ],
)
def test_bad_input_is_one_sentence_and_no_file(
    arguments: list[str], sentence: str, tmp_path: Path
) -> None:
    small_ledger()
    before = Entry.objects.count()
    with pytest.raises(CommandError, match=sentence):
        run("export_bundle", *arguments, "--out", str(tmp_path / "b.zip"))
    assert not (tmp_path / "b.zip").exists()
    assert Entry.objects.count() == before


def test_a_folder_that_is_not_there_is_said_before_anything_is_done(tmp_path: Path) -> None:
    small_ledger()
    before = Entry.objects.count()
    with pytest.raises(CommandError, match="does not exist"):
        run("export_bundle", "--all", "--out", str(tmp_path / "none" / "b.zip"))
    with pytest.raises(CommandError, match="cannot be written"):
        run("export_keys", "--out", str(tmp_path / "none" / "k.json"))
    assert Entry.objects.count() == before


def test_the_keys_are_of_three_roles_and_nothing_secret(tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "TRUSTED.json"
    run("export_keys", "--out", str(path))
    keys = json.loads(path.read_text())
    assert keys["origin"] == f"{settings.CENTRE_CODE}/log"
    assert [key["role"] for key in keys["keys"]] == ["log", "receipt", "document"]
    for role, row in zip((LOG, RECEIPT), keys["keys"], strict=False):
        assert row["vkey"] == signing_key(role).verifier.vkey
        assert {"name", "role", "vkey", "from", "until"} <= set(row)
        stored = settings.KEY_ROOT / f"{role}.json"
        assert stat.S_IMODE(stored.stat().st_mode) == 0o600
        assert json.loads(stored.read_text())["seed"] not in path.read_text()


def test_a_receipt_is_the_receipt_keys_signature_of_the_hash() -> None:
    from base64 import b64decode

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public = Ed25519PublicKey.from_public_bytes(signing_key(RECEIPT).verifier.public)
    public.verify(b64decode(sign_receipt(b"\1" * 32)), b"\1" * 32)


@pytest.mark.parametrize("what", [["--all"], ["--stream", ROOM]])
def test_a_folder_that_takes_nothing_is_told_before_anything_is_recorded(
    what: list[str], tmp_path: Path, monkeypatch: Any
) -> None:
    small_ledger()
    before = Entry.objects.count()

    def refuse(**_how: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    with pytest.raises(CommandError, match=r"b.zip cannot be written: Permission denied"):
        run("export_bundle", *what, "--out", str(tmp_path / "b.zip"))
    assert Entry.objects.count() == before


def test_what_is_sealed_still_leaves_with_no_operator(tmp_path: Path, monkeypatch: Any) -> None:
    small_ledger()
    sealed = f"{ROOM}/sealed"
    monkeypatch.setattr(export, "SEALED_STREAMS", [lambda: [sealed]])
    monkeypatch.setitem(SUBJECT_STREAMS, "lot", lambda no: [f"lot/{no}", ROOM, sealed])
    out = str(tmp_path / "lot.zip")
    assert "7 entries of 2 streams" in run("export_bundle", "--lot", "L1", "--out", out)
    with pytest.raises(CommandError, match=f"{sealed} is sealed until its room has ended"):
        run("export_bundle", "--stream", sealed, "--out", out)
