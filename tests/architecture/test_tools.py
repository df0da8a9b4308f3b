"""The house's tools agree: import contracts, types, lint, migrations. Each is shown to fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import measures
from tests.architecture.measures import ROOT

BIN = Path(sys.executable).parent


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(cwd), "YANGGUANG_MODE": "test"}
    return subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=280
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the house with its tools' settings."""
    skip = shutil.ignore_patterns("__pycache__")
    for app in measures.APPS:
        shutil.copytree(ROOT / app, tmp_path / app, ignore=skip)
    for name in ("pyproject.toml", "manage.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def contracts(root: Path) -> subprocess.CompletedProcess[str]:
    return run(str(BIN / "lint-imports"), "--no-cache", cwd=root)


def test_imports_keep_the_contracts() -> None:
    result = contracts(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("bidding/selectors.py", "import trading.services"),
        ("kernel/errors.py", "import django"),
        ("law/rules/limits.py", "import django"),
        ("bidding/rules/decide.py", "import random"),
        ("trading/views.py", "import trading.models"),
        ("trading/services.py", "import bidding.models"),
    ],
)
def test_a_forbidden_import_is_found(copy: Path, place: str, line: str) -> None:
    path = copy / place
    folder = path.with_suffix("")
    if folder.is_dir():
        path = folder / "planted.py"
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    result = contracts(copy)
    assert result.returncode != 0, result.stdout


def test_types_hold_strictly() -> None:
    result = run(str(BIN / "mypy"), *measures.APPS)
    assert result.returncode == 0, result.stdout


def test_lint_holds() -> None:
    result = run(str(BIN / "ruff"), "check", "--no-cache", ".")
    assert result.returncode == 0, result.stdout


def test_a_lint_fault_is_found(copy: Path) -> None:
    (copy / "kernel" / "planted.py").write_text("import os\n")
    assert run(str(BIN / "ruff"), "check", "--no-cache", ".", cwd=copy).returncode != 0


def test_formatting_holds() -> None:
    result = run(str(BIN / "ruff"), "format", "--check", "--no-cache", *measures.APPS, "tests")
    assert result.returncode == 0, result.stdout


def test_migrations_are_complete() -> None:
    result = run(sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_missing_migration_is_found(copy: Path) -> None:
    path = copy / "accounts" / "models.py"
    parts = sorted((copy / "accounts" / "models").glob("*.py"))
    target = path if path.exists() else parts[0]
    target.write_text(
        target.read_text()
        + "\n\nclass Planted(models.Model):\n    class Meta:\n        app_label = 'accounts'\n"
    )
    result = run(sys.executable, "manage.py", "makemigrations", "--check", "--dry-run", cwd=copy)
    assert result.returncode != 0


def test_the_catalogue_is_fresh() -> None:
    result = run(sys.executable, "bin/messages", "--check")
    assert result.returncode == 0, result.stderr


def test_the_state_diagrams_are_fresh() -> None:
    result = run(sys.executable, "bin/diagrams", "--check")
    assert result.returncode == 0, result.stderr


def test_a_stale_diagram_is_found(copy: Path) -> None:
    (copy / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "diagrams", copy / "bin" / "diagrams")
    (copy / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "states.md", copy / "docs" / "states.md")
    path = copy / "notices" / "rules" / "states.py"
    path.write_text(path.read_text().replace('"approve"', '"wave_through"'))
    result = run(sys.executable, "bin/diagrams", "--check", cwd=copy)
    assert result.returncode != 0
