"""What of a page is in the wrong language: texts and spoken attributes, by the nearest `lang`."""

import re
from html.parser import HTMLParser

CJK = re.compile(r"[\u3400-\u9fff]+")
ENGLISH = re.compile(r"\b[A-Za-z][a-z']*(?:[ ,]+[A-Za-z][a-z']+){2,}")
SPOKEN = ("title", "placeholder", "aria-label", "alt", "data-label", "data-copied", "data-over")
# Their content is no text of the page; a title may hold the name of a thing beside our words.
SILENT = {"script", "style", "code", "title", "textarea"}
VOID = set("area base br col embed hr img input link meta source track use wbr".split())


class Words(HTMLParser):
    """Collects (language, text) pairs; `lang` is inherited, an `option`'s value is not text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.found: list[tuple[str, str]] = []
        self.page_language = ""

    @property
    def language(self) -> str:
        return self.open[-1][1] if self.open else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        language = values.get("lang") or self.language
        if tag == "html":
            self.page_language = language
        self.found += [(language, str(values[name])) for name in SPOKEN if values.get(name)]
        if tag == "input" and values.get("type") in {"submit", "button"}:
            self.found.append((language, str(values.get("value", ""))))
        if tag not in VOID:
            self.open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        while any(name == tag for name, _language in self.open):
            if self.open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if data.strip() and not SILENT & {name for name, _language in self.open}:
            self.found.append((self.language, " ".join(data.split())))


def words(html: str) -> Words:
    parser = Words()
    parser.feed(html)
    return parser


def chinese_in_english(html: str) -> list[str]:
    """Chinese texts of a page that nobody marked as Chinese."""
    return [
        text
        for language, text in words(html).found
        if not language.startswith("zh") and CJK.search(text)
    ]


def english_in_chinese(html: str) -> list[str]:
    """Runs of three and more English words on a Chinese page that nobody marked as English."""
    return [
        text
        for language, text in words(html).found
        if not language.startswith("en") and ENGLISH.search(text)
    ]
