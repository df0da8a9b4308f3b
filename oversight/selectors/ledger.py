"""The ledger as auditors and supervisors see it: rows, totals, facets, one entry with its proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from audit.chain import GENESIS, Head, first_fault
from audit.checkpoint import Tip
from audit.selectors import LedgerState, find_entry, ledger_state, read_head, tree_nodes
from audit.selectors import search as ledger
from audit.selectors.search import EntryQuery, LedgerRow, Totals
from audit.services.examining import signed_tip
from audit.services.sealing import newest_checkpoint
from audit.tree import Nodes, inclusion_proof, verify_inclusion
from bidding import selectors as bidding
from kernel.actors import Actor
from kernel.errors import NotFound
from oversight import permissions
from oversight.rules.events import EventClass, class_of, kinds_of
from oversight.rules.filters import LedgerFilter
from trading import selectors as trading

SIZES = (25, 50, 100)
DAYS = 31


@dataclass(frozen=True, slots=True)
class Facets:
    """How many rows each further choice would leave; each leaves its own part of the filter out."""

    classes: Mapping[EventClass, int]
    kinds: Mapping[str, int]
    families: Mapping[str, int]
    plates: Sequence[tuple[str, int]]
    days: Sequence[tuple[date, int]]


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """What the ledger page shows; five queries, however many rows there are."""

    page: ledger.Page
    totals: Totals
    facets: Facets
    state: LedgerState


def query_of(asked: LedgerFilter) -> EntryQuery:
    """Returns the query of a filter; what nobody may read yet is left out of rows and counts."""
    from_at, before_at = asked.span()
    query = EntryQuery(
        streams=streams_of(asked),
        families=(asked.family,) if asked.family else (),
        from_at=from_at,
        before_at=before_at,
        plate=asked.plate,
        text=asked.q,
        hidden=(bidding.sealed_streams(), trading.sealed_streams()),
    )
    return with_kinds(query, asked)


def with_kinds(query: EntryQuery, asked: LedgerFilter) -> EntryQuery:
    """Returns the query with the wish for a kind or a class; 业务 is whatever is nothing else."""
    if asked.kind:
        return replace(query, kinds=(asked.kind,))
    if not asked.event:
        return query
    if asked.event == EventClass.BUSINESS:
        others = (kinds_of(item) for item in EventClass if item != EventClass.BUSINESS)
        return replace(query, other_than=tuple(kind for kinds in others for kind in kinds))
    return replace(query, kinds=kinds_of(EventClass(asked.event)))


def existing(streams: tuple[str, ...] | None) -> list[str]:
    """Returns those of the streams that hold something."""
    heads = ((name, read_head(name)) for name in streams or ())
    return [name for name, head in heads if head is not None and head.seq]


def streams_of(asked: LedgerFilter) -> tuple[str, ...] | None:
    """Returns the streams that the filter names, None if it names none; parts narrow each other."""
    named: list[set[str]] = []
    if asked.lot:
        named.append(set(trading.list_lot_streams(asked.lot)))
    if asked.room:
        named.append({f"room/{asked.room}", f"room/{asked.room}/sealed"})
    if asked.stream:
        named.append({asked.stream})
    return tuple(sorted(set.intersection(*named))) if named else None


def hidden_streams() -> frozenset[str]:
    """Names of the streams that nobody reads yet: their room or their sale has not ended."""
    return frozenset(bidding.sealed_streams()) | frozenset(trading.sealed_streams())


def read_ledger(
    actor: Actor, asked: LedgerFilter, *, size: int, older_than: int = 0, newer_than: int = 0
) -> LedgerPage:
    """Returns a page of the ledger with its totals, facets and the chain's state."""
    permissions.require(actor, "see_ledger")
    query = query_of(asked)
    counts = ledger.count_everything(query)
    return LedgerPage(
        page=ledger.read_page(query, size=size, older_than=older_than, newer_than=newer_than),
        totals=counts.totals,
        facets=facets_of(query, counts),
        state=ledger_state(),
    )


def facets_of(query: EntryQuery, counts: ledger.Counts) -> Facets:
    classes = dict.fromkeys(EventClass, 0)
    for kind, count in counts.kinds.items():
        classes[class_of(kind)] += count
    return Facets(
        classes=classes,
        kinds=dict(sorted(counts.kinds.items(), key=lambda item: (-item[1], item[0]))),
        families=counts.families,
        plates=ledger.count_by_plate(query) if query.streams is not None else (),
        days=sorted(counts.days.items(), reverse=True)[:DAYS],
    )


# ── one entry ───────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Proof:
    """The entry's place under a signed root: the path, and whether it leads there."""

    tip: Tip
    signed_at: datetime
    path: Sequence[bytes]
    is_proven: bool
    note: str


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """One entry with what proves it. `fault` names what does not hold, "" if all does."""

    row: LedgerRow
    last_seq: int
    fault: str
    proof: Proof | None


def access_entry(actor: Actor, stream: str, seq: int) -> EntryDetail:
    """Returns an entry to who may see the ledger. NotFound also for what is sealed still."""
    permissions.require(actor, "see_ledger")
    if stream in hidden_streams():
        raise NotFound("entry_unknown")
    return examine_entry(stream, seq)


def examine_entry(stream: str, seq: int) -> EntryDetail:
    """Returns an entry, recomputed and proven. NotFound if there is none."""
    row, head = ledger.find_row(stream, seq), read_head(stream)
    if row is None or head is None:
        raise NotFound("entry_unknown")
    before = find_entry(stream, seq - 1)
    fault = first_fault(row.link, Head(before.seq, before.hash) if before else GENESIS)
    return EntryDetail(row, head.seq, fault or "", prove(row))


def prove(row: LedgerRow) -> Proof | None:
    """Returns the proof under the newest signed root; None while no root covers the entry."""
    checkpoint = newest_checkpoint()
    tip = signed_tip(checkpoint.note) if checkpoint else None
    if checkpoint is None or tip is None or row.leaf is None or row.leaf >= tip.size:
        return None
    path = path_of(row.leaf, tip, tree_nodes())
    return Proof(tip, checkpoint.signed_at, path, leads_to(tip, row, path), checkpoint.note)


def path_of(leaf: int, tip: Tip, nodes: Nodes) -> list[bytes]:
    """Returns the siblings on the way up; none if the tree has lost some."""
    try:
        return inclusion_proof(nodes, leaf, tip.size)
    except LookupError:
        return []


def leads_to(tip: Tip, row: LedgerRow, path: Sequence[bytes]) -> bool:
    """Whether the path leads from the entry to the signed root."""
    if row.leaf is None:
        return False
    found = row.link.hash
    return verify_inclusion(found, index=row.leaf, size=tip.size, path=path, root=tip.root)
