"""Drafting, reviewing and publishing notices: two people, one wording, one instant."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from audit.services import record
from kernel.actors import Actor
from kernel.clock import Clock, cut_ms, iso_ms
from kernel.errors import Conflict, Invalid, NotFound
from kernel.machine import step
from kernel.phones import phone_digits
from law import selectors as law
from notices import events, permissions
from notices.locks import lock_notice, next_index
from notices.models import Notice, NoticeVersion
from notices.rules.kinds import KINDS, Kind, Shape
from notices.rules.states import NOTICE_TABLE, NoticeState
from notices.rules.wording import content_hash, plain, provisional_days, searchable
from notices.selectors import obstacles_to

MAX_FIELD_LENGTH = 4000
Fields = Mapping[str, object]


def stream_of(notice: Notice) -> str:
    return f"notice/{notice.no}"


def draft_notice(
    *,
    kind: str,
    subject_no: str,
    category: str,
    title: str,
    fields: Fields,
    actor: Actor,
    clock: Clock,
    author_name: str = "",
) -> Notice:
    """Makes a draft, inside the caller's transaction or one of its own."""
    permissions.require(actor, "draft_notice")
    found = KINDS.get(kind)
    if found is None:
        raise NotFound("kind_unknown", _("没有这一类公告。"), params={"kind": kind})
    title = plain(title)
    with transaction.atomic():
        index = next_index(f"{subject_no}-N{found.code}")
        notice = Notice.objects.create(
            no=f"{subject_no}-N{found.code}{index:02d}",
            kind=kind,
            subject_no=subject_no,
            category=category,
            title=title,
            fields=clean(found, fields),
            author=actor.id,
            author_name=author_name,
            writers=[actor.id],
            edited_at=clock.now(),
        )
        event = events.NoticeDrafted(
            notice.no, kind, subject_no, content_hash(title, notice.fields)
        )
        record(stream=stream_of(notice), event=event, actor=actor, at=notice.edited_at)
    return notice


def write_in(notice: Notice, actor: Actor) -> None:
    """Remembers who had a hand in the wording: none of them may review it."""
    if actor.id not in notice.writers:
        notice.writers = [*notice.writers, actor.id]


def clean(kind: Kind, values: Fields) -> dict[str, object]:
    """Keeps the kind's fields in print order. Invalid names what is too long or no phone number."""
    kept: dict[str, object] = {}
    faults: dict[str, object] = {}
    for field in kind.fields:
        value = values.get(field.name)
        if isinstance(value, str):
            value = plain(value, is_line=field.shape != Shape.TEXT)
            if len(value) > MAX_FIELD_LENGTH:
                faults[field.name] = _("内容过长，最多 4000 字。")
            elif field.shape == Shape.PHONE and value and not phone_digits(value):
                faults[field.name] = _("请填写 7 至 12 位数字的电话号码，例如 0838-2200000。")
        kept[field.name] = value if value is not None else ""
    if faults:
        raise Invalid(fields=faults)
    return kept


@transaction.atomic(durable=True)
def edit_notice(
    *, no: str, title: str, fields: Fields, actor: Actor, clock: Clock, base: str = ""
) -> Notice:
    """Rewrites a draft. Derived fields keep the values the lot gave them.

    `base` is the hash of the wording the writer started from: Invalid if another has saved since.
    """
    permissions.require(actor, "edit_notice")
    notice = lock_notice(no)
    step(NOTICE_TABLE, NoticeState(notice.state), "edit")
    if base and base != content_hash(notice.title, notice.fields):
        text = _("您打开之后，草稿已被他人修改。您的内容还在下面；再次保存将覆盖他人的修改。")
        raise Invalid("edited_meanwhile", text)
    kind = KINDS[notice.kind]
    typed = {f.name: fields.get(f.name) for f in kind.fields if not f.is_derived}
    fresh = clean(kind, {**notice.fields, **typed})
    changed = sorted(name for name in fresh if fresh[name] != notice.fields.get(name))
    notice.title, notice.fields, notice.edited_at = plain(title), fresh, clock.now()
    write_in(notice, actor)
    notice.save(update_fields=["title", "fields", "writers", "edited_at"])
    event = events.NoticeEdited(notice.no, changed, content_hash(notice.title, fresh))
    record(stream=stream_of(notice), event=event, actor=actor, at=notice.edited_at)
    return notice


