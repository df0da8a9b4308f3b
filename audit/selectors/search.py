"""Searching the ledger: what fits a query, a page of it by key, its totals and facets.

A row's body is text that anybody with the database's password can damage: nothing here fails on
one that is no JSON, it has no amount and no plate then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
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
from django.db.models.functions import StrIndex, Substr

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
            " AND length(json_extract(%(expressions)s, '$.amount_fen')) <= 17"
            " THEN json_extract(%(expressions)s, '$.amount_fen') END"
        )
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        pattern = _FLAT + r'"amount_fen":(-?[0-9]{1,16})[,}]'
        template = f"CAST(substring(%(expressions)s from '{pattern}') AS bigint)"
        return self.as_sql(compiler, connection, template=template, **context)


class BeijingDay(Func):
    """The day of an instant in Beijing as ISO text. Both databases do it without Python."""

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "date(%(expressions)s, '+8 hours')"  # no summer time since the first ledger
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "to_char(%(expressions)s AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"
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


# A sum of amounts near 2^53 leaves the database's integers: whole parts and rests are summed apart.
PART = 1_000_000_000
SUMS = {
    "rows": Count("pk"),
    "parts": Sum(BodyAmount("body") / PART),
    "rests": Sum(BodyAmount("body") % PART),
    "newest": Max("pk"),
}


def count_totals(query: EntryQuery) -> Totals:
    """Counts and sums everything that fits; one query."""
    sums = matching(query).aggregate(**SUMS)
    return Totals(sums["rows"], whole(sums["parts"], sums["rests"]), sums["newest"] or 0)


def whole(parts: Any, rests: Any) -> int:
    return int(parts or 0) * PART + int(rests or 0)


class Group(NamedTuple):
    """The rows of one kind and family on one day in Beijing."""

    kind: str
    family: str
    day: date
    totals: Totals


@dataclass(frozen=True, slots=True)
class Counts:
    """What fits a query: the totals, and by each part of it what further choices would leave; a
    part's own wish does not count there."""

    totals: Totals
    kinds: dict[str, int]
    families: dict[str, int]
    days: dict[date, int]


def count_everything(query: EntryQuery) -> Counts:
    """Counts in one pass over the rows; one query, whatever is asked of kinds, families, days."""
    groups = list(_groups(query))
    fitting = [item for item in groups if _fits(item, query)]
    return Counts(
        totals=Totals(
            sum(item.totals.rows for item in fitting),
            sum(item.totals.sum_fen for item in fitting),
            max((item.totals.newest_id for item in fitting), default=0),
        ),
        kinds=_count(groups, "kind", replace(query, kinds=None, other_than=())),
        families=_count(groups, "family", replace(query, families=())),
        days=_count(groups, "day", replace(query, from_at=None, before_at=None)),
    )


def _groups(query: EntryQuery) -> Iterator[Group]:
    asked = replace(query, kinds=None, other_than=(), families=(), from_at=None, before_at=None)
    first = Substr("stream", 1, StrIndex("stream", Value("/")) - 1)
    found = matching(asked).annotate(family=first, day=BeijingDay("at")).order_by()
    for kind, family, day, *sums in found.values_list("kind", "family", "day").annotate(**SUMS):
        rows, parts, rests, newest = sums
        yield Group(
            kind, family, date.fromisoformat(day), Totals(rows, whole(parts, rests), newest)
        )


def _fits(group: Group, query: EntryQuery) -> bool:
    """Whether the rows of a group fit; the bounds in time are midnights in Beijing."""
    from_on = query.from_at and query.from_at.astimezone(CHINA).date()
    before_on = query.before_at and query.before_at.astimezone(CHINA).date()
    return (
        (query.kinds is None or group.kind in query.kinds)
        and group.kind not in query.other_than
        and (not query.families or group.family in query.families)
        and (from_on is None or group.day >= from_on)
        and (before_on is None or group.day < before_on)
    )


def _count(groups: Sequence[Group], part: str, query: EntryQuery) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for item in groups:
        if _fits(item, query):
            name = getattr(item, part)
            found[name] = found.get(name, 0) + item.totals.rows
    return found


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
