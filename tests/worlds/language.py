"""What of a page is in the wrong language: texts and spoken attributes, by the nearest `lang`."""

import re
from html.parser import HTMLParser

CJK = re.compile(r"[\u3400-\u9fff]+")
ENGLISH = re.compile(r"\b[A-Za-z][a-z']*(?:[ ,]+[A-Za-z][a-z']+){2,}")
SPOKEN = ("title", "placeholder", "aria-label", "alt", "data-label", "data-copied", "data-over")
# Their content is no text of the page; a title may hold the name of a thing beside our words.
SILENT = {"script", "style", "code", "title", "textarea"}
LABELS = {"dt", "legend", "option", "caption", "summary"}
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


class Labels(Words):
    """Collects the words that name what stands beside them: they are ours, whoever wrote that."""

    def is_label(self) -> bool:
        return any(tag in LABELS for tag, _language in self.open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        is_head = tag == "th" and values.get("scope") == "col"
        is_field = tag == "label" and "field__label" in values.get("class", "")
        super().handle_starttag("caption" if is_head or is_field else tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        is_renamed = tag in {"th", "label"} and bool(self.open) and self.open[-1][0] == "caption"
        super().handle_endtag("caption" if is_renamed else tag)

    def handle_data(self, data: str) -> None:
        if self.is_label():
            super().handle_data(data)


def chinese_labels(html: str) -> list[str]:
    """Labels of an English page that hold Chinese, even where the page calls it Chinese."""
    parser = Labels()
    parser.feed(html)
    return [text for _language, text in parser.found if CJK.search(text)]


def english_in_chinese(html: str) -> list[str]:
    """Runs of three and more English words on a Chinese page that nobody marked as English."""
    return [
        text
        for language, text in words(html).found
        if not language.startswith("en") and ENGLISH.search(text)
    ]
