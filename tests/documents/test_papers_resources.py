"""A paper fetches nothing: whatever it asks for outside itself ends the rendering."""

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from documents.services import rendering
from documents.services.rendering import ClosedFetcher, ResourceRefusedError
from tests.worlds import documents as world

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class Bait:
    """A web server on this machine that counts who comes."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        visits = self.visits

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                visits.append(self.path)
                self.send_response(302)
                self.send_header("Location", "file:///etc/hostname")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Keeps the test's output clean."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture(scope="module")
def bait() -> Iterator[Bait]:
    made = Bait()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def page(inside: str) -> str:
    return f'<html><head></head><body>{inside}<div id="seal"></div></body></html>'


def svg_with(inside: str) -> str:
    text = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{inside}</svg>'
    return f'<img src="data:image/svg+xml;base64,{base64.b64encode(text.encode()).decode()}">'


WAYS = {
    "image": '<img src="{url}">',
    "stylesheet": '<link rel="stylesheet" href="{url}">',
    "attachment": '<link rel="attachment" href="{url}">',
    "anchor attachment": '<a rel="attachment" href="{url}">x</a>',
    "object": '<object data="{url}"></object>',
    "embed": '<embed src="{url}">',
    "background": '<p style="background: url({url})">x</p>',
    "generated content": "<style>p::before {{ content: url({url}) }}</style><p>x</p>",
    "list mark": '<ul style="list-style-image: url({url})"><li>x</li></ul>',
    "import": "<style>@import url({url});</style>",
    "font face": "<style>@font-face {{ font-family: X; src: url({url}) }}</style>"
    '<p style="font-family: X">x</p>',
    "picture inside a picture": svg_with('<image href="{url}" width="9" height="9"/>'),
    "use inside a picture": svg_with('<use href="{url}#a"/>'),
    "old use inside a picture": svg_with(
        '<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="{url}#a"/>'
    ),
    "paint inside a picture": svg_with('<rect width="9" height="9" fill="url({url}#a)"/>'),
    "import inside a picture": svg_with("<style>@import '{url}';</style>"),
    "use on the page": '<svg width="9" height="9"><use href="{url}#a"/></svg>',
}
TARGETS = ("{bait}/secret", "file:///etc/hostname", "ftp://127.0.0.1/x", "//example.cn/x", "x.png")


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("target", TARGETS)
def test_a_resource_outside_ends_the_rendering(way: str, target: str, bait: Bait) -> None:
    url = target.format(bait=bait.url)
    with pytest.raises(ResourceRefusedError):
        rendering.render(page(fill(WAYS[way], url)), attached=[], at=world.AT)
    assert bait.visits == []


def fill(way: str, url: str) -> str:
    """Puts the address in, inside a data: picture too."""
    marker = "data:image/svg+xml;base64,"
    if marker not in way:
        return way.format(url=url)
    head, _, rest = way.partition(marker)
    packed, _, tail = rest.partition('"')
    inner = base64.b64decode(packed).decode().replace("{url}", url)
    return f'{head}{marker}{base64.b64encode(inner.encode()).decode()}"{tail}'


def test_a_base_address_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(base64.b64decode(PIXEL))
    html = f'<html><head><base href="{tmp_path.as_uri()}/"></head><body><img src="x.png">'
    with pytest.raises(ResourceRefusedError):
        rendering.render(f'{html}<div id="seal"></div></body></html>', attached=[], at=world.AT)


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,????", "data:text/html", "DATA:image/png;base64,!"]
)
def test_a_broken_data_address_ends_the_rendering_or_draws_nothing(url: str) -> None:
    fetch = ClosedFetcher()
    if url.endswith("text/html"):
        with pytest.raises(BaseException, match="data:"):
            fetch(url)
        return
    assert rendering.render(page(f'<img src="{url}">'), attached=[], at=world.AT).page_count == 1


def test_a_redirect_is_never_followed(bait: Bait) -> None:
    with pytest.raises(ResourceRefusedError):
        rendering.render(page(f'<img src="{bait.url}/jump">'), attached=[], at=world.AT)
    assert bait.visits == []


def test_a_picture_of_its_own_parts_is_drawn() -> None:
    parts = '<defs><g id="a"><path d="M0 0h9"/></g></defs><use href="#a"/><a href="http://x.cn"/>'
    inside = svg_with(parts) + f'<svg width="9" height="9">{parts}</svg>'
    assert rendering.render(page(inside), attached=[], at=world.AT).page_count == 1


def test_a_use_of_an_embedded_file_is_not_left_out_in_silence() -> None:
    with pytest.raises(ResourceRefusedError):
        rendering.render(
            page(svg_with('<use href="data:image/svg+xml;base64,PHN2Zy8+#a"/>')),
            attached=[],
            at=world.AT,
        )


def test_a_picture_inside_the_paper_is_drawn() -> None:
    inside = f'<img width="90" src="data:image/png;base64,{PIXEL}">'
    assert rendering.render(page(inside), attached=[], at=world.AT).page_count == 1


def test_the_paper_needs_a_place_for_its_seal() -> None:
    with pytest.raises(ValueError, match="seal"):
        rendering.render("<html><body>x</body></html>", attached=[], at=world.AT)


def test_an_open_fetcher_would_have_been_caught(
    bait: Bait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bait works: with the library's own fetcher it is visited."""

    class Leaky(rendering.URLFetcher):
        refused: tuple[str, ...] = ()

    monkeypatch.setattr(rendering, "ClosedFetcher", Leaky)
    rendering.render(page(f'<img src="{bait.url}/seen">'), attached=[], at=world.AT)
    assert bait.visits == ["/seen"]
    bait.visits.clear()
