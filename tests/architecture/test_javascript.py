"""The browser's modules keep their JSDoc types: a name that is not there is found before a page."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.measures import ROOT


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["tsc", "-p", str(folder / "jsconfig.json")]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_modules_keep_their_types() -> None:
    result = check(ROOT / "static" / "js")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    "line", ["texts.say('paused');", "/** @type {number} */ export const wrong = 'a word';"]
)
def test_a_wrong_line_is_found(tmp_path: Path, line: str) -> None:
    copy = shutil.copytree(ROOT / "static" / "js", tmp_path / "js")
    (copy / "planted.js").write_text(line)
    result = check(copy)
    assert result.returncode != 0
    assert "planted.js" in result.stdout
