"""What the ledger's pages show: rows, facets, one entry, a job; in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.selectors.search import LedgerRow
from oversight.rules import exports
from oversight.rules.events import CLASS_NAMES, FAMILY_NAMES, EventClass, class_of, name_of
from oversight.rules.exports import ExportFormat, ExportState
from oversight.rules.filters import LedgerFilter
from oversight.rules.rows import amount_of, read_body, reason_of, subject_of
from oversight.selectors.ledger import EntryDetail, LedgerPage

if TYPE_CHECKING:
    from oversight.models import Export

CHIPS = {
    EventClass.ACCEPTED: "done",
    EventClass.REFUSED: "stopped",
    EventClass.SYSTEM: "info",
    EventClass.BUSINESS: "draft",
}
OPEN_CHOICES = 9


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the ledger page."""

    seq: int
    stream: str
    url: str
    at: datetime
    subject: str
    event: str
    chip: str
    amount_fen: int | None
    reason: str
    hash: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a facet: its words, how many rows it leaves, where it leads."""

    label: str
    count: int
    url: str
    is_current: bool


def line_of(row: LedgerRow) -> Line:
    """Returns a row as it is shown; a damaged body shows nothing but its place."""
    item = row.link
    values = read_body(item.body)
    return Line(
        seq=item.seq,
        stream=item.stream,
        url=reverse("oversight:entry", args=[item.stream, item.seq]),
        at=item.at,
        subject=subject_of(values),
        event=_(name_of(item.kind)),
        chip=CHIPS[class_of(item.kind)],
        amount_fen=amount_of(values),
        reason=reason_of(item.kind, values),
        hash=item.hash.hex(),
    )


# ── facets ──────────────────────────────────────────────────────────────────────────────────────
def choice(asked: LedgerFilter, name: str, value: str, label: str, count: int) -> Choice:
    """A choice that is taken leads back to the list without it."""
    is_current = getattr(asked, name) == value
    changed = asked.with_part(name, "" if is_current else value)
    return Choice(label, count, f"?{changed.query_string()}", is_current)


def facets_of(asked: LedgerFilter, shown: LedgerPage) -> list[tuple[str, list[Choice], bool]]:
    """Returns the facets with their names, and whether they are too long to stand open; those
    without any choice are left out."""
    facets = shown.facets
    found = [
        (_("事件类别"), [
            choice(asked, "event", item.value, _(CLASS_NAMES[item]), count)
            for item, count in facets.classes.items() if count
        ]),
        (_("事件"), [
            choice(asked, "kind", kind, _(name_of(kind)), count)
            for kind, count in facets.kinds.items()
        ]),
        (_("链类"), [
            choice(asked, "family", family, _(FAMILY_NAMES.get(family, family)), count)
            for family, count in facets.families.items()
        ]),
        (_("主体"), [
            choice(asked, "plate", plate, plate, count) for plate, count in facets.plates
        ]),
        (_("日期"), [day_choice(asked, day, count) for day, count in facets.days]),
    ]  # fmt: skip
    return [(name, choices, len(choices) > OPEN_CHOICES) for name, choices in found if choices]


def day_choice(asked: LedgerFilter, day: date, count: int) -> Choice:
    """A day is a range of one."""
    text = day.isoformat()
    is_current = (asked.from_on, asked.until_on) == (text, text)
    bounds = "" if is_current else text
    changed = (
        asked.with_part("month", "").with_part("from_on", bounds).with_part("until_on", bounds)
    )
    return Choice(text, count, f"?{changed.query_string()}", is_current)


def asked_in_words(asked: LedgerFilter) -> list[Choice]:
    """Returns each part of the filter, leading to the list without it."""
    return [
        Choice(f"{_(name)} {_(words)}", 0, f"?{asked.with_part(part, '').query_string()}", True)
        for (name, words), part in zip(asked.words(), asked.parts(), strict=True)
    ]


# ── one entry ───────────────────────────────────────────────────────────────────────────────────
def entry_of(detail: EntryDetail) -> dict[str, Any]:
    """Returns an entry for its page: hashes as hex."""
    item = detail.row.link
    return {
        "detail": detail,
        "link": item,
        "line": line_of(detail.row),
        "body_hash": item.body_hash.hex(),
        "prev_hash": item.prev.hex(),
        "path": [sibling.hex() for sibling in detail.proof.path] if detail.proof else [],
    }


def body_pairs(detail: EntryDetail) -> list[tuple[str, str]]:
    """Returns the body's fields as texts; `before` and `after` are shown apart."""
    values = read_body(detail.row.link.body)
    return [
        (name, as_text(value)) for name, value in values.items() if name not in {"before", "after"}
    ]


