"""Walks a site by its own links: one page of every kind that a reader can reach."""

from collections.abc import Callable, Container, Iterator
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


class Site(NamedTuple):
    """The pages found, by path, and the links that lead nowhere, each with the page that has it."""

    pages: dict[str, Answer]
    dead: list[str]


def crawl(fetch: Fetch, skip: Container[str] = ()) -> Site:
    """Follows links from the usual starts; of one kind of page it keeps one, of the kinds to skip
    none."""
    waiting = [(path, "") for path in STARTS]
    kinds: set[str] = set()
    asked: set[str] = set()
    site = Site({}, [])
    while waiting:
        path, origin = waiting.pop(0)
        kind = route(path)
        if kind in kinds or path in asked or (kind in skip and path not in STARTS):
            continue
        asked.add(path)
        answer = fetch(path)
        if kind is None or (answer.status >= 400 and path not in STARTS):
            site.dead.append(f"{path} on {origin} answers {answer.status}")
        elif answer.is_page and answer.path not in site.pages:
            kinds.add(kind)
            site.pages[answer.path] = answer
            waiting.extend((link, answer.path) for link in links(answer))
    return site
