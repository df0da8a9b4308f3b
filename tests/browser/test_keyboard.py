"""The keyboard is enough: skip link, visible focus, search by one key, back to the trigger."""

from collections.abc import Callable

import pytest

from tests.browser.looks import Reader

FOCUS = """() => {
  const style = getComputedStyle(document.activeElement);
  return [style.outlineStyle, parseFloat(style.outlineWidth)];
}"""


def focused(reader: Reader) -> str:
    return str(reader.page.evaluate("document.activeElement.id || document.activeElement.tagName"))


@pytest.mark.parametrize("path", ["/", "/notices/", "/verify/", "/items/"])
def test_the_first_key_offers_to_skip_to_the_text(visit: Callable[..., Reader], path: str) -> None:
    reader = visit()
    reader.go(path)
    reader.page.keyboard.press("Tab")
    link = reader.page.locator(".skip-link")
    assert link.evaluate("element => element === document.activeElement")
    assert link.bounding_box()["y"] >= 0  # type: ignore[index]
    reader.page.keyboard.press("Enter")
    assert focused(reader) == "main"


def test_a_slash_goes_to_the_search(visit: Callable[..., Reader]) -> None:
    reader = visit()
    reader.go("/")
    reader.page.keyboard.press("/")
    assert focused(reader) == "site-search"
    reader.page.keyboard.type("地块/1")
    assert reader.page.input_value("#site-search") == "地块/1"
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/notices/?q=*")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_focus_is_visible_wherever_it_goes(visit: Callable[..., Reader], theme: str) -> None:
    reader = visit(theme=theme)
    reader.go("/")
    for _step in range(25):
        reader.page.keyboard.press("Tab")
        style, width = reader.page.evaluate(FOCUS)
        assert style != "none", focused(reader)
        assert width >= 2, focused(reader)


def test_the_theme_changes_at_once_and_stays(visit: Callable[..., Reader]) -> None:
    reader = visit(theme="light")
    reader.go("/")
    reader.page.locator("button[name=theme][value=dark]").first.click()
    assert reader.page.locator("html").get_attribute("data-theme") == "dark"
    reader.go("/notices/")
    assert reader.page.locator("html").get_attribute("data-theme") == "dark"
