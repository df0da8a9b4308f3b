"""What the architecture tests measure: source files, function lengths, forbidden texts.

Each measure takes a folder, so that a test can plant a fault in a copy and see it found.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "kernel",
    "audit",
    "accounts",
    "law",
    "documents",
    "notices",
    "bidding",
    "approvals",
    "trading",
    "oversight",
    "config",
)
FILE_LINES = 400
ONE_FILE = {"audit/verify.py": 640}
"""The verifier must be one file (docs/adr/0004-verifier-in-one-file.md)."""
FUNCTION_LINES = 50
FUNCTION_LINES_P95 = 35
PARAMETERS = 6
FREE_PARAMETERS = frozenset({"self", "cls", "actor", "clock"})
EDGES = ("views", "api", "consumers", "tasks", "forms", "protocol", "projection")
MODULES = frozenset(
    "rules models events locks permissions selectors services handlers tasks forms views api urls"
    " consumers routing broadcast protocol projection apps admin migrations management templatetags"
    " data __init__".split()
)
MECHANISMS = {
    "bidding": {"sequencer", "hub", "transport"},
    "audit": {"clock", "chain", "tree", "relay", "verify", "checkpoint"},
    "trading": {"ledger"},
    "accounts": {"middleware", "adapter", "sessions"},
    "config": set(
        "wiring serve timekeeper settings asgi celery middleware context logs checks".split()
    ),
}


class Finding(NamedTuple):
    where: str
    what: str


class Function(NamedTuple):
    where: str
    lines: int
    parameters: int


def python_files(root: Path) -> list[Path]:
    """Returns the product's own Python files (no migrations, no tests)."""
    found = (path for app in APPS for path in (root / app).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def long_files(root: Path) -> list[Finding]:
    """Returns files over the cap."""
    sized = ((path, len(path.read_text().splitlines())) for path in python_files(root))
    return [
        Finding(str(path.relative_to(root)), f"{lines} lines")
        for path, lines in sized
        if lines > ONE_FILE.get(path.relative_to(root).as_posix(), FILE_LINES)
    ]


def functions(root: Path) -> Iterator[Function]:
    """Yields every function with its length (docstring and decorators apart) and parameters."""
    for path in python_files(root):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield measure(node, f"{path.relative_to(root)}:{node.lineno} {node.name}")


def measure(node: ast.FunctionDef | ast.AsyncFunctionDef, where: str) -> Function:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    counted = [argument for argument in every if argument.arg not in FREE_PARAMETERS]
    return Function(where, lines, len(counted))


def synonyms(root: Path) -> list[Finding]:
    """Returns module names that the plan of the house does not know."""
    found = []
    for app in APPS[1:]:
        known = MODULES | MECHANISMS.get(app, set())
        for path in sorted((root / app).iterdir()):
            name = path.stem
            if path.suffix not in {"", ".py"} or name.startswith("__"):
                continue
            if name not in known:
                found.append(Finding(f"{app}/{path.name}", "not a module of the plan"))
    return found


def texts(root: Path, needles: tuple[str, ...], files: list[Path] | None = None) -> list[Finding]:
    """Returns the lines that hold one of the texts."""
    return [
        Finding(f"{path.relative_to(root)}:{number}", line.strip())
        for path in (python_files(root) if files is None else files)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if any(needle in line for needle in needles)
    ]


def edge_files(root: Path) -> list[Path]:
    """Returns the files at the edge, where no table may be touched."""
    found = []
    for app in APPS[1:]:
        for edge in EDGES:
            found += [root / app / f"{edge}.py", *sorted((root / app / edge).rglob("*.py"))]
    return [path for path in found if path.exists()]
