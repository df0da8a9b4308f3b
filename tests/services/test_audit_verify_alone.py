"""The verifier as an auditor runs it: one file in a bare folder, isolated from everything."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.ledger import VERIFIER, Auditor, zipped

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors/ledger/bundles.json").read_text()
)
NAMES = ["whole streams", "single rows", "an amount", "the chain recomputed", "no checkpoint"]
CASES = [case for case in VECTORS["cases"] if case["name"] in NAMES]


@pytest.fixture
def auditor(tmp_path: Path) -> Auditor:
    return Auditor(tmp_path / "bare", VECTORS["keys"])


def bundle(auditor: Auditor, case: dict[str, Any]) -> Path:
    files = {**VECTORS["base"], **case["files"]}
    present = {name: text.encode() for name, text in files.items() if text is not None}
    return zipped(present, auditor.folder / "b.zip")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_process_of_its_own_answers_by_exit_code(case: dict[str, Any], auditor: Auditor) -> None:
    answer = auditor.verify(bundle(auditor, case))
    assert (answer.code, answer.stderr) == (case["exit"], "")
    named = (case.get("stream"), case.get("seq"), case.get("field"))
    assert answer.bad == named
    assert list(answer.said)[:2] == ["result", "code"]


def test_people_are_told_in_both_languages(auditor: Auditor) -> None:
    case = next(case for case in CASES if case["name"] == "an amount")
    done = auditor.run(str(bundle(auditor, case)), "--keys", "TRUSTED.json")
    assert done.returncode == 1
    assert done.stdout.startswith(
        "已被改动 TAMPERED\nroom/ABCDEFGH #3 · 第 5 行 line 5 · body_hash\n"
    )
    assert "内容被改动" in done.stdout
    assert "the body was changed" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("none.zip", "--keys", "TRUSTED.json"), ("TRUSTED.json", "--keys", "TRUSTED.json"), ()],
    ids=["no file", "no archive", "no arguments"],
)
def test_what_cannot_be_read_is_two(arguments: tuple[str, ...], auditor: Auditor) -> None:
    assert auditor.run(*arguments).returncode == 2


def test_missing_keys_are_two(auditor: Auditor) -> None:
    path = bundle(auditor, CASES[0])
    assert auditor.run(str(path), "--keys", "none.json").returncode == 2
    assert auditor.run(str(path)).returncode == 2


def test_keys_inside_the_bundle_are_never_trusted(auditor: Auditor) -> None:
    # given a forger who signs with a key of his own and puts it into the bundle
    stranger = next(case for case in VECTORS["cases"] if case["name"] == "signed by a stranger")
    files = {**VECTORS["base"], **stranger["files"]}
    files["TRUSTED.json"] = json.dumps({**VECTORS["keys"], "keys": []})
    # then the auditor's own list decides
    assert auditor.verify(bundle(auditor, {"files": files})).code == 2


def test_the_verifier_needs_nothing_of_the_project_and_an_old_python() -> None:
    tree = ast.parse(VERIFIER.read_text(), feature_version=(3, 9))
    found = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
        )
    }
    ours = "argparse base64 datetime functools hashlib io json re struct sys typing zipfile zlib"
    assert found <= {"__future__", "cryptography", *ours.split()}
