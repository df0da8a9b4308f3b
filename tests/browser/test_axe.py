"""No page has a serious accessibility finding, in either language and theme."""

from collections.abc import Callable

import pytest

from tests.browser.looks import PEOPLE, Reader

LOOKS = [("zh-hans", "light"), ("en", "dark")]
Stops = dict[str | None, list[str]]


@pytest.mark.parametrize(("language", "theme"), LOOKS)
@pytest.mark.parametrize("username", [None, *PEOPLE])
def test_pages_are_accessible(
    visit: Callable[..., Reader], stops: Stops, username: str | None, language: str, theme: str
) -> None:
    """Every kind of page, each by the first person who reaches it."""
    if not stops[username]:
        return
    reader = visit(username, language=language, theme=theme)
    findings: list[str] = []
    for path in stops[username]:
        reader.go(path)
        try:
            reader.check_access()
        except AssertionError as error:
            findings.append(f"{path}: {error}")
    assert findings == []


def test_the_tour_misses_nothing_big(stops: Stops) -> None:
    """Were the links gone, there would be nothing to find fault with."""
    assert len(stops[None]) > 10
    assert sum(map(len, stops.values())) > 30


def test_a_planted_fault_is_found(visit: Callable[..., Reader]) -> None:
    """The net holds: a picture without words is serious."""
    reader = visit()
    reader.go("/")
    reader.page.evaluate(
        "document.querySelector('main').innerHTML = '<img src=\"/static/favicon.svg\">'"
    )
    with pytest.raises(AssertionError, match="image-alt"):
        reader.check_access()