def refresh_derived(
    *, no: str, values: Fields, titles: tuple[str, str], actor: Actor, clock: Clock
) -> Notice:
    """Puts the lot's own figures into its draft notice, and the new title where the old one still
    stands. Who changed the lot had a hand in the notice, whatever it was that changed. Runs in
    the caller's transaction."""
    notice = lock_notice(no)
    step(NOTICE_TABLE, NoticeState(notice.state), "edit")
    derived = {f.name for f in KINDS[notice.kind].fields if f.is_derived}
    fresh = {**notice.fields, **{name: values[name] for name in derived & values.keys()}}
    changed = sorted(name for name in derived if fresh.get(name) != notice.fields.get(name))
    old_title, new_title = (plain(title) for title in titles)
    is_retitled = notice.title == old_title != new_title
    if is_retitled:
        notice.title = new_title
    write_in(notice, actor)
    notice.fields, notice.edited_at = fresh, clock.now()
    notice.save(update_fields=["title", "fields", "writers", "edited_at"])
    if changed or is_retitled:
        event = events.NoticeEdited(notice.no, changed, content_hash(notice.title, fresh))
        record(stream=stream_of(notice), event=event, actor=actor, at=notice.edited_at)
    return notice


@transaction.atomic(durable=True)
def submit_notice(*, no: str, actor: Actor, clock: Clock) -> Notice:
    """Hands a complete draft to the reviewer. Invalid names every missing field at once."""
    permissions.require(actor, "submit_notice")
    notice = lock_notice(no)
    move = step(NOTICE_TABLE, NoticeState(notice.state), "submit")
    require_complete(notice)
    notice.state, notice.return_reason = move.next, ""
    write_in(notice, actor)
    notice.save(update_fields=["state", "writers", "return_reason"])
    at = clock.now()
    record(stream=stream_of(notice), event=events.NoticeSubmitted(notice.no), actor=actor, at=at)
    return notice


def require_complete(notice: Notice) -> None:
    """Invalid with one entry per mandatory field that is missing."""
    missing = KINDS[notice.kind].missing(notice.fields)
    if missing:
        text = _("请填写“%(label)s”（必填）。")
        fields = {field.name: text % {"label": _(field.label)} for field in missing}
        raise Invalid("incomplete", _("公告缺少必填内容。"), fields=fields)


@transaction.atomic(durable=True)
def return_notice(*, no: str, reason: str, actor: Actor, clock: Clock) -> Notice:
    """Sends a notice back to its author with the reason."""
    permissions.require(actor, "return_notice")
    if not reason.strip():
        raise Invalid(fields={"reason": _("请写明退回理由。")})
    notice = lock_notice(no)
    move = step(NOTICE_TABLE, NoticeState(notice.state), "return")
    notice.state, notice.return_reason = move.next, reason.strip()[:300]
    notice.publish_at = notice.next_due_at = None
    notice.save(update_fields=["state", "return_reason", "publish_at", "next_due_at"])
    event = events.NoticeReturned(notice.no, notice.return_reason)
    record(stream=stream_of(notice), event=event, actor=actor, at=clock.now())
    return notice


