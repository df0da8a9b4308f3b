"""One list of notices as Atom (RFC 4287), calendar (RFC 5545) and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import segno
from django.conf import settings
from django.utils.translation import gettext as _

from kernel.clock import CHINA, iso_ms, parse_instant
from notices.rules.kinds import KINDS
from notices.rules.wording import plain

if TYPE_CHECKING:
    from notices.models import Notice

LIMITS = {"atom": 100, "ics": 500, "csv": 5000}
ATOM = "http://www.w3.org/2005/Atom"
FOLD = 73
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def address(notice: Notice) -> str:
    return f"{settings.PUBLIC_ORIGIN}/notices/{notice.no}/"


def write_atom(notices: Sequence[Notice], query: str) -> tuple[bytes, str]:
    """Atom, newest first; its own address carries the query."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    own = f"{settings.PUBLIC_ORIGIN}/notices/.atom" + (f"?{query}" if query else "")
    newest = notices[0].published_at if notices else None
    add(feed, "id", own)
    add(feed, "title", f"{settings.CENTRE_NAME} {_('公告')}")
    add(feed, "updated", iso_ms(newest or EPOCH))
    ET.SubElement(feed, f"{{{ATOM}}}link", rel="self", href=own)
    author = ET.SubElement(feed, f"{{{ATOM}}}author")
    add(author, "name", settings.CENTRE_NAME)
    for notice in notices:
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        add(entry, "id", address(notice))
        add(entry, "title", notice.title)
        add(entry, "updated", iso_ms(published(notice)))
        add(entry, "summary", f"{KINDS[notice.kind].label} {notice.no}")
        ET.SubElement(entry, f"{{{ATOM}}}link", rel="alternate", href=address(notice))
    body = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body, "application/atom+xml; charset=utf-8"


def add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = plain(text)


def published(notice: Notice) -> datetime:
    """The instant of publication; listed notices always have one."""
    if notice.published_at is None:
        raise ValueError("only published notices are listed")
    return notice.published_at


def write_calendar(notices: Sequence[Notice], query: str) -> tuple[bytes, str]:
    """One event for each opening and each end, in Beijing time."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Yangguang//notices//ZH",
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Shanghai",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0800",
        "TZOFFSETTO:+0800",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
    for notice in notices:
        for name, label in (("opens_at", _("竞价开始")), ("ends_at", _("竞价截止"))):
            if notice.fields.get(name):
                lines += event_lines(notice, name, label)
    lines.append("END:VCALENDAR")
    text = "".join(f"{folded(line)}\r\n" for line in lines)
    return text.encode(), "text/calendar; charset=utf-8"


def event_lines(notice: Notice, name: str, label: str) -> list[str]:
    at = parse_instant(str(notice.fields[name])).astimezone(CHINA)
    return [
        "BEGIN:VEVENT",
        f"UID:{notice.no}-{name}@{settings.CENTRE_CODE}",
        f"DTSTAMP:{published(notice).astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;TZID=Asia/Shanghai:{at:%Y%m%dT%H%M%S}",
        f"SUMMARY:{escaped(f'{label} {notice.title}')}",
        f"URL:{address(notice)}",
        "END:VEVENT",
    ]


def escaped(text: str) -> str:
    """RFC 5545 3.3.11; a line break or control character cannot start a property of its own."""
    text = plain(text)
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text


def folded(line: str) -> str:
    """RFC 5545 3.1: at most 75 octets a line, never inside a character."""
    parts, current, size = [], "", 0
    for character in line:
        width = len(character.encode())
        if size + width > FOLD:
            parts.append(current)
            current, size = " ", 1
        current, size = current + character, size + width
    return "\r\n".join([*parts, current])


COLUMNS = (
    "no",
    "kind",
    "category",
    "title",
    "subject_no",
    "amount_fen",
    "opens_at",
    "ends_at",
    "published_at",
    "version",
    "url",
)


def write_csv(notices: Sequence[Notice], query: str) -> tuple[bytes, str]:
    """UTF-8 with BOM, so that spreadsheets read the Chinese; formulas are defused."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for notice in notices:
        writer.writerow([defused(str(cell)) for cell in cells(notice)])
    return ("\ufeff" + buffer.getvalue()).encode(), "text/csv; charset=utf-8"


def cells(notice: Notice) -> Sequence[object]:
    """One notice in the order of the columns; what does not apply is empty."""
    found = notice.fields
    amount = found.get("price_fen") or found.get("start_fen")
    return (
        notice.no,
        notice.kind,
        notice.category,
        notice.title,
        notice.subject_no,
        amount if isinstance(amount, int) else "",
        found.get("opens_at") or "",
        found.get("ends_at") or "",
        iso_ms(published(notice)),
        notice.version_count,
        address(notice),
    )


def defused(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula becomes text."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def qr_svg(text: str) -> bytes:
    """A QR code of the text (error correction M), dark on white whatever the theme."""
    buffer = io.BytesIO()
    segno.make_qr(text, error="m").save(buffer, kind="svg", scale=4, light="#fff", xmldecl=False)
    return buffer.getvalue()


WRITERS: dict[str, Callable[[Sequence[Notice], str], tuple[bytes, str]]] = {
    "atom": write_atom,
    "ics": write_calendar,
    "csv": write_csv,
}
