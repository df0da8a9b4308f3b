"""What a picture (SVG) refers to beside itself.

WeasyPrint never fetches the target of a `use`, it leaves the place empty: so a reference outside
is looked for before anything is drawn, and not left to the fetcher that nobody would ask.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

HREFS = frozenset({"href", "{http://www.w3.org/1999/xlink}href"})
LINKS = frozenset({"a"})
"""A link fetches nothing: a reader follows it, or not."""
_URL = re.compile(r"""url\(\s*(['"]?)(.*?)\1\s*\)""", re.IGNORECASE | re.DOTALL)
_IMPORT = re.compile(r"@import\b\s*['\"]([^'\"]*)['\"]", re.IGNORECASE)


def outside_references(tree: Element) -> Iterator[str]:
    """Yields each address in or below the element that is no part of the picture itself."""
    for node in tree.iter():
        if not isinstance(node.tag, str):
            continue  # a comment
        name = node.tag.rpartition("}")[2].lower()
        for attribute, value in node.attrib.items():
            if attribute in HREFS and name not in LINKS:
                yield from outside(value, may_embed=name != "use")
            else:
                yield from outside_in_text(value)
        if name == "style":
            yield from outside_in_text(node.text or "")


def outside_in_text(text: str) -> Iterator[str]:
    """Yields the addresses that a style or a paint asks for."""
    for _quote, url in _URL.findall(text):
        yield from outside(url, may_embed=True)
    yield from _IMPORT.findall(text)


def outside(url: str, *, may_embed: bool) -> Iterator[str]:
    """Yields the address unless it is a fragment of the picture or, where drawn, `data:`."""
    address = url.strip()
    is_inside = not address or address.startswith("#")
    if not is_inside and not (may_embed and address.lower().startswith("data:")):
        yield address


def picture_references(content: bytes) -> Iterator[str]:
    """Yields what the bytes refer to if they are a picture of this kind; a raster has nothing."""
    try:
        tree = ElementTree.fromstring(content)  # noqa: S314
    except ElementTree.ParseError:
        return
    yield from outside_references(tree)


def inline_references(tree: Element) -> Iterator[str]:
    """Yields what the pictures written into a page refer to."""
    for node in tree.iter():
        if isinstance(node.tag, str) and node.tag.rpartition("}")[2].lower() == "svg":
            yield from outside_references(node)
