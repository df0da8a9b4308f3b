"""A page that keeps itself up to date: it slows down while nothing happens and moves on with it."""

from collections.abc import Callable

from playwright.sync_api import Page, Route

from tests.browser.looks import Reader

PART = 'id="live-rooms" data-refresh="5"'


def looks_of(page: Page) -> list[str]:
    """Fills with the addresses the page asks for by itself."""
    found: list[str] = []
    page.on(
        "request",
        lambda request: found.append(request.url) if request.resource_type == "fetch" else None,
    )
    return found


def test_a_quiet_page_asks_less_and_less_often(visit: Callable[..., Reader]) -> None:
    reader = visit()
    page = reader.page
    page.clock.install()
    reader.go("/rooms/")
    html = page.request.get(page.url).text()
    page.route("**/rooms/", lambda route: answer(route, html))
    looks = looks_of(page)
    for _second in range(10):
        with page.expect_response("**/rooms/", timeout=60_000):
            page.clock.fast_forward(61_000)
    before = len(looks)
    page.clock.run_for(55_000)
    assert len(looks) == before
    with page.expect_request("**/rooms/"):
        page.clock.run_for(10_000)


def answer(route: Route, html: str) -> None:
    if route.request.resource_type == "fetch":
        route.fulfill(status=200, content_type="text/html; charset=utf-8", body=html)
    else:
        route.continue_()


def test_a_page_that_has_moved_on_is_loaded_again(visit: Callable[..., Reader]) -> None:
    reader = visit()
    page = reader.page
    page.clock.install()
    reader.go("/rooms/")
    html = page.request.get(page.url).text()
    assert PART in html
    page.route("**/rooms/", lambda route: answer(route, html.replace(PART, "")))
    page.evaluate("window.isOld = true")
    with page.expect_navigation():
        page.clock.fast_forward(5_000)
    assert page.evaluate("window.isOld") is None


def test_who_writes_is_not_interrupted(visit: Callable[..., Reader]) -> None:
    reader = visit()
    page = reader.page
    page.clock.install()
    reader.go("/rooms/")
    html = page.request.get(page.url).text()
    page.route("**/rooms/", lambda route: answer(route, html.replace(PART, "")))
    page.evaluate("window.isOld = true")
    page.locator("input[type=search], input[name=q]").first.fill("地块")
    with page.expect_response("**/rooms/"):
        page.clock.fast_forward(5_000)
    page.wait_for_function("document.readyState === 'complete'")
    assert page.evaluate("window.isOld") is True
    assert page.locator("input[type=search], input[name=q]").first.input_value() == "地块"
