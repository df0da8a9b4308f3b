"""Signed sample files without a database, and what a picture of a page shows."""

import io
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

from documents.models import Document
from documents.rules import commitments, papers
from documents.rules.papers import PaperContext
from documents.services import files_of, keys, page_of, rendering, seals, vault
from documents.services.examination import Expected
from documents.services.records import canonical
from tests.worlds import documents as world

NUMBER, CODE, HASH = "CJQR-2026-00001", "7KQ2-MX9D", "9c1e77ab0d42f318" * 4
QR_TEXT = "https://example.cn/v/7KQ2-MX9D?n=CJQR-2026-00001&h=9c1e77ab0d42f318"
SALT = "00112233445566778899aabbccddeeff"


@dataclass(frozen=True)
class Print:
    """A signed paper with what the ledger would say about it."""

    pdf: bytes
    expected: Expected
    rendered: rendering.Rendered
    html: str


@cache
def seal_key(folder: Path) -> keys.SealKey:
    if not folder.is_dir():
        keys.make_development_keys(folder, "阳光市公共资源交易中心")
    return keys.read_seal_key(folder)


def print_paper(context: PaperContext, key: keys.SealKey) -> Print:
    content = context.content()
    openings = {name: {"salt": SALT, "value": content[name]} for name in context.sealed}
    body = {
        "number": NUMBER,
        "title": context.heading,
        "issuer": context.issuing_organ or "阳光市公共资源交易中心",
        "content": commitments.seal(content, openings),
    }
    row = Document(
        number=NUMBER,
        code=CODE,
        kind=context.kind,
        drawn_hash=HASH,
        drawn_at=world.AT,
        openings=openings,
    )
    html, words = page_of(row, body), canonical(body)
    rendered = rendering.render(html, attached=files_of(words, openings), at=world.AT)
    pdf = seals.sign(rendered, seals.Seal(QR_TEXT, "test", world.AT), key)
    expected = Expected(
        sha256=vault.fingerprint(pdf),
        body=words,
        fingerprint=key.fingerprint,
        signed_at=world.AT,
        roots=key.roots,
        has_openings=bool(openings),
    )
    return Print(pdf, expected, rendered, html)


# ── looking at files ────────────────────────────────────────────────────────────────────────────
def text_of(pdf: bytes, *options: str) -> str:
    """The text layer, with the layout's spaces and line ends."""
    command = ["pdftotext", *options, "-", "-"]
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()


def squeezed(pdf: bytes) -> str:
    """The text layer in the order of writing, without any white space."""
    return "".join(text_of(pdf, "-raw").split())


def picture_of(pdf: bytes, *, page: int = 1, dpi: int = 100) -> Image.Image:
    """A page as grey picture."""
    command = ["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-gray", "-png"]
    done = subprocess.run(command, input=pdf, capture_output=True, check=True)
    return Image.open(io.BytesIO(done.stdout)).convert("L")


def tool(command: str, pdf: bytes) -> str:
    """Runs a poppler tool that wants a file."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        return subprocess.run([command, file.name], capture_output=True, check=True).stdout.decode()


@cache
def serif(size: int) -> ImageFont.FreeTypeFont:
    """The system's whole Noto Serif CJK SC, read by another library than the one that prints."""
    query = ["fc-match", "-f", "%{file}|%{index}", "Noto Serif CJK SC:regular"]
    path, index = subprocess.run(query, capture_output=True, check=True).stdout.decode().split("|")
    return ImageFont.truetype(path, size, index=int(index))


def glyph_of(character: str, size: int = 160) -> Image.Image:
    """The character as the font has it."""
    picture = Image.new("L", (size * 2, size * 2), 255)
    ImageDraw.Draw(picture).text((size // 2, size // 2), character, font=serif(size), fill=0)
    return picture


def likeness(one: Image.Image, other: Image.Image, side: int = 96) -> float:
    """How much of the ink of two pictures coincides, each cut to its ink: 1.0 is the same."""
    first, second = (ink(cut_to_ink(item).resize((side, side))) for item in (one, other))
    both, either = ImageChops.logical_and(first, second), ImageChops.logical_or(first, second)
    return both.histogram()[255] / either.histogram()[255]


def ink(picture: Image.Image) -> Image.Image:
    """White where there was ink."""
    return picture.point(lambda value: 255 if value < 128 else 0).convert("1")


def cut_to_ink(picture: Image.Image) -> Image.Image:
    box = ink(picture).getbbox()
    if box is None:
        raise AssertionError("the picture is empty")
    return picture.crop(box)


def texts_of(contexts: list[PaperContext]) -> list[str]:
    """Every text on the papers."""
    return [text for context in contexts for text in papers.texts(context.content())]
