"""What the architecture tests measure: source files, function lengths, forbidden texts.

Each measure takes a folder, so that a test can plant a fault in a copy and see it found.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
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
EDGES = tuple(
    "views api consumers tasks handlers forms protocol projection templatetags broadcast routing"
    " urls".split()
)
MODULES = frozenset(
    "rules models events locks permissions selectors services handlers tasks forms views api urls"
    " consumers routing broadcast protocol projection apps admin migrations management templatetags"
    " data __init__".split()
)
MECHANISMS = {
    "bidding": {"sequencer", "hub", "transport", "limits", "catalogue"},
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
        for item in measured(path.read_text()):
            yield item._replace(where=f"{path.relative_to(root)}:{item.where}")


@cache
def measured(text: str) -> list[Function]:
    """Measures the functions of a module; a text that was seen before is not read again."""
    return [
        measure(node, f"{node.lineno} {node.name}")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


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


# ── locks ─────────────────────────────────────────────────────────────────────────────────────


def stray_locks(root: Path) -> list[Finding]:
    """Returns row locks taken outside locks.py, where their order cannot be seen."""
    elsewhere = [path for path in python_files(root) if path.name != "locks.py"]
    return texts(root, ("select_for_update(",), elsewhere)


# ── templates, styles, scripts ────────────────────────────────────────────────────────────────

PAPERS = ("documents",)
"""Papers are printed, not served; the law words them in Chinese alone."""
INLINE = (
    (re.compile(r"<style[\s>]", re.I), "inline style"),
    (re.compile(r"\sstyle\s*=", re.I), "inline style"),
    (
        re.compile(r"<script(?![^>]*\bsrc\s*=)(?![^>]*application/(ld\+)?json)", re.I),
        "inline script",
    ),
    (re.compile(r"<[^>{%]*\son[a-z]+\s*=", re.I), "inline handler"),
    (re.compile(r"javascript:", re.I), "inline script"),
    (re.compile(r"\|safe\b(?<!help_text\|safe)"), "unescaped"),
)
ELSEWHERE = re.compile(
    r"""(?:\b(?:src|srcset|action|poster|data)|<link[^>]*\bhref)\s*=\s*["'](?:https?:)?//"""
    r"""|(?:@import|url\()\s*["']?(?:https?:)?//"""
    r"""|\b(?:import|from|fetch)\b\s*\(?\s*["']https?://""",
    re.I,
)
NOT_SHOWN = re.compile(
    r"{%\s*comment.*?{%\s*endcomment\s*%}|{#.*?#}"
    r"|{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}|{%.*?%}|{{.*?}}",
    re.S,
)
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
FRONT_LINES = 400


def templates(root: Path) -> list[Path]:
    return sorted((root / "templates").rglob("*.html"))


def front_files(root: Path) -> list[Path]:
    """Returns our own styles and browser modules."""
    found = [*(root / "static").rglob("*.css"), *(root / "static").rglob("*.js")]
    return sorted(path for path in found if "vendor" not in path.parts)


def inline_code(root: Path) -> list[Finding]:
    """Returns what the site's own policy would block, as it stands in templates."""
    found = []
    for path in templates(root):
        text = path.read_text()
        for pattern, what in INLINE:
            if pattern.search(text):
                found.append(Finding(str(path.relative_to(root)), what))
    return found


def other_hosts(root: Path) -> list[Finding]:
    """Returns templates, styles and modules that would load something from another host."""
    return [
        Finding(str(path.relative_to(root)), match.group().strip())
        for path in [*templates(root), *front_files(root)]
        if (match := ELSEWHERE.search(path.read_text()))
    ]


def untranslated(root: Path) -> list[Finding]:
    """Returns Chinese words that stand in a template outside every translation tag."""
    found = []
    for path in templates(root):
        if path.relative_to(root / "templates").parts[0] in PAPERS:
            continue
        words = CHINESE.findall(NOT_SHOWN.sub(" ", path.read_text()))
        found += [Finding(str(path.relative_to(root)), word) for word in words if word not in NAMES]
    return found


NAMES = frozenset({"中文"})
"""A language says its own name."""


def long_front_files(root: Path) -> list[Finding]:
    sized = ((path, len(path.read_text().splitlines())) for path in front_files(root))
    return [
        Finding(str(path.relative_to(root)), f"{lines} lines")
        for path, lines in sized
        if lines > FRONT_LINES
    ]


# ── documents ─────────────────────────────────────────────────────────────────────────────────

PAGES = (
    "README.md LICENSE SECURITY.md CONTRIBUTING.md CHANGELOG.md docs/architecture.md"
    " docs/glossary.md docs/protocol.md docs/threat-model.md docs/runbook.md docs/states.md"
    " docs/design-system.md"
).split()
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def missing_pages(root: Path) -> list[str]:
    return [name for name in PAGES if not (root / name).is_file()]


def dead_links(root: Path) -> list[Finding]:
    """Returns links of the documents to files that are not there."""
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    return [
        Finding(str(page.relative_to(root)), target)
        for page in sorted(pages)
        for target in LINK.findall(page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
