"""Pages fit their window: 320 and 360 px, and a desktop at 200 % zoom (640 px)."""

from collections.abc import Callable

import pytest

from tests.browser.looks import PEOPLE, Reader

WIDTHS = (320, 360, 640, 1024)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_nothing_scrolls_sideways(visit: Callable[..., Reader], language: str) -> None:
    """Tables may scroll inside their own frame, pages never."""
    known: set[str] = set()
    wide: list[str] = []
    for username in (None, *PEOPLE):
        reader = visit(username, language=language, theme="light")
        for path in reader.paths(known):
            reader.go(path)
            for width in WIDTHS:
                reader.page.set_viewport_size({"width": width, "height": 800})
                if reader.overflow() > 0:
                    found = f"{reader.username} {path} at {width}: {reader.overflow()} px"
                    wide.append(f"{found} {reader.widest()}")
    assert wide == []
