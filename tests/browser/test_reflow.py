"""Pages fit their window: 320 and 360 px, a desktop at 200 % zoom (640 px), and between."""

from collections.abc import Callable

import pytest

from tests.browser.looks import PEOPLE, Reader

WIDTHS = {"zh-hans": (320, 640), "en": (320, 360, 1024)}
Stops = dict[str | None, list[str]]


@pytest.mark.parametrize("language", WIDTHS)
@pytest.mark.parametrize("username", [None, *PEOPLE])
def test_nothing_scrolls_sideways(
    visit: Callable[..., Reader], stops: Stops, username: str | None, language: str
) -> None:
    """Tables may scroll inside their own frame, pages never."""
    if not stops[username]:
        return
    reader = visit(username, language=language, theme="light")
    wide: list[str] = []
    for path in stops[username]:
        reader.go(path)
        for width in WIDTHS[language]:
            reader.page.set_viewport_size({"width": width, "height": 800})
            if reader.overflow() > 0:
                wide.append(f"{path} at {width}: {reader.overflow()} px {reader.widest()}")
    assert wide == []


def test_an_overflow_is_found(visit: Callable[..., Reader]) -> None:
    reader = visit(width=320)
    reader.go("/")
    assert reader.overflow() == 0
    reader.page.evaluate("document.querySelector('main').append('宽'.padEnd(200, 'w'))")
    reader.page.evaluate("document.querySelector('main').style.whiteSpace = 'nowrap'")
    assert reader.overflow() > 0
