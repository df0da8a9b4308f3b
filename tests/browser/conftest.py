"""One living centre on the default profile for the whole session, and people looking at it.

`centre` is `manage.py serve` in demo mode with the demo world (a live room, a finished sale with
its papers, cases on their clocks). Tests only look, or act on a lot of their own made with
`centre.manage("seed_demo", "--profile", "e2e", "--lot", NAME)`.
`visit(username, language=…, theme=…, width=…)` opens a browser; at the end every console must
have stayed clean. `sit_down(username)` seats somebody who acts; `room()` makes a lot to act on."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.looks import CHROMIUM, FLAGS, Reader, tour
from tests.journeys.centre import Centre
from tests.journeys.people import Person

HERE = Path(__file__).parent
TIER_SECONDS = 900
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test of the tier pays for the centre and the tour of all its pages."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.timeout(TIER_SECONDS))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def centre() -> Iterator[Centre]:
    found = Centre("default")
    found.env["YANGGUANG_MODE"] = "demo"
    try:
        found.manage("migrate", "-v0")
        found.manage("seed_demo", "--profile", "demo")
        found.launch("manage.py", "serve", "--port", str(found.port))
        found.wait_until_ready()
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="session")
def stops(browser: Browser, centre: Centre) -> dict[str | None, list[str]]:
    """Every kind of page, by the first person who reaches it."""
    return dict(tour(browser, centre.url))


@pytest.fixture
def visit(browser: Browser, centre: Centre) -> Iterator[Callable[..., Reader]]:
    made: list[Reader] = []

    def open_browser(username: str | None = None, **looks: object) -> Reader:
        made.append(Reader(browser, centre.url, username, **looks))  # type: ignore[arg-type]
        return made[-1]

    yield open_browser
    faults = [fault for reader in made for fault in reader.faults]
    for reader in made:
        reader.context.close()
    assert faults == []


@pytest.fixture
def room(centre: Centre) -> Callable[..., str]:
    """Makes a fresh land listing with bidA, bidB and bidC seated; returns the room's address.

    Start 8,000 万元, step 20 万元; the stages in seconds as given."""

    def make(free: int = 600, inquiry: int = 60, limited: int = 60) -> str:
        stages = ("--free", str(free), "--inquiry", str(inquiry), "--limited", str(limited))
        name = f"ROOM{next(_numbers)}"
        printed = centre.manage("seed_demo", "--profile", "e2e", "--lot", name, *stages)
        return str(json.loads(printed)["url"])

    return make


@pytest.fixture
def sit_down(browser: Browser, centre: Centre) -> Iterator[Callable[..., Person]]:
    """Lets somebody sit down at a browser; at the end every console must have stayed clean."""
    made: list[Person] = []

    def person(username: str | None = None, language: str = "zh-hans") -> Person:
        made.append(Person(browser, centre.url, username, language))
        return made[-1]

    yield person
    for somebody in made:
        somebody.close()
