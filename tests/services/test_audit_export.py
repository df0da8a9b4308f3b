"""Bundles leave the house whole or filtered, proved, promised and recorded."""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from audit.models import Entry
from audit.selectors import entries_after
from audit.services.export import (
    EXPORTS,
    SUBJECT_STREAMS,
    everything,
    export_bundle,
    of_subject,
    single_rows,
    whole_streams,
)
from kernel.clock import FixedClock
from kernel.errors import NotFound
from tests.worlds.ledger import (
    ALICE,
    AT,
    VERIFIER,
    Auditor,
    Noted,
    export,
    note,
    rows,
    small_ledger,
    with_manifest,
    with_rows,
)

ROOM = "room/ABCDEFGH"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def auditor(tmp_path: Path) -> Auditor:
    return Auditor(tmp_path / "auditor")


def test_a_whole_stream_verifies(auditor: Auditor) -> None:
    small_ledger()
    done, files = export(whole_streams([ROOM]))
    answer = auditor.verify(files)
    assert (answer.code, answer.said["result"], answer.stderr) == (0, "intact", "")
    assert answer.said["complete"] is True
    assert answer.said["entries"] == done.entries == 5
    assert answer.said["as_of"] == "2026-04-21T10:03:30.000+08:00"
    assert (done.streams, done.sum_fen, done.complete) == (1, 510_000, True)


def test_the_files_are_those_of_the_format(auditor: Auditor) -> None:
    small_ledger()
    _done, files = export(whole_streams([ROOM]))
    first = rows(files)[0]
    assert list(first) == "stream seq kind at idem body body_hash prev hash leaf".split()
    assert first["at"] == "2026-04-21T10:03:30.000+08:00"
    assert first["prev"] == "0" * 64
    proof = json.loads(files["proofs.jsonl"].splitlines()[0])
    assert list(proof) == ["leaf", "size", "path"]
    assert files["verify.py"] == VERIFIER.read_bytes()
    manifest = json.loads(files["manifest.json"])
    last = rows(files)[-1]
    ends = {"first_seq": 1, "last_seq": 5, "head": last["hash"]}
    assert manifest["streams"] == {ROOM: ends}
    assert manifest["counts"] == {"entries": 5, "streams": 1}
    assert manifest["size"] == proof["size"] == 9
    note_text = files[f"checkpoints/{9:012d}.txt"].decode()
    assert note_text.startswith(f"{manifest['origin']}\n9\n")


def test_everything_verifies_without_proofs(auditor: Auditor) -> None:
    small_ledger()
    export(whole_streams([ROOM]))
    done, files = export(everything())
    assert "proofs.jsonl" not in files
    assert sorted(name for name in files if name.startswith("checkpoints/")) == [
        f"checkpoints/{size:012d}.txt" for size in (9, 10)
    ]
    answer = auditor.verify(files)
    assert (answer.code, answer.said["entries"]) == (0, 10)
    assert done.size == done.entries == Entry.objects.count() == 10


def test_single_rows_prove_themselves_and_no_more(auditor: Auditor) -> None:
    small_ledger()
    done, files = export(single_rows([(ROOM, 4), ("lot/L1", 2), (ROOM, 2)], {"kind": "any"}))
    answer = auditor.verify(files)
    assert (answer.code, answer.said["complete"], answer.said["entries"]) == (0, False, 3)
    assert [(row["stream"], row["seq"]) for row in rows(files)] == [
        ("lot/L1", 2),
        (ROOM, 2),
        (ROOM, 4),
    ]
    assert (done.complete, done.sum_fen) == (False, 101_000 + 103_000)
    words = auditor.run("b.zip", "--keys", "TRUSTED.json").stdout
    assert "不证明没有遗漏" in words
    assert "others may be missing" in words


def test_a_lot_is_gathered_through_the_wiring(auditor: Auditor, monkeypatch: Any) -> None:
    small_ledger()
    monkeypatch.setitem(
        SUBJECT_STREAMS, "lot", lambda no: [f"lot/{no}", ROOM, f"{ROOM}/sealed", "notice/none"]
    )
    done, files = export(of_subject("lot", "L1"))
    assert json.loads(files["manifest.json"])["filter"] == {"lot": "L1"}
    assert (done.streams, done.entries) == (3, 8)
    assert auditor.verify(files).code == 0


