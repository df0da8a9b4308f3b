"""Searching the ledger: what fits a query, a page of it by key, its totals and facets.

A row's body is text that anybody with the database's password can damage: nothing here fails on
one that is no JSON, it has no amount and no plate then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import (
    BigIntegerField,
    Count,
    F,
    Func,
    Max,
    Q,
    QuerySet,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import StrIndex, Substr, TruncDay

from audit.chain import Link
from audit.models import Entry
from kernel.clock import CHINA

CHUNK = 1000
PLACES_AT_ONCE = 200
# The leading keys of a canonical body, each with a plain value, up to the one that is wanted.
_FLAT = r'^\{(?:"[a-z_]+":(?:"(?:[^"\\]|\\.)*"|[-0-9a-z]+),)*'


class BodyAmount(Func):
    """`amount_fen` of a body, NULL without one; like `bundle.amount_of`."""

    arity = 1
    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = (
            "CASE WHEN json_valid(%(expressions)s)"
            " AND json_type(%(expressions)s, '$.amount_fen') = 'integer'"
            " THEN json_extract(%(expressions)s, '$.amount_fen') END"
        )
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        pattern = _FLAT + r'"amount_fen":(-?[0-9]{1,16})[,}]'
        template = f"CAST(substring(%(expressions)s from '{pattern}') AS bigint)"
        return self.as_sql(compiler, connection, template=template, **context)


class BodyPlate(Func):
    """`plate` of a body, NULL without one."""

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = (
            "CASE WHEN json_valid(%(expressions)s)"
            " THEN json_extract(%(expressions)s, '$.plate') END"
        )
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = """substring(%(expressions)s from '"plate":"([A-HJ-NP-Z][0-9]{2})"')"""
        return self.as_sql(compiler, connection, template=template, **context)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryQuery:
    """What rows are wanted; an empty part wants all. `hidden` are querysets of stream names that
    are not shown yet; `until_id` freezes the answer for an export."""

    streams: tuple[str, ...] | None = None
    families: tuple[str, ...] = ()
    kinds: tuple[str, ...] | None = None
    other_than: tuple[str, ...] = ()
    from_at: datetime | None = None
    before_at: datetime | None = None
    plate: str = ""
    text: str = ""
    hidden: tuple[Any, ...] = ()
    until_id: int | None = None


class LedgerRow(NamedTuple):
    """An entry with its key and its place in the tree, if it has one."""

    id: int
    link: Link
    leaf: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest first, and whether there are newer and older ones."""

    rows: Sequence[LedgerRow]
    has_newer: bool
    has_older: bool


class Totals(NamedTuple):
    """How many rows, what their `amount_fen` sums to, the key of the newest."""

    rows: int
    sum_fen: int
    newest_id: int


def matching(query: EntryQuery) -> QuerySet[Entry]:
    """Returns the entries that fit."""
    found = Entry.objects.all()
    for names in query.hidden:
        found = found.exclude(stream__in=names)
    if query.until_id is not None:
        found = found.filter(pk__lte=query.until_id)
    return found.filter(_wanted(query))


def _wanted(query: EntryQuery) -> Q:
    text = query.text
    anywhere = Q(body__contains=text) | Q(stream__contains=text) | Q(idem__contains=text)
    parts = (
        (query.streams is not None, Q(stream__in=query.streams or ())),
        (query.families, _any(Q(stream__startswith=f"{name}/") for name in query.families)),
        (query.kinds is not None, Q(kind__in=query.kinds or ())),
        (query.other_than, ~Q(kind__in=query.other_than)),
        (query.from_at, Q(at__gte=query.from_at)),
        (query.before_at, Q(at__lt=query.before_at)),
        (query.plate, Q(body__contains=f'"plate":"{query.plate}"')),
        (text, anywhere),
    )
    wanted = Q()
    for is_asked, part in parts:
        if is_asked:
            wanted &= part
    return wanted


