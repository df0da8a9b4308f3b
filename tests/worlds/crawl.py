"""Walks a site by its own links: one page of every kind that a reader can reach."""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit

from django.urls import Resolver404, resolve

STARTS = ("/", "/styleguide/", "/my/", "/staff/")


class Answer(NamedTuple):
    """What the site said: where the reader ended, the status, the kind of content, its text."""

    path: str
    status: int
    content_type: str
    text: str

    @property
    def is_page(self) -> bool:
        return self.status == 200 and self.content_type.startswith("text/html")


Fetch = Callable[[str], Answer]


class Links(HTMLParser):
    """Collects the addresses that a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.found.append(href)


def route(path: str) -> str | None:
    """The pattern that an address of this site matches."""
    try:
        return str(resolve(urlsplit(path).path).route)
    except Resolver404:
        return None


def links(answer: Answer) -> Iterator[str]:
    parser = Links()
    parser.feed(answer.text)
    for href in parser.found:
        path = urldefrag(urljoin(answer.path, href)).url
        if path.startswith("/") and not path.startswith(("//", "/static/")):
            yield path


def crawl(fetch: Fetch, each: int = 1) -> dict[str, Answer]:
    """Follows links from the usual starts and returns each page's answer by its path; of one kind
    of page it keeps `each`. A dead link fails at once: the site leads nowhere it cannot go."""
    waiting = list(STARTS)
    counts: dict[str, int] = {}
    pages: dict[str, Answer] = {}
    while waiting:
        path = waiting.pop(0)
        kind = route(path)
        assert kind is not None, f"a link leads to {path}, which is no address"
        if path in pages or counts.get(kind, 0) >= each:
            continue
        answer = fetch(path)
        assert path in STARTS or answer.status < 400, f"{path} answers {answer.status}"
        if answer.is_page and answer.path not in pages:
            counts[kind] = counts.get(kind, 0) + 1
            pages[answer.path] = answer
            waiting.extend(links(answer))
    return pages
