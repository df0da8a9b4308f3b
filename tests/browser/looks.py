"""A reader with a language, a theme and a width, who goes through the site by its links."""

from collections.abc import Container, Iterator

from playwright.sync_api import Browser
from playwright.sync_api import Error as BrowserError

from tests.journeys.people import Person
from tests.worlds.crawl import Answer, crawl, route

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
PEOPLE = (
    "bidA",
    "land1",
    "clerk1",
    "clerk2",
    "host",
    "sup",
    "window",
    "reviewer1",
    "chief",
    "finance",
    "cashier",
    "auditor",
    "admin",
)
# Pages that show a bidder other things than the public.
PERSONAL = ("rooms/", "lots/")


class Reader(Person):
    """Somebody at a browser of a chosen look."""

    def __init__(
        self,
        browser: Browser,
        base: str,
        username: str | None = None,
        *,
        language: str = "zh-hans",
        theme: str = "light",
        width: int = 1280,
    ) -> None:
        super().__init__(browser, base, None, language)
        self.username = username or "public"
        self.look(language=language, theme=theme, width=width)
        if username is not None:
            self.sign_in(username)

    def look(self, *, language: str, theme: str, width: int) -> None:
        """Changes the look; holds from the next page on."""
        chosen = {"django_language": language, "theme": theme}
        self.context.add_cookies(
            [{"name": name, "value": value, "url": self.base} for name, value in chosen.items()]
        )
        self.page.set_viewport_size({"width": width, "height": 900})

    def fetch(self, path: str) -> Answer:
        """Asks for an address with this reader's session, without showing it."""
        response = self.context.request.get(self.base + path)
        return Answer(
            response.url.removeprefix(self.base),
            response.status,
            response.headers.get("content-type", ""),
            response.text() if "text/html" in response.headers.get("content-type", "") else "",
        )

    def paths(self, skip: Container[str]) -> list[str]:
        """One address of each kind of page in this reader's reach, but for the kinds to skip."""
        return list(crawl(self.fetch, skip).pages)

    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )

    def widest(self) -> str:
        """What sticks out of the window, for the message of a failure."""
        script = """() => [...document.querySelectorAll("main *, header *, footer *")]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
            .slice(-3).map(e => `${e.tagName}.${e.className}`).join(" | ")"""
        try:
            return str(self.page.evaluate(script))
        except BrowserError:
            return "?"


def tour(browser: Browser, base: str) -> Iterator[tuple[str | None, list[str]]]:
    """Who goes where: the public, then each person to the pages that nobody before them saw, and
    a bidder also to those that show a bidder more than the public."""
    public: set[str] = set()
    known: set[str] = set()
    for username in (None, *PEOPLE):
        reader = Reader(browser, base, username)
        found = []
        for path in reader.paths(public):
            kind = str(route(path))
            if kind not in known:
                known.add(kind)
                found.append(path)
        reader.context.close()
        yield username, found
        if username is None:
            public = {kind for kind in known if not kind.startswith(PERSONAL)}
            known = set(public)
