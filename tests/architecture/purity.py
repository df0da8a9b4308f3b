"""What a rule and the kernel may lean on: a list of what is allowed, not of what is forbidden.

A rule is a function of values. It asks no clock, no chance, no file and no framework, neither
itself nor through what it imports: each module on the list is itself measured here."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.measures import APPS, Finding

LIBRARY = (
    "__future__",
    "calendar",
    "collections",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "hashlib",
    "io.StringIO",
    "json",
    "re",
    "typing",
    "unicodedata",
    "urllib.parse",
)
OWN = ("kernel", "bidding.events", *(f"{app}.rules" for app in APPS))
"""The record of a room is told in events, which are values; which app may see which is a matter of
the layers."""
CLOCKS = frozenset({"now", "utcnow", "today"})
DOORS = frozenset({"open", "input", "print", "exec", "eval", "compile", "__import__", "breakpoint"})


def pure_files(root: Path) -> list[Path]:
    """The kernel, every rule, the events they use, and the packages that importing them runs."""
    found = [*(root / "kernel").rglob("*.py"), root / "bidding" / "events.py"]
    for app in APPS:
        if (root / app / "rules").is_dir():
            found += [root / app / "__init__.py", *(root / app / "rules").rglob("*.py")]
    return sorted(found)


def impurities(root: Path) -> list[Finding]:
    """Returns imports that are not on the list, and calls for what a value cannot tell."""
    found = []
    for path in pure_files(root):
        for line, what in faults(path.read_text(), path.relative_to(root).parts[0]):
            found.append(Finding(f"{path.relative_to(root)}:{line}", what))
    return found


def faults(text: str, app: str) -> Iterator[tuple[int, str]]:
    allowed = (*LIBRARY, "kernel") if app == "kernel" else (*LIBRARY, *OWN)
    for node in ast.walk(ast.parse(text)):
        for name in imported(node):
            if not any(name == item or name.startswith(f"{item}.") for item in allowed):
                yield node.lineno, f"imports {name}"
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS and not is_given(node.value):
            yield node.lineno, f"asks a clock: {ast.unparse(node)}"
        if isinstance(node, ast.Name) and node.id in DOORS:
            yield node.lineno, f"opens a door: {node.id}"


def imported(node: ast.AST) -> list[str]:
    """The full names that an import statement brings in."""
    if isinstance(node, ast.Import):
        return [item.name for item in node.names]
    if isinstance(node, ast.ImportFrom):
        origin = "." * node.level + (node.module or "")
        return [f"{origin}.{item.name}" for item in node.names]
    return []


def is_given(node: ast.expr) -> bool:
    """A value that the caller handed in (`clock.now()`, `question.today`), not a class to ask."""
    return isinstance(node, ast.Name) and node.id in {"clock", "self"}
