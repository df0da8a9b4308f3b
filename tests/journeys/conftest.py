"""A centre on each profile, a browser, and people at it."""

import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.centre import Centre
from tests.journeys.people import Person

FAILED = pytest.StashKey[bool]()
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture(params=[("default", "zh-hans"), ("full", "en")], ids=["default", "full"])
def centre(request: pytest.FixtureRequest) -> Iterator[Centre]:
    """Each profile, and at each everybody reads another language."""
    profile, language = request.param
    found = Centre(profile, language)
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remembers a failure, so that the people can tell what they saw last."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call":
        item.stash[FAILED] = report.failed


@pytest.fixture
def person(
    request: pytest.FixtureRequest, browser: Browser, centre: Centre
) -> Iterator[Callable[..., Person]]:
    """Lets somebody sit down at a browser; at the end every console must have stayed clean."""
    made: list[Person] = []

    def sit_down(username: str | None = None, language: str = "") -> Person:
        made.append(Person(browser, centre.url, username, language or centre.language))
        return made[-1]

    yield sit_down
    if request.node.stash.get(FAILED, False):
        for somebody in made:
            sys.stdout.write(somebody.tell())
    for somebody in made:
        somebody.close()