@transaction.atomic(durable=True)
def approve_notice(
    *,
    no: str,
    actor: Actor,
    clock: Clock,
    publish_at: datetime | None = None,
    confirms_provisional: bool = False,
) -> Notice:
    """Approves for publication at `publish_at` (at once if None or past), by a second person.

    Invalid quotes the rules that its dates would break at that instant; what others have yet to
    decide is asked again when the time comes. A date in a year whose calendar is not published
    needs an explicit word (CAL-1)."""
    permissions.require(actor, "approve_notice")
    notice = lock_notice(no)
    permissions.require_second_person(actor, notice)
    move = step(NOTICE_TABLE, NoticeState(notice.state), "approve")
    require_complete(notice)
    if not confirms_provisional:
        require_settled_dates(notice)
    now = clock.now()
    notice.state, notice.reviewer = move.next, actor.id
    notice.publish_at = max(cut_ms(publish_at), now) if publish_at else now
    require_lawful_dates(notice, notice.publish_at)
    # A lot's own notice is published by the sale, which checks its gates at that instant.
    notice.next_due_at = notice.publish_at if KINDS[notice.kind].is_result else None
    notice.save(update_fields=["state", "reviewer", "publish_at", "next_due_at"])
    event = events.NoticeApproved(
        notice.no, notice.subject_no, notice.kind, iso_ms(notice.publish_at)
    )
    record(stream=stream_of(notice), event=event, actor=actor, at=now)
    return notice


def require_settled_dates(notice: Notice) -> None:
    """Invalid if a date of the notice rests on a calendar that is not published yet."""
    days = provisional_days(KINDS[notice.kind], notice.fields, law.calendar())
    if days:
        text = _("%(days)s 所在年份的日历尚未公布，日期为暂定；确认后方可发布。")
        shown = "、".join(f"{on}" for on in days)
        raise Invalid("provisional", fields={"confirms_provisional": text % {"days": shown}})


def require_lawful_dates(notice: Notice, at: datetime) -> None:
    """Invalid if the dates that the notice announces forbid publishing it then."""
    found = [item.text for item in obstacles_to(notice, at) if item.is_final]
    if found:
        text = _("按所选发布时间不能依法发布：请退回，由起草人修改标的的时间。")
        raise Invalid("unlawful_dates", fields={"publish_at": format_lines([text, *found])})


def format_lines(lines: list[str]) -> str:
    """Sentences one after another; those that are marked up stay so."""
    return format_html_join(" ", "{}", ((line,) for line in lines))


def publish_notice(*, no: str, actor: Actor, clock: Clock) -> NoticeVersion:
    """Publishes an approved notice, inside the caller's transaction. Conflict if not approved."""
    permissions.require(actor, "publish_notice")
    notice = lock_notice(no)
    move = step(NOTICE_TABLE, NoticeState(notice.state), "publish")
    require_complete(notice)
    now = clock.now()
    if notice.publish_at is None or notice.publish_at > now:
        raise Conflict("not_yet", _("尚未到公告的发布时间。"))
    version = NoticeVersion.objects.create(
        notice=notice,
        index=notice.version_count + 1,
        title=notice.title,
        fields=notice.fields,
        content_hash=content_hash(notice.title, notice.fields),
        published_at=now,
    )
    notice.state, notice.version_count = move.next, version.index
    notice.published_at, notice.next_due_at = now, None
    notice.search_text = search_text(notice)
    notice.save(
        update_fields=["state", "version_count", "published_at", "next_due_at", "search_text"]
    )
    event = events.NoticePublished(
        notice.no, version.index, notice.subject_no, notice.kind, version.content_hash
    )
    record(stream=stream_of(notice), event=event, actor=actor, at=now)
    return version


def search_text(notice: Notice) -> str:
    """Everything of a notice one may look for, lower-cased."""
    parts = [notice.no, notice.title, KINDS[notice.kind].label, *map(str, notice.fields.values())]
    return searchable("\n".join(part for part in parts if part))


@transaction.atomic(durable=True)
def publish_due_notice(*, no: str, actor: Actor, clock: Clock) -> bool:
    """Publishes a result notice whose time has come; False when somebody already did."""
    notice = lock_notice(no)
    if notice.state != NoticeState.APPROVED or notice.next_due_at is None:
        return False
    if notice.next_due_at > clock.now():
        return False
    publish_notice(no=no, actor=actor, clock=clock)
    return True