def as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def changes_of(detail: EntryDetail) -> list[tuple[str, str, str]]:
    """Returns field, old and new value of an entry that says what it changed."""
    values = read_body(detail.row.link.body)
    before, after = values.get("before"), values.get("after")
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return []
    names: Sequence[str] = sorted({*before, *after})
    return [
        (name, as_text(before.get(name, "—")), as_text(after.get(name, "—")))
        for name in names
        if before.get(name) != after.get(name)
    ]


# ── jobs ────────────────────────────────────────────────────────────────────────────────────────
FORMAT_NAMES = {
    ExportFormat.XLSX: "xlsx",
    ExportFormat.CSV: "csv",
    ExportFormat.JSONL: "jsonl",
    ExportFormat.BUNDLE: gettext_noop("证据包 zip"),
}
STEPS = {"sealing": gettext_noop("正在签署检查点"), "rows": gettext_noop("正在写出各行")}
ERRORS = {
    "storage": gettext_noop("存储空间不可用，请稍后重试，或联系系统管理员。"),
    "no_such_stream": gettext_noop("筛选的链上还没有任何记录。"),
    "no_such_entry": gettext_noop("有记录在导出时已读不到，请联系系统管理员。"),
}
SHOWN_STATES = {
    ExportState.QUEUED: "queued",
    ExportState.RUNNING: "running",
    ExportState.DONE: "done",
    ExportState.FAILED: "failed",
    ExportState.CANCELLED: "failed",
    ExportState.EXPIRED: "failed",
}


@dataclass(frozen=True, slots=True)
class Job:
    """An export as the tray shows it: the parameters of `components/job_progress.html`."""

    code: str
    name: str
    state: str
    percent: int
    step: str
    eta: str
    detail_url: str
    poll_url: str
    result_url: str
    cancel_url: str
    retry_url: str


def job_of(export: Export, now: datetime) -> Job:
    """Returns the job with the addresses that make sense in its state."""
    state = ExportState(export.state)

    def url(name: str, *states: ExportState) -> str:
        return reverse(f"oversight:{name}", args=[export.code]) if state in states else ""

    name = _(FORMAT_NAMES[ExportFormat(export.format)])
    retryable = (ExportState.FAILED, ExportState.CANCELLED, ExportState.EXPIRED)
    return Job(
        code=export.code,
        name=f"{_('台账导出')} #{export.code} {name}",
        state=SHOWN_STATES[state],
        percent=exports.percent(export.rows_done, export.rows_total),
        step=step_of(export, state),
        eta=eta_of(export, state, now),
        detail_url=reverse("oversight:export", args=[export.code]),
        poll_url=reverse("oversight:export_progress", args=[export.code]),
        result_url=url("export_file", ExportState.DONE),
        cancel_url=url("cancel_export", *exports.UNFINISHED),
        retry_url=url("retry_export", *retryable),
    )


def step_of(export: Export, state: ExportState) -> str:
    """Returns what is being done, or why there is nothing to fetch."""
    words = {
        ExportState.CANCELLED: _("已取消"),
        ExportState.EXPIRED: _("结果已过 7 天，不再保留"),
        ExportState.FAILED: _(ERRORS.get(export.error, export.error or "storage")),
        ExportState.RUNNING: _(STEPS[export.step]) if export.step in STEPS else "",
    }
    return words.get(state, "")


def eta_of(export: Export, state: ExportState, now: datetime) -> str:
    """Returns how long it takes still, while that can be said."""
    if state != ExportState.RUNNING or export.started_at is None:
        return ""
    left = exports.seconds_left(
        elapsed_s=(now - export.started_at).total_seconds(),
        done=export.rows_done,
        total=export.rows_total,
    )
    if left is None:
        return ""
    return _("剩约 %(left)s 秒") % {"left": left}
