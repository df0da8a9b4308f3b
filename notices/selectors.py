"""Reading notices. To the public an unpublished notice does not exist."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from audit.selectors import entries_after
from kernel.actors import Actor
from kernel.clock import parse_instant
from kernel.errors import NotFound
from notices import permissions
from notices.events import NoticePublished
from notices.models import Notice, NoticeVersion
from notices.rules.kinds import CATEGORIES, KINDS
from notices.rules.states import NoticeState
from notices.rules.wording import content_hash, searchable

MAX_WORDS = 8
STILL_RUNNING: list[Callable[[Sequence[str]], Collection[str]]] = []
"""Who can say which of some subjects still run, though their announced end has passed."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What forbids publishing a notice at an instant; a final one no waiting will remove."""

    text: str
    is_final: bool


OBSTACLES: list[Callable[[str, datetime], Sequence[Obstacle]]] = []
"""Who can say what forbids announcing a subject at an instant."""
REFUSALS: list[Callable[[str], Sequence[str]]] = []
"""Who can say why a subject's approved notice was not published when its time had come."""


def obstacles_to(notice: Notice, at: datetime) -> list[Obstacle]:
    """What forbids publishing the notice at that instant; a result is announced by itself."""
    if KINDS[notice.kind].is_result:
        return []
    return [found for ask in OBSTACLES for found in ask(notice.subject_no, at)]


def why_refused(notice: Notice) -> list[str]:
    """Why an approved notice could not be published; empty while it waits for its time."""
    if notice.state != NoticeState.APPROVED or KINDS[notice.kind].is_result:
        return []
    return [text for ask in REFUSALS for text in ask(notice.subject_no)]


@dataclass(frozen=True, slots=True)
class NoticeQuery:
    """What the reader looks for; each part narrows the list."""

    words: str = ""
    kinds: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facet:
    """One choice of a facet with the number of notices it would leave."""

    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facets:
    kinds: list[Facet] = field(default_factory=list)
    categories: list[Facet] = field(default_factory=list)


def published() -> QuerySet[Notice]:
    return Notice.objects.filter(state=NoticeState.PUBLISHED)


def list_running(notices: Sequence[Notice], now: datetime) -> set[str]:
    """Subjects that still run, of those notices whose announced end has passed; a query for each
    source if there are any."""
    nos = sorted({notice.subject_no for notice in notices if has_run_out(notice, now)})
    return {no for ask in STILL_RUNNING for no in ask(nos)} if nos else set()


def has_run_out(notice: Notice, now: datetime) -> bool:
    """Whether the end that the notice announced has passed."""
    ends = notice.fields.get("ends_at")
    return bool(ends) and not KINDS[notice.kind].is_result and parse_instant(str(ends)) <= now


def search(query: NoticeQuery, *, without: str = "") -> QuerySet[Notice]:
    """Published notices that match, newest first; `without` leaves one facet open."""
    rows = published()
    for word in searchable(query.words).split()[:MAX_WORDS]:
        rows = rows.filter(search_text__contains=word)
    if query.kinds and without != "kind":
        rows = rows.filter(kind__in=query.kinds)
    if query.categories and without != "category":
        rows = rows.filter(category__in=query.categories)
    return rows.order_by("-published_at", "-pk")


def count_facets(query: NoticeQuery) -> Facets:
    """Counts for each choice, with the other facet's choice in force. Two queries."""
    kinds = search(query, without="kind").order_by().values("kind").annotate(n=Count("pk"))
    categories = (
        search(query, without="category").order_by().values("category").annotate(n=Count("pk"))
    )
    labels = {name: kind.label for name, kind in KINDS.items()}
    return Facets(
        kinds=facets_of({row["kind"]: row["n"] for row in kinds}, query.kinds, labels),
        categories=facets_of(
            {row["category"]: row["n"] for row in categories}, query.categories, CATEGORIES
        ),
    )


def facets_of(
    counts: dict[str, int], chosen: Sequence[str], labels: Mapping[str, str]
) -> list[Facet]:
    """Choices that lead somewhere, and those made already, in the order of their labels."""
    return [
        Facet(value, label, counts.get(value, 0), value in chosen)
        for value, label in labels.items()
        if value in counts or value in chosen
    ]


def access_notice(actor: Actor, no: str) -> Notice:
    """Returns the notice; NotFound for the public before it is published."""
    notice = Notice.objects.filter(no=no).first()
    if notice is None:
        raise NotFound("notice_unknown")
    if notice.state != NoticeState.PUBLISHED and not permissions.may(actor, "see_unpublished"):
        raise NotFound("notice_unknown")
    return notice


def access_version(actor: Actor, no: str, index: int) -> NoticeVersion:
    """Returns one published wording."""
    access_notice(actor, no)
    version = NoticeVersion.objects.select_related("notice").filter(notice__no=no, index=index)
    found = version.first()
    if found is None:
        raise NotFound("version_unknown")
    return found


def is_intact(version: NoticeVersion) -> bool:
    """Whether the wording is still the one whose hash the ledger holds since publication."""
    found = content_hash(version.title, version.fields)
    told = {
        entry.body["version"]: entry.body["content_hash"]
        for entry in entries_after(f"notice/{version.notice.no}", 0)
        if entry.kind == NoticePublished.kind
    }
    return found == version.content_hash == told.get(version.index)


def list_versions(notice: Notice) -> Sequence[NoticeVersion]:
    return list(notice.versions.all())


def list_queue(actor: Actor) -> QuerySet[Notice]:
    """What the staff still has to do something about, oldest first."""
    permissions.require(actor, "see_unpublished")
    waiting = Q(state__in=[NoticeState.DRAFT, NoticeState.REVIEW, NoticeState.APPROVED])
    return Notice.objects.filter(waiting).order_by("edited_at")


def list_by_subject(subject_no: str) -> Sequence[Notice]:
    """The published notices of one subject, oldest first."""
    return list(published().filter(subject_no=subject_no).order_by("published_at"))


def list_numbers(subject_no: str) -> list[str]:
    """The numbers of all notices of one subject, whatever their state; for the ledger's export."""
    return list(Notice.objects.filter(subject_no=subject_no).values_list("no", flat=True))


def find_by_subject(subject_no: str, kind: str) -> Notice | None:
    """The newest notice of one kind about a subject, whatever its state; for other apps."""
    return Notice.objects.filter(subject_no=subject_no, kind=kind).order_by("-pk").first()


def is_approved(no: str) -> bool:
    """Whether the notice waits for its publication, approved by a second person."""
    return Notice.objects.filter(no=no, state=NoticeState.APPROVED).exists()


def list_due(now: datetime, limit: int) -> list[str]:
    """Numbers of result notices whose time has come."""
    rows = Notice.objects.filter(state=NoticeState.APPROVED, next_due_at__lte=now)
    return list(rows.order_by("next_due_at").values_list("no", flat=True)[:limit])
