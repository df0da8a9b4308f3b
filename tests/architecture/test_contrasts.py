"""The colours of the three themes are told apart: each pair has the contrast that the design
computed for it, after WCAG 2.2 (1.4.3, 1.4.11)."""

import re
from functools import cache

import pytest

from tests.architecture.measures import ROOT

TEXT, CONTROL = 4.5, 3.0
DESIGNED = {
    ("light", "ink", "surface"): 15.7,
    ("light", "muted", "surface"): 5.9,
    ("light", "control", "surface"): 3.6,
    ("light", "brand", "surface"): 8.3,
    ("light", "on-bid", "bid"): 5.9,
    ("light", "focus", "surface"): 6.0,
    ("light", "lead", "lead-tint"): 5.7,
    ("light", "warn", "warn-tint"): 5.8,
    ("light", "error", "error-tint"): 5.8,
    ("light", "info", "info-tint"): 7.2,
    ("light", "neutral", "neutral-tint"): 6.8,
    ("dark", "ink", "surface"): 13.5,
    ("dark", "muted", "surface"): 7.4,
    ("dark", "control", "surface"): 3.7,
    ("dark", "on-brand", "brand"): 8.3,
    ("dark", "bid", "surface"): 7.1,
    ("dark", "lead", "surface"): 8.7,
    ("dark", "warn", "surface"): 9.9,
    ("dark", "focus", "surface"): 11.5,
    ("hall", "ink", "bg"): 18.5,
    ("hall", "accent", "bg"): 12.8,
    ("hall", "bid", "bg"): 6.6,
}
STATES = ("lead", "warn", "error", "info", "neutral")
READ = (
    *((name, ground) for name in ("ink", "muted", "brand") for ground in ("bg", "surface")),
    *((name, f"{name}-tint") for name in STATES),
    *((f"on-{name}", name) for name in ("brand", "bid", "mast")),
    ("on-mast-muted", "mast"),
    ("on-mast", "strip"),
)
SEEN = (("control", "surface"), ("focus", "bg"), ("focus", "surface"), ("mast-focus", "mast"))


@cache
def tokens(theme: str) -> dict[str, str]:
    """The colours of a theme by their names."""
    css = (ROOT / "static" / "css" / "tokens.css").read_text()
    block = re.search(rf'\[data-theme="{theme}"\] {{(.*?)\n}}', css, re.DOTALL)
    assert block is not None, theme
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(theme: str, front: str, ground: str) -> float:
    found = tokens(theme)
    one, other = sorted((luminance(found[front]), luminance(found[ground])))
    return (other + 0.05) / (one + 0.05)


@pytest.mark.parametrize(("theme", "front", "ground"), DESIGNED)
def test_a_pair_has_the_contrast_of_the_design(theme: str, front: str, ground: str) -> None:
    designed = DESIGNED[theme, front, ground]
    assert contrast(theme, front, ground) == pytest.approx(designed, abs=0.06)


@pytest.mark.parametrize("theme", ["light", "dark", "hall"])
def test_whatever_is_read_or_must_be_seen_stands_out(theme: str) -> None:
    weak = {
        f"{front} on {ground}": round(contrast(theme, front, ground), 2)
        for pairs, least in ((READ, TEXT), (SEEN, CONTROL))
        for front, ground in pairs
        if contrast(theme, front, ground) < least
    }
    assert weak == {}


def test_a_weak_pair_would_be_seen() -> None:
    assert contrast("light", "rule", "surface") < CONTROL
