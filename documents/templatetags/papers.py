"""How values look on a paper: Chinese dates, amounts, the round seal."""

import math
from datetime import date
from typing import TypedDict

from django import template

from kernel.clock import CHINA, parse_instant
from kernel.money import format_yuan

register = template.Library()

ARC_DEGREES = 230
"""The part of the ring that a long name fills; a short one keeps its characters together."""
WIDEST_STEP = 24.0
RADIUS = 66
LARGEST, SMALLEST = 26, 9


class Glyph(TypedDict):
    """A character of the seal's arc and its turn in degrees."""

    text: str
    angle: str


@register.filter
def han_date(text: str) -> str:
    """`2026-11-26` → `2026年11月26日`."""
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


@register.filter
def han_instant(text: str) -> str:
    """An ISO instant → `2026年11月26日 10:47:03.204`, Beijing time."""
    at = parse_instant(text).astimezone(CHINA)
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M:%S}.{at.microsecond // 1000:03d}"


@register.filter
def yuan(fen: int) -> str:
    """Fen → `81,600,000.00`."""
    return format_yuan(fen)


@register.filter
def or_slash(text: str | None) -> str:
    """What a form leaves empty is struck with `/`, so that nothing can be added."""
    return text or "/"


@register.inclusion_tag("documents/_round_seal.html")
def round_seal(name: str) -> dict[str, object]:
    """The seal's picture: the name set around a ring."""
    step = min(WIDEST_STEP, ARC_DEGREES / max(len(name) - 1, 1))
    start = -step * (len(name) - 1) / 2
    glyphs = [
        Glyph(text=character, angle=f"{start + step * index:.2f}")
        for index, character in enumerate(name)
    ]
    size = max(SMALLEST, min(LARGEST, int(RADIUS * math.radians(step))))
    return {"glyphs": glyphs, "size": size, "radius": RADIUS}