def _any(parts: Iterator[Q]) -> Q:
    found = Q()
    for part in parts:
        found |= part
    return found


def _rows(found: QuerySet[Entry]) -> list[LedgerRow]:
    """Reads rows with their leaves; one query."""
    return [
        LedgerRow(row.pk, row.as_link(), row.leaf_index)
        for row in found.annotate(leaf_index=F("leaf__index"))
    ]


def read_page(query: EntryQuery, *, size: int, older_than: int = 0, newer_than: int = 0) -> Page:
    """Returns a page by key, whatever was added meanwhile; one query."""
    found = matching(query)
    if newer_than:
        rows = _rows(found.filter(pk__gt=newer_than).order_by("pk")[: size + 1])
        return Page(rows[:size][::-1], len(rows) > size, has_older=True)
    if older_than:
        found = found.filter(pk__lt=older_than)
    rows = _rows(found.order_by("-pk")[: size + 1])
    return Page(rows[:size], bool(older_than), len(rows) > size)


def count_totals(query: EntryQuery) -> Totals:
    """Counts and sums everything that fits; one query."""
    sums = matching(query).aggregate(
        rows=Count("pk"), sum_fen=Sum(BodyAmount("body")), newest=Max("pk")
    )
    return Totals(sums["rows"], sums["sum_fen"] or 0, sums["newest"] or 0)


def count_by_kind(query: EntryQuery) -> dict[str, int]:
    """Counts per kind of event; the query's own wish for kinds does not count."""
    found = matching(replace(query, kinds=None, other_than=()))
    return dict(found.order_by().values_list("kind").annotate(Count("pk")))


def count_by_family(query: EntryQuery) -> dict[str, int]:
    """Counts per first part of the stream's name; the query's own wish for it does not count."""
    found = matching(replace(query, families=()))
    first = Substr("stream", 1, StrIndex("stream", Value("/")) - 1)
    rows = found.annotate(family=first).order_by().values_list("family")
    return dict(rows.annotate(Count("pk")))


def count_by_day(query: EntryQuery, limit: int = 31) -> list[tuple[datetime, int]]:
    """Counts per day in Beijing, newest first; the query's own wish for days does not count."""
    found = matching(replace(query, from_at=None, before_at=None))
    days = found.annotate(day=TruncDay("at", tzinfo=CHINA)).order_by("-day").values_list("day")
    return list(days.annotate(Count("pk"))[:limit])


def count_by_plate(query: EntryQuery, limit: int = 50) -> list[tuple[str, int]]:
    """Counts per plate, busiest first; the query's own wish for a plate does not count."""
    found = matching(replace(query, plate="")).annotate(shown_plate=BodyPlate("body"))
    rows = found.filter(shown_plate__isnull=False).order_by().values_list("shown_plate")
    counted = rows.annotate(many=Count("pk")).order_by("-many", "shown_plate")
    return list(counted[:limit])


def iterate(query: EntryQuery) -> Iterator[list[LedgerRow]]:
    """Reads everything that fits in the order of its keys, a chunk a query: no long read."""
    last = 0
    while rows := _rows(matching(query).filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield rows
        last = rows[-1].id


def find_row(stream: str, seq: int) -> LedgerRow | None:
    """Returns one entry as a row."""
    return next(iter(_rows(Entry.objects.filter(stream=stream, seq=seq))), None)


def find_rows(places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], LedgerRow]:
    """Returns the entries at so many places, by place; missing ones are left out."""
    found: dict[tuple[str, int], LedgerRow] = {}
    for start in range(0, len(places), PLACES_AT_ONCE):
        by_stream: dict[str, list[int]] = {}
        for stream, seq in places[start : start + PLACES_AT_ONCE]:
            by_stream.setdefault(stream, []).append(seq)
        wanted = _any(Q(stream=name, seq__in=seqs) for name, seqs in by_stream.items())
        rows = _rows(Entry.objects.filter(wanted))
        found |= {(row.link.stream, row.link.seq): row for row in rows}
    return found
