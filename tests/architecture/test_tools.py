"""The house's tools agree: import contracts, types, lint, migrations. Each is shown to fail."""

import os
import re
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


def copy_house(root: Path) -> Path:
    """Puts a copy of the house with its tools' settings there."""
    skip = shutil.ignore_patterns("__pycache__")
    for app in measures.APPS:
        shutil.copytree(ROOT / app, root / app, ignore=skip)
    for name in ("pyproject.toml", "manage.py"):
        shutil.copy(ROOT / name, root / name)
    return root


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_house(tmp_path)


def contracts(root: Path) -> subprocess.CompletedProcess[str]:
    return run(str(BIN / "lint-imports"), "--no-cache", cwd=root)


def test_imports_keep_the_contracts() -> None:
    result = contracts(ROOT)
    assert result.returncode == 0, result.stdout


FORBIDDEN = {
    "Layers: calls go down": ("bidding/selectors.py", "trading.services"),
    "The kernel knows nothing": ("kernel/errors.py", "django"),
    "Rules are pure": ("law/rules/limits.py", "random"),
    "Rules touch no table, no service": ("trading/rules/award.py", "trading.models"),
}
EDGE = (
    "approvals/handlers.py",
    "audit/tasks.py",
    "bidding/api.py",
    "bidding/broadcast.py",
    "bidding/consumers.py",
    "bidding/projection.py",
    "bidding/protocol.py",
    "bidding/routing.py",
    "bidding/templatetags/room.py",
    "law/urls.py",
    "notices/projection/rows.py",
    "notices/views.py",
    "trading/forms.py",
    "trading/handlers.py",
    "trading/projection/__init__.py",
    "trading/views/staff.py",
)
OTHERS = {
    "config": "kernel",
    "kernel": "kernel",
    "audit": "config/wiring.py",
    "accounts": "config/wiring.py",
    "law": "trading/services/lots.py",
    "documents": "approvals/selectors.py",
    "notices": "trading/services/publication.py",
    "bidding": "trading/services/awards.py",
    "approvals": "config/wiring.py",
    "trading": "oversight/services/tables.py",
    "oversight": "config/wiring.py",
}
"""For each app somebody else's module, which must not know its tables; two have no tables."""


def forbidden_imports() -> list[tuple[str, str, str]]:
    """Contract, file, and the import that breaks it."""
    found = [(contract, *fault) for contract, fault in FORBIDDEN.items()]
    found += [
        ("Edges never touch tables", place, f"{place.split('/')[0]}.models") for place in EDGE
    ]
    found += [
        (f"The tables of {app} are its own", place, f"{app}.{module}")
        for app, place in OTHERS.items()
        if place != "kernel"
        for module in ("models", "locks")
    ]
    return found


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is said of each contract in a copy with every forbidden import. The linter names each
    import that breaks a contract, so one run shows them all."""
    root = copy_house(tmp_path_factory.mktemp("imports"))
    cycles = [("", place, target) for place, target in CYCLES.values()]
    for _contract, place, target in [*forbidden_imports(), *cycles]:
        with (root / place).open("a") as file:
            file.write(f"\nimport {target}\n")
    said = contracts(root).stdout.partition("Broken contracts")[2]
    parts = re.split(r"^(.+)\n-{4,}\n", said, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize(("contract", "place", "target"), forbidden_imports())
def test_a_forbidden_import_is_found(
    broken: dict[str, str], contract: str, place: str, target: str
) -> None:
    module = place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    assert f"{module} -> {target} " in broken[contract]


def test_the_tables_of_every_app_are_its_own() -> None:
    assert set(OTHERS) == set(measures.APPS)


CYCLES = {
    "accounts": ("accounts/models.py", "accounts.sessions"),
    "audit": ("audit/relay.py", "audit.tasks"),
    "bidding": ("bidding/hub.py", "bidding.consumers"),
    "law.rules": ("law/rules/codes.py", "law.rules.questions"),
}


@pytest.mark.parametrize("package", CYCLES)
def test_a_cycle_is_found(broken: dict[str, str], package: str) -> None:
    assert f"No cycles are allowed in {package}.\n" in broken["No cycles"]


LOOSE = """\
from celery import Task
from django.core.paginator import Page


def untyped(value):
    return value


def any_generic(rows: list) -> None: ...


def any_page(page: Page) -> None: ...


def wrong() -> int:
    return "one"


class OfAny(Task): ...
"""
FAULTS = {
    5: "no-untyped-def",
    9: "type-arg",
    12: "type-arg",
    16: "return-value",
    19: "misc",
}
"""Line of LOOSE and what is wrong with it."""


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the type checker says of the house with one loose module beside it: one run, under the
    very settings, shows both that the house holds and that a fault is seen."""
    planted = tmp_path_factory.mktemp("types") / "loose.py"
    planted.write_text(LOOSE)
    said = run(str(BIN / "mypy"), *measures.APPS, str(planted))
    assert said.returncode == 1, said.stderr
    return said.stdout.splitlines()


def test_types_hold_strictly(types: list[str]) -> None:
    assert [line for line in types if "loose.py:" not in line][:-1] == []
    assert types[-1].startswith(f"Found {len(FAULTS)} errors in 1 file ")


@pytest.mark.parametrize(("line", "fault"), FAULTS.items())
def test_a_loose_type_is_found(types: list[str], line: int, fault: str) -> None:
    assert [said for said in types if f"loose.py:{line}: error:" in said and f"[{fault}]" in said]


def test_lint_holds() -> None:
    result = run(str(BIN / "ruff"), "check", "--no-cache", ".")
    assert result.returncode == 0, result.stdout


def test_a_lint_fault_is_found(copy: Path) -> None:
    (copy / "kernel" / "planted.py").write_text("import os\n")
    assert run(str(BIN / "ruff"), "check", "--no-cache", ".", cwd=copy).returncode != 0


def test_formatting_holds() -> None:
    result = run(str(BIN / "ruff"), "format", "--check", "--no-cache", *measures.APPS, "tests")
    assert result.returncode == 0, result.stdout


def test_a_badly_formatted_line_is_found(copy: Path) -> None:
    (copy / "kernel" / "planted.py").write_text("A = ( 1,2 )\n")

    result = run(str(BIN / "ruff"), "format", "--check", "--no-cache", "kernel", cwd=copy)

    assert result.returncode != 0
    assert "kernel/planted.py" in result.stdout


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


@pytest.mark.parametrize(
    ("place", "text", "said"),
    [
        ("kernel/planted.py", '_("没有人译过的话")\n', "没有人译过的话"),
        ("templates/planted.html", "{% translate '没有人译过的话' %}\n", "没有人译过的话"),
        ("locale/parts/planted.en.tsv", "没有英文\n", "planted.en.tsv:1"),
    ],
)
def test_a_message_without_english_is_found(
    tmp_path: Path, place: str, text: str, said: str
) -> None:
    for folder in ("bin", "kernel", "templates", "locale/parts"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(ROOT / "bin" / "messages", tmp_path / "bin" / "messages")
    whole = run(sys.executable, str(tmp_path / "bin" / "messages"), "--check", cwd=tmp_path)
    (tmp_path / place).write_text(text)

    result = run(sys.executable, str(tmp_path / "bin" / "messages"), "--check", cwd=tmp_path)

    assert whole.returncode == 0, whole.stderr
    assert result.returncode != 0
    assert said in result.stdout + result.stderr


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
