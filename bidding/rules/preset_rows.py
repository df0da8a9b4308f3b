"""A preset that a centre adds by itself: the row checked as a whole, before anybody decides on it.

A row keeps the format of the preset it is made after, and with it what a lot must say; its own are
the name, the customary terms, the law they come from and the vectors that show what they do."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bidding.rules.formats.registry import FORMATS
from bidding.rules.presets import Preset, parse_preset
from bidding.rules.terms import parse_terms
from kernel.errors import Invalid

Row = dict[str, Any]
Finding = tuple[str, str]

CODE = re.compile(r"[A-Z][A-Z0-9]{1,11}")
VERSION = re.compile(r"([0-9]{4})\.([1-9][0-9]{0,2})")
CONFIDENCE = ("V", "V2", "M", "m", "L", "P")
"""How well a source is known: verbatim, twice verbatim, in the main, in a minor part, local
practice, our own proposal."""
TITLE_LENGTH = 60
MOST_VECTORS = 50
SPECIMEN: Mapping[str, object] = {
    "start_fen": 100_000_000,
    "step_fen": 1_000_000,
    "guide_fen": 100_000_000,
    "floor_fen": 50_000_000,
    "interval_s": 60,
    "opens_at": "2026-03-02T09:00:00.000+08:00",
    "ends_at": "2026-04-01T09:00:00.000+08:00",
}
"""A plain lot of thirty days: terms that no such lot could have contradict each other."""
OF_THE_LOT = frozenset({"start_fen", "step_fen", "guide_fen", "floor_fen", "cap_fen", "unit_fen"})
"""Figures that belong to one lot, never to a preset."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A row with its vectors, and what is wrong with it: (field, reason), a stable word each."""

    row: Row
    vectors: Sequence[Row]
    faults: tuple[Finding, ...]


def check_row(row: Row, vectors: Sequence[Any], in_force: Mapping[str, Preset]) -> Proposed:
    """Looks at everything, so that a person is told all of it at once."""
    faults = [
        *_name_faults(row, in_force),
        *_term_faults(row, in_force),
        *_citation_faults(row),
        *_vector_faults(vectors),
    ]
    return Proposed(row, vectors, tuple(dict.fromkeys(faults)))


def order_of(version: str) -> tuple[int, int]:
    """Versions in the order they follow each other. ValueError if it is none."""
    found = VERSION.fullmatch(version)
    if found is None:
        raise ValueError(version)
    return int(found[1]), int(found[2])


def next_version(preset: Preset, year: int) -> str:
    """The version after this one, of a year."""
    last_year, number = order_of(preset.version)
    return f"{year}.1" if year > last_year else f"{last_year}.{number + 1}"


def digest(row: Row, vectors: Sequence[Any]) -> str:
    """The fingerprint of a row and its vectors; the same text for the same content."""
    text = json.dumps([row, list(vectors)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _name_faults(row: Row, in_force: Mapping[str, Preset]) -> Iterator[Finding]:
    code, version, title = str(row["preset"]), str(row["version"]), str(row["title"]).strip()
    if not CODE.fullmatch(code):
        yield "preset", "not_a_code"
    if not VERSION.fullmatch(version):
        yield "version", "not_a_version"
    elif code in in_force and order_of(version) <= order_of(in_force[code].version):
        yield "version", "not_newer"
    if not title or len(title) > TITLE_LENGTH:
        yield "title", "not_a_title"
    if row["format"] not in FORMATS:
        yield "format", "unknown"
    elif code in in_force and in_force[code].format != row["format"]:
        yield "preset", "other_format"


def _term_faults(row: Row, in_force: Mapping[str, Preset]) -> Iterator[Finding]:
    for key in row["terms"]:
        if key in OF_THE_LOT or key in row["required"]:
            yield key, "belongs_to_the_lot"
    if row["format"] not in FORMATS:
        return
    try:
        parse_terms(parse_preset(row), SPECIMEN)
    except Invalid as refused:
        yield from ((str(field), str(reason)) for field, reason in refused.fields.items())


def _citation_faults(row: Row) -> Iterator[Finding]:
    if not row["citation"]:
        yield "citation", "missing"
    for item in row["citation"]:
        if not (item["rule"] and item["source"]):
            yield "citation", "not_a_citation"
        elif item["confidence"] not in CONFIDENCE:
            yield "citation", "not_a_confidence"


def _vector_faults(vectors: Sequence[Any]) -> Iterator[Finding]:
    if not vectors:
        yield "vectors", "missing"
    elif len(vectors) > MOST_VECTORS:
        yield "vectors", "too_many"
    for item in vectors:
        is_whole = (
            isinstance(item, dict)
            and isinstance(item.get("name"), str)
            and isinstance(item.get("question"), dict)
            and isinstance(item.get("expect"), dict)
        )
        if not is_whole:
            yield "vectors", "not_a_vector"
        elif not item["expect"]:
            yield "vectors", "expects_nothing"
