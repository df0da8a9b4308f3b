"""Checking an exported csv or jsonl against the ledger: each cell, each row up to the root, and
every line of its head."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings

from audit.chain import EPOCH, GENESIS, Head, first_fault
from audit.checkpoint import Tip
from audit.selectors import tree_nodes
from audit.selectors.search import LedgerRow, find_rows
from audit.services.bundle import Row, entry_line
from audit.services.examining import signed_tip, tip_at
from audit.services.sealing import newest_checkpoint
from audit.tree import Nodes
from documents.rules.lists import BadRow, ListFinding
from kernel.clock import parse_instant
from oversight.rules.rows import COLUMNS, LEAF, cells_of, guarded
from oversight.selectors.exports import words_of_export
from oversight.selectors.ledger import hidden_streams, leads_to, path_of
from oversight.services.listings import JSON_NAMES, NUL, Claim, Listing, Told, recognise
from oversight.services.tables import (
    FILTER,
    MADE_AT,
    TIP,
    Heading,
    Tally,
    facts_of,
)

AT_ONCE = 200
SHOWN = 60
MOST_ROWS = 20_000
"""So many rows the public check reads; who has more asks for a bundle."""


@dataclass(slots=True)
class Course:
    """How far the check has come."""

    tip: Tip | None
    nodes: Nodes
    hidden: frozenset[str]
    covered: int
    """How many leaves the root covers that the file names."""
    rows: int = 0
    signed: int = 0
    seen: set[tuple[str, int]] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)

    def finding(self, bad: BadRow | None = None) -> ListFinding:
        is_valid = self.tip is not None
        return ListFinding(self.rows, self.tally.rows, self.signed, is_valid, bad)


def check_list(data: bytes) -> ListFinding | None:
    """Returns what the file is worth; None if it is no export of the ledger. Stops at the first
    row that does not fit; the head comes last, for it speaks of all rows."""
    listing = recognise(data)
    if listing is None:
        return None
    checkpoint = newest_checkpoint()
    tip = signed_tip(checkpoint.note) if checkpoint else None
    course = Course(tip, tree_nodes(), hidden_streams(), covered_by(listing))
    while claims := list(islice(listing.claims, AT_ONCE)):
        if course.rows + len(claims) > MOST_ROWS:
            return course.finding(BadRow(claims[-1].line, "", "", "too_many"))
        known = find_rows(
            [(claim.stream, claim.seq) for claim in claims if NUL not in claim.stream]
        )
        for claim in claims:
            bad = check_row(claim, known.get((claim.stream, claim.seq)), course, listing.is_csv)
            if bad:
                return course.finding(bad)
    return course.finding(check_head(listing, course.tally) if course.rows else None)


def covered_by(listing: Listing) -> int:
    """Returns the size of the tree that the head names, 0 if it names none."""
    size = listing.said(TIP).partition(" ")[0]
    return int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0


def check_head(listing: Listing, tally: Tally) -> BadRow | None:
    """Returns the first line of the head that is not as we would write it over these rows, counts
    first; none may be missing and none be added."""
    said = listing.head
    lines = heading_of(listing, tally).lines(tally)
    for at, wanted in sorted(enumerate(lines), key=lambda line: line[1][0] not in Heading.COUNTED):
        told = said[at] if at < len(said) else Told(listing.claims_at, "", "")
        pair = tuple(guarded(wanted)) if listing.is_csv else wanted
        if (told.name, told.value) != pair:
            return BadRow(told.line, wanted[0], f"{told.name} {told.value}"[:SHOWN], "head")
    extra = said[len(Heading.NAMES) :]
    return BadRow(extra[0].line, extra[0].name[:SHOWN], "", "head") if extra else None


def heading_of(listing: Listing, tally: Tally) -> Heading:
    """Returns the head that a file over these rows may have. Its instant and its filter are those
    of an export that was made of exactly these rows; its root is one that we signed."""
    made_at = instant_of(listing.said(MADE_AT))
    known = words_of_export(tally.digest.hexdigest(), made_at) if made_at else []
    filters = [words for words in known if Heading.asked(words) == listing.said(FILTER)]
    tip = tip_at(covered_by(listing))
    return Heading(
        settings.CENTRE_NAME,
        made_at if made_at and filters else EPOCH,
        filters[0] if filters else [],
        tip.size if tip else 0,
        tip.root.hex() if tip else "",
    )


def instant_of(text: str) -> datetime | None:
    try:
        return parse_instant(text)
    except ValueError:
        return None


def check_row(claim: Claim, row: LedgerRow | None, course: Course, is_csv: bool) -> BadRow | None:
    """Counts a row that is the ledger's own, proven by its hashes and the tree; or names why not.
    What nobody may read yet does not exist."""
    course.rows += 1
    place = (claim.stream, claim.seq)
    if row is None or claim.stream in course.hidden:
        return BadRow(claim.line, COLUMNS[0], f"{claim.stream} {claim.seq}"[:SHOWN], "unknown")
    if place in course.seen:
        return BadRow(claim.line, COLUMNS[1], f"{claim.stream} {claim.seq}"[:SHOWN], "twice")
    course.seen.add(place)
    if fault_of(row) or not is_covered(row, course):
        return BadRow(claim.line, COLUMNS[-1], "", "broken")
    wanted = csv_cells(row) if is_csv else json_cells(row)
    for name in [*wanted, *(name for name in claim.cells if name not in wanted)]:
        said = claim.cells.get(name)
        if not is_same(said, wanted.get(name)) and not (
            name == COLUMNS[LEAF] and is_open(said, row, course)
        ):
            value = "" if said is None else as_text(said)[:SHOWN]
            return BadRow(claim.line, name, value, "differs")
    course.tally.add(row)
    return None


def is_same(said: Any, wanted: Any) -> bool:
    """Whether both are one value and of one kind: true is not 1."""
    return type(said) is type(wanted) and as_text(said) == as_text(wanted)


def is_open(said: Any, row: LedgerRow, course: Course) -> bool:
    """Whether the place may be missing: it was given after the root that the file names."""
    return said in ("", None) and (row.leaf is None or row.leaf >= course.covered)


def is_covered(row: LedgerRow, course: Course) -> bool:
    """Whether the signed root leads to the row; one that is too new for it counts as not signed."""
    tip = course.tip
    if tip is None or row.leaf is None or row.leaf >= tip.size:
        return True
    course.signed += 1
    return leads_to(tip, row, path_of(row.leaf, tip, course.nodes))


def fault_of(row: LedgerRow) -> str | None:
    """Returns what of the row does not fit its own hashes."""
    item = row.link
    before = Head(item.seq - 1, item.prev) if item.seq > 1 else GENESIS
    return first_fault(item, before)


def csv_cells(row: LedgerRow) -> dict[str, Any]:
    return dict(zip(COLUMNS, guarded(cells_of(facts_of(row))), strict=True))


def json_cells(row: LedgerRow) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entry_line(Row(*row.link, leaf=row.leaf)))
    return {JSON_NAMES.get(name, name): value for name, value in found.items()}


def as_text(value: Any) -> str:
    return (
        value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    )
