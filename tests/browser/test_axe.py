"""No page has a serious accessibility finding, in either language and theme."""

from collections.abc import Callable

import pytest

from tests.browser.looks import PEOPLE, Reader

LOOKS = [("zh-hans", "light"), ("en", "dark")]


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_every_page_is_accessible(visit: Callable[..., Reader], language: str, theme: str) -> None:
    """Every kind of page, each by the first person who reaches it."""
    known: set[str] = set()
    findings: list[str] = []
    for username in (None, *PEOPLE):
        reader = visit(username, language=language, theme=theme)
        for path in reader.paths(known):
            reader.go(path)
            try:
                reader.check_access()
            except AssertionError as error:
                findings.append(f"{reader.username} {path}: {error}")
    assert findings == []


def test_a_planted_fault_is_found(visit: Callable[..., Reader]) -> None:
    """The net holds: a picture without words and a nameless button are serious."""
    reader = visit()
    reader.go("/")
    reader.page.evaluate("document.querySelector('main').innerHTML = '<img src=\"/favicon.ico\">'")
    with pytest.raises(AssertionError, match="image-alt"):
        reader.check_access()
    reader.faults.clear()
