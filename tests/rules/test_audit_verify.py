"""The verifier against every vector, and against archives made to harm it."""

import json
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import verify

FOLDER = Path(__file__).parents[1] / "vectors/ledger"
VECTORS: dict[str, Any] = json.loads((FOLDER / "bundles.json").read_text())
CASES: list[dict[str, Any]] = VECTORS["cases"]
BASE: dict[str, str] = VECTORS["base"]
Files = dict[str, Any]


def archive(files: Files, path: Path) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            if text is not None:
                made.writestr(name, text if isinstance(text, bytes) else text.encode())
    return str(path)


def ask(folder: Path, files: Files, keys: Any = VECTORS["keys"]) -> dict[str, Any]:
    (folder / "keys.json").write_text(json.dumps(keys))
    bundle = archive(files, folder / "bundle.zip")
    return verify.answer(bundle, str(folder / "keys.json"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_verifier_answers_as_the_vectors(case: dict[str, Any], tmp_path: Path) -> None:
    found = ask(tmp_path, {**BASE, **case["files"]}, case.get("keys", VECTORS["keys"]))
    first = found["first_bad"] or {}
    said = {"exit": found["code"], **{name: first.get(name) for name in ("field", "stream", "seq")}}
    assert said == {name: case.get(name) for name in said}, found["reason"]
    assert found["result"] == ("intact", "tampered", "unknown")[found["code"]]
    if "complete" in case:
        assert found["complete"] is case["complete"]
    assert bool(found["reason"]) == (found["code"] != 0)
    assert verify.in_words(found).isprintable() or "\n" in verify.in_words(found)


def test_there_are_vectors_of_every_answer() -> None:
    counts = [sum(case["exit"] == code for case in CASES) for code in (0, 1, 2)]
    assert counts[0] >= 8
    assert counts[1] >= 60
    assert counts[2] >= 18
    assert len({case["name"] for case in CASES}) == len(CASES)


def test_the_vectors_are_what_their_makers_make() -> None:
    command = [sys.executable, "cases.py", "-"]
    made = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=True)
    assert json.loads(made.stdout) == VECTORS


def test_a_line_is_named_by_its_number(tmp_path: Path) -> None:
    lines = BASE["entries.jsonl"].splitlines(keepends=True)
    lines[6] = lines[6].replace("K27", "K99")
    found = ask(tmp_path, {**BASE, "entries.jsonl": "".join(lines)})
    assert found["first_bad"]["line"] == 7


# ── every single byte counts ──────────────────────────────────────────────────────────────────

ENTRIES = BASE["entries.jsonl"].encode()
PLACE = st.integers(0, len(ENTRIES) - 1)


@settings(max_examples=150, deadline=None)
@given(PLACE, st.integers(1, 255))
def test_no_changed_byte_passes(place: int, by: int) -> None:
    changed = bytearray(ENTRIES)
    changed[place] ^= by
    assert flipped(bytes(changed)) != 0


@pytest.mark.parametrize("last", [b" ", b"\t", b"\r", b"\x0b", b"0", b"}"])
def test_the_last_byte_counts(last: bytes) -> None:
    assert flipped(ENTRIES[:-1] + last) != 0


def flipped(entries: bytes) -> int:
    """The answer on the rows alone, which must fail before the tree is asked, or at the end."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("entries.jsonl", entries)
    ledger = verify.Ledger(complete=True)
    try:
        for number, line in verify.Archive(made).lines("entries.jsonl"):
            ledger.take(line, number)
        verify.check_manifest(json.loads(BASE["manifest.json"]), ledger)
    except verify.Tampered:
        return 1
    leaves = [json.loads(line)["leaf"] for line in ENTRIES.splitlines()]
    return 0 if ledger.leaves == leaves else 1  # a changed leaf is the tree's to find


# ── archives that mean harm ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/passwd", "a/../../b", "C:/x", "a\\b", "a/./b", "a//b", "документ/../x", "\x1bx"],
)
def test_a_dangerous_path_is_not_read(name: str, tmp_path: Path) -> None:
    found = ask(tmp_path, {**BASE, name: "x"})
    assert found["code"] == 2
    assert not list(tmp_path.glob("x"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    archive(BASE, path)
    with zipfile.ZipFile(path, "a") as made:
        made.writestr("entries.jsonl", BASE["entries.jsonl"])
    (tmp_path / "keys.json").write_text(json.dumps(VECTORS["keys"]))
    found = verify.answer(str(path), str(tmp_path / "keys.json"))
    assert (found["code"], "twice" in found["reason"]) == (2, True)


@pytest.fixture
def small_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a bomb need not be big."""
    monkeypatch.setattr(verify, "MAX_DOCUMENT", 1 << 20)


def test_a_bomb_does_not_go_off(small_caps: None, tmp_path: Path) -> None:
    found = ask(tmp_path, {**BASE, "entries.jsonl": b"0" * (8 << 20)})
    assert (found["code"], "too big" in found["reason"]) == (2, True)


def test_a_lying_size_does_not_help_a_bomb(small_caps: None, tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    archive({**BASE, "entries.jsonl": b"0" * (8 << 20)}, path)
    data = path.read_bytes()
    claimed = (8 << 20).to_bytes(4, "little")
    assert data.count(claimed) == 2
    path.write_bytes(data.replace(claimed, (10).to_bytes(4, "little")))
    (tmp_path / "keys.json").write_text(json.dumps(VECTORS["keys"]))
    assert verify.answer(str(path), str(tmp_path / "keys.json"))["code"] != 0


def test_too_many_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MAX_FILES", 4)
    assert ask(tmp_path, BASE)["code"] == 2


def test_an_endless_line_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MAX_LINE", 1000)
    found = ask(tmp_path, {**BASE, "entries.jsonl": "[" + "1," * 2000 + "1]\n"})
    assert (found["code"], found["first_bad"]["field"]) == (1, "line")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_archive_never_passes_and_never_breaks(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "bundle.zip"
    archive({name: BASE[name] for name in BASE}, path)
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(whole[: data.draw(st.integers(len(whole) // 2, len(whole)))]))
    (folder / "keys.json").write_text(json.dumps(VECTORS["keys"]))
    found = verify.answer(str(path), str(folder / "keys.json"))
    if found["code"] == 0:  # dates and attributes of the container may change, its content not
        with zipfile.ZipFile(path) as read:
            assert {name: read.read(name).decode() for name in BASE} == BASE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(["manifest.json", "attestation.json"]), st.data())
def test_any_nonsense_in_place_of_a_value_is_answered(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    value = json.loads(BASE[name])
    holder: Any = value
    while True:
        key = data.draw(st.sampled_from(sorted(holder)) if holder else st.just("x"))
        if not isinstance(holder.get(key), dict) or data.draw(st.booleans()):
            break
        holder = holder[key]
    before, nonsense = holder.get(key), data.draw(JSON)
    holder[key] = nonsense
    found = ask(tmp_path_factory.mktemp("nonsense"), {**BASE, name: json.dumps(value)})
    assert found["code"] in (0, 1, 2)
    if found["code"] == 0:
        assert nonsense == before or key == "x"


@pytest.mark.parametrize(
    "keys", [None, 1, [], {}, {"keys": []}, {"keys": [1]}, {"keys": [{}]}, "x"]
)
def test_bad_keys_tell_nothing(keys: Any, tmp_path: Path) -> None:
    assert ask(tmp_path, BASE, keys)["code"] == 2


def test_control_characters_do_not_reach_a_terminal() -> None:
    found = {"code": 1, "reason": "", "entries": None, "complete": None}
    found["first_bad"] = {"stream": "\x1b[2Jroom\u202e", "seq": 1, "line": 1, "field": "hash"}
    assert "\x1b" not in verify.in_words(found)
    assert "\u202e" not in verify.in_words(found)


# ── the tree, written a second time ───────────────────────────────────────────────────────────

TREE: dict[str, Any] = json.loads((FOLDER / "tree.json").read_text())
LEAVES = [verify.sha256(b"\0" + bytes.fromhex(leaf)).digest() for leaf in TREE["leaves"]]


@pytest.mark.parametrize("size", range(9))
def test_the_verifier_grows_the_published_roots(size: int) -> None:
    tree = verify.Growth()
    for leaf in LEAVES[:size]:
        tree.append(leaf)
    assert tree.root().hex() == TREE["roots"][size]


@pytest.mark.parametrize("vector", TREE["inclusion"])
def test_the_verifier_climbs_the_published_paths(vector: dict[str, Any]) -> None:
    index, size = vector["index"], vector["size"]
    path = [bytes.fromhex(item) for item in vector["path"]]
    root = bytes.fromhex(TREE["roots"][size])
    assert verify.climb(LEAVES[index], index, size, path) == root
    assert verify.climb(LEAVES[index], index, size, [*path, bytes(32)]) != root
    assert verify.climb(bytes(32), index, size, path) != root
