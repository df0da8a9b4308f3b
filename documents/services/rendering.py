"""HTML becomes PDF/A-3u: whole system fonts, nothing fetched, the warm state kept per process."""

import hashlib
import io
import subprocess
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Never

from django.conf import settings
from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from documents.services.pictures import inline_references, picture_references
from kernel.errors import Invalid

STYLESHEET = settings.BASE_DIR / "static" / "css" / "documents" / "paper.css"
# Relative addresses get a scheme that the fetcher refuses; without a base they would be dropped
# with a warning and the paper would go out incomplete.
NOWHERE = "closed:///"
SEAL = "seal"
POINTS_PER_PX = 0.75
Box = tuple[int, int, int, int]


class ResourceRefusedError(Exception):
    """The paper asked for something outside itself; nothing was fetched, nothing is issued."""


class ClosedFetcher:
    """Serves `data:` addresses and ends the rendering at any other one, as at a broken one.

    A picture is looked through before it is handed over, for what it would silently leave out.
    What was refused is kept as well: inside a picture WeasyPrint goes on after any error.
    """

    _fail_on_errors = True  # WeasyPrint asks for it: whatever goes wrong here ends the rendering

    def __init__(self) -> None:
        self.refused: list[str] = []
        self._data = URLFetcher(allowed_protocols={"data"}, allow_redirects=False)

    def __call__(self, url: str) -> URLFetcherResponse:
        if not url.lower().startswith("data:"):
            self.refuse(url)
        try:
            found = self._data.fetch(url)
        except (ValueError, OSError):
            self.refuse(url)
        content = found.read()
        for address in picture_references(content):
            self.refuse(address)
        return URLFetcherResponse(url, content, found.headers)

    def refuse(self, url: str) -> Never:
        self.refused.append(url[:200])
        raise FatalURLFetchingError(url[:200])


@dataclass(frozen=True)
class Attached:
    """A file inside the PDF."""

    name: str
    content: bytes
    description: str


@dataclass(frozen=True)
class Rendered:
    """The unsigned PDF and where its seal goes: page index and box in points from below left."""

    pdf: bytes
    seal_page: int
    seal_box: Box
    page_count: int


@dataclass(frozen=True)
class Press:
    """What stays warm: font configuration and parsed stylesheet."""

    fonts: FontConfiguration
    stylesheet: CSS


@cache
def warm_press() -> Press:
    """Returns this process's press; the stylesheet is read from disk once."""
    return make_press()


def make_press() -> Press:
    fonts = FontConfiguration()
    stylesheet = CSS(
        string=STYLESHEET.read_text(),
        base_url=NOWHERE,
        url_fetcher=ClosedFetcher(),
        font_config=fonts,
    )
    return Press(fonts, stylesheet)


def render(
    html: str, *, attached: list[Attached], at: datetime, press: Press | None = None
) -> Rendered:
    """Returns the PDF/A-3u with its files inside. ResourceRefusedError if it wants anything else.

    Needs an element with id `seal`: the place of the visible signature.
    """
    warm, fetcher = press or warm_press(), ClosedFetcher()
    try:
        source = HTML(string=html, base_url=NOWHERE, url_fetcher=fetcher)
        for address in inline_references(source.etree_element):
            fetcher.refuse(address)
        document = source.render(font_config=warm.fonts, stylesheets=[warm.stylesheet])
        if document.metadata.attachments:
            fetcher.refuse("link rel=attachment")
        document.metadata.attachments = [attachment(item, at) for item in attached]
        pdf = document.write_pdf(
            pdf_variant="pdf/a-3u", pdf_identifier=hashlib.sha256(html.encode()).digest()[:16]
        )
    except FatalURLFetchingError as refused:
        raise ResourceRefusedError(str(refused)) from refused
    if fetcher.refused:
        raise ResourceRefusedError(fetcher.refused[0])
    page, box = seal_place(document)
    return Rendered(pdf, page, box, len(document.pages))


def attachment(item: Attached, at: datetime) -> Attachment:
    return Attachment(
        file_obj=io.BytesIO(item.content),
        name=item.name,
        description=item.description,
        created=at,
        modified=at,
        relationship="Data",
    )


def seal_place(document: Any) -> tuple[int, Box]:
    """Returns page index and box in whole points, measured from below left as PDF does."""
    for index, page in enumerate(document.pages):
        if SEAL in page.anchors:
            left, top, right, bottom = page.anchors[SEAL]
            corners = (left, page.height - bottom, right, page.height - top)
            x1, y1, x2, y2 = (round(corner * POINTS_PER_PX) for corner in corners)
            return index, (x1, y1, x2, y2)
    raise ValueError("the paper has no place for its seal")


# ── characters that may be missing from every font ──────────────────────────────────────────────
_COMMON = ((0x20, 0x7E), (0xB7, 0xB7), (0x2010, 0x2026), (0x3000, 0x3029), (0x4E00, 0x9FA5))
_WIDE = ((0xFF01, 0xFF5E), (0xFFE5, 0xFFE5))


def check_glyphs(text: str) -> None:
    """Invalid `unprintable` naming the characters that no installed font has: no paper with boxes.

    Common characters are in every Chinese font; the others are looked up once per process.
    """
    rare = {item for item in text if not is_common(ord(item))}
    missing = sorted(item for item in rare if not has_glyph(item))
    if missing:
        names = " ".join(f"{item} (U+{ord(item):04X})" for item in missing)
        raise Invalid("unprintable", params={"characters": names})


def is_common(point: int) -> bool:
    return any(first <= point <= last for first, last in _COMMON + _WIDE)


@cache
def has_glyph(character: str) -> bool:
    """Whether fontconfig knows a font with this character."""
    command = ["fc-list", f":charset={ord(character):x}", "family"]
    found = subprocess.run(command, capture_output=True, check=True, timeout=20)
    return bool(found.stdout.strip())
