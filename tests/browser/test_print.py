"""What is printed is what binds: no navigation, no buttons, black on white in whatever theme."""

from collections.abc import Callable

import pytest

from tests.browser.looks import Reader

GONE = "header.masthead, nav, footer.footer, .strip, .ribbon, button, .page-head__actions"
SHOWN = "e => e.checkVisibility({ checkVisibilityCSS: true })"
INK = "getComputedStyle(document.querySelector('main')).color"
Visit = Callable[..., Reader]


def a_notice(reader: Reader) -> str:
    """The newest notice on the front page."""
    reader.go("/")
    return str(reader.page.locator("main a[href^='/notices/5']").first.get_attribute("href"))


@pytest.mark.parametrize(("language", "theme"), [("zh-hans", "dark"), ("en", "light")])
def test_a_printed_notice_has_its_version_and_hash_and_no_navigation(
    visit: Visit, language: str, theme: str
) -> None:
    reader = visit(language=language, theme=theme)
    reader.go(a_notice(reader))
    hash_on_screen = reader.page.locator(".seal .mono").inner_text()
    assert reader.page.locator(".masthead").first.is_visible()

    reader.page.emulate_media(media="print")

    left = [
        part.evaluate("e => e.outerHTML")
        for part in reader.page.locator(GONE).all()
        if part.evaluate(SHOWN)
    ]
    assert left == []
    for part in ("h1", ".seal__qr", ".seal .mono"):
        assert reader.page.locator(part).first.is_visible(), part
    assert len(hash_on_screen) == 64
    assert "v1" in reader.page.locator(".seal").inner_text()
    assert reader.page.evaluate(INK) == "rgb(27, 36, 48)"