def test_what_does_not_exist_is_not_found_and_leaves_no_trace() -> None:
    small_ledger()
    before = Entry.objects.count()
    for make in (
        lambda: whole_streams(["room/NONE"]),
        lambda: of_subject("lot", "NONE"),
        lambda: single_rows([(ROOM, 1), (ROOM, 99)], {}),
    ):
        with pytest.raises(NotFound):
            make()
    assert Entry.objects.count() == before


def test_each_export_is_itself_an_entry() -> None:
    small_ledger()
    _done, files = export(whole_streams([ROOM]))
    entry = entries_after(EXPORTS, 0)[-1]
    assert entry.kind == "audit.bundle_exported"
    assert entry.body["actor"] == ALICE.id
    assert entry.body["filter"] == {"streams": [ROOM]}
    told = json.loads(files["attestation.json"])
    assert told["entry"]["hash"] == entry.hash.hex()


def test_a_stream_that_grows_meanwhile_is_cut_where_it_was_promised(auditor: Auditor) -> None:
    small_ledger()
    selection = whole_streams([ROOM])
    note(ROOM, Noted("late"), after_s=30)
    _done, files = export(selection)
    assert rows(files)[-1]["seq"] == 6
    assert auditor.verify(files).code == 0


def test_progress_is_told_and_the_file_is_whole_or_absent(tmp_path: Path) -> None:
    small_ledger()
    heard: list[tuple[int, int]] = []
    path = tmp_path / "b.zip"
    clock = FixedClock(AT)
    done = export_bundle(
        selection=whole_streams([ROOM]),
        out=path,
        actor=ALICE,
        clock=clock,
        progress=lambda *told: heard.append(told),
    )
    assert heard[-1] == (5, 5)
    assert done.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert done.bytes == path.stat().st_size

    def fail(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    other = tmp_path / "other.zip"
    with pytest.raises(KeyboardInterrupt):
        export_bundle(selection=everything(), out=other, actor=ALICE, clock=clock, progress=fail)
    assert not other.exists()
    assert not list(tmp_path.glob(".bundle-*"))


def test_a_binary_file_is_written_as_well() -> None:
    small_ledger()
    out = BytesIO()
    done = export_bundle(selection=everything(), out=out, actor=ALICE, clock=FixedClock(AT))
    assert hashlib.sha256(out.getvalue()).hexdigest() == done.sha256


def test_a_tail_cut_off_under_an_older_checkpoint_is_found(auditor: Auditor) -> None:
    # given an honest older bundle, whose checkpoint is signed and shorter
    small_ledger()
    _done, older = export(whole_streams([ROOM]))
    note(ROOM, Noted("the offer that shall vanish"), after_s=40)
    _done, files = export(whole_streams([ROOM]))
    # when the newer bundle is cut to look like the older one
    kept = {name: data for name, data in older.items() if name != "attestation.json"}
    forged = {**kept, "attestation.json": files["attestation.json"]}
    # then the note of the newer export does not fit, and without one nothing can be said
    assert auditor.verify(forged).code == 1
    assert auditor.verify(kept).code == 2
    # and the honest older bundle still says no more than what held then
    assert auditor.verify(older).code == 0


def test_cutting_rows_and_manifest_alike_is_found(auditor: Auditor) -> None:
    small_ledger()
    _done, files = export(whole_streams([ROOM]))
    kept = rows(files)[:-1]
    proofs = b"".join(files["proofs.jsonl"].splitlines(keepends=True)[:-1])

    def shorten(manifest: dict[str, Any]) -> None:
        manifest["streams"][ROOM] |= {"last_seq": 4, "head": kept[-1]["hash"]}
        manifest["counts"]["entries"] = 4
        manifest["sum_fen"] -= 104_000

    forged = with_manifest({**with_rows(files, kept), "proofs.jsonl": proofs}, shorten)
    answer = auditor.verify(forged)
    assert answer.code == 1
    assert answer.bad == (ROOM, 5, "attestation")
