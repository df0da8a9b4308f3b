"""Preset rows: which format a room has, its customary terms, and the law they come from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_KEYS = ("preset", "version", "title", "format", "required", "terms", "citation")


@dataclass(frozen=True, slots=True)
class Citation:
    """A rule id, its source, and how well its text is known (V, V2, M, m, L, P)."""

    rule: str
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Preset:
    """One version of a preset (竞价方案). `terms` are defaults that a lot may replace."""

    preset: str
    version: str
    title: str
    format: str
    required: frozenset[str]
    terms: Mapping[str, object]
    citation: tuple[Citation, ...]


def parse_preset(row: Mapping[str, object]) -> Preset:
    """Returns the preset of one row. ValueError if a key is missing or of another shape."""
    missing = [key for key in _KEYS if key not in row]
    if missing:
        raise ValueError(f"a preset row needs {', '.join(missing)}")
    required, terms, citation = row["required"], row["terms"], row["citation"]
    if not (isinstance(required, list) and isinstance(terms, dict) and isinstance(citation, list)):
        raise ValueError("required and citation are lists, terms is an object")
    return Preset(
        preset=str(row["preset"]),
        version=str(row["version"]),
        title=str(row["title"]),
        format=str(row["format"]),
        required=frozenset(required),
        terms=terms,
        citation=tuple(Citation(**item) for item in citation),
    )


def newest(rows: Iterable[Preset]) -> dict[str, Preset]:
    """Returns the last version of each preset; later rows follow earlier ones."""
    return {row.preset: row for row in rows}
