"""A notice's wording as a value: what is kept of it, its hash, its dates, how it is searched."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import date

from kernel.clock import CHINA, parse_instant
from kernel.workdays import WorkCalendar
from notices.rules.kinds import Kind, Shape

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories that nobody sees: controls, direction marks, halves, the unassigned."""


def plain(text: str, *, is_line: bool = True) -> str:
    """The text without unseen characters, which no feed, calendar or paper can carry and which
    can make a title read otherwise than it is. A line has no line breaks either."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if is_line:
        text = text.replace("\n", " ")
    kept = (mark for mark in text if mark == "\n" or unicodedata.category(mark) not in UNSEEN)
    return "".join(kept).strip()


def content_hash(title: str, fields: Mapping[str, object]) -> str:
    """SHA-256 of the wording in canonical JSON."""
    body = {"title": title, "fields": dict(fields)}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def searchable(text: str) -> str:
    """Lower case, full-width forms folded: `Ａ１２` is found as `a12`."""
    return unicodedata.normalize("NFKC", text).lower()


def days_of(kind: Kind, values: Mapping[str, object]) -> dict[str, date]:
    """The Beijing day of each instant in the notice, by field name."""
    instants = [item.name for item in kind.fields if item.shape == Shape.INSTANT]
    return {
        name: parse_instant(str(values[name])).astimezone(CHINA).date()
        for name in instants
        if values.get(name)
    }


def provisional_days(kind: Kind, values: Mapping[str, object], work: WorkCalendar) -> list[date]:
    """The notice's days in years whose calendar is not published, each once. CAL-1."""
    return sorted({on for on in days_of(kind, values).values() if work.is_provisional(on)})
