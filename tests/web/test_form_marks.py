"""What the server insists on is marked `required` in the page: every form, sent empty, tells which
fields it wants, and each of them said so before it was sent."""

import re
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin

import pytest
from django.test import Client
from django.urls import reverse

from approvals.models import Case
from tests.worlds import walk
from tests.worlds.crawl import Answer, crawl

ERROR = re.compile(r'id="id_(\w+)_error"')


class Shown(NamedTuple):
    """A form of a page: where it goes, its hidden values, its visible fields, those marked. A group
    of boxes cannot be marked; it is enough that it is not called optional."""

    action: str
    hidden: dict[str, str]
    fields: set[str]
    marked: set[str]


class Forms(HTMLParser):
    """The forms of a page that people write in."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.found: list[Shown] = []
        self.is_inside = False
        self.chosen = ""
        self.is_optional = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        classes = values.get("class", "").split()
        if tag == "form":
            self.is_inside = "data-draft" in values
            if self.is_inside:
                action = urljoin(self.path, values.get("action") or self.path)
                self.found.append(Shown(action, {}, set(), set()))
        elif "field" in classes:
            self.is_optional = False
        elif "field__optional" in classes:
            self.is_optional = True
        elif self.is_inside:
            self.take(tag, values)

    def take(self, tag: str, values: dict[str, str]) -> None:
        """Notes a control; a list has always something chosen."""
        form, name = self.found[-1], values.get("name", "")
        if tag == "option" and self.chosen:
            form.hidden.setdefault(self.chosen, values.get("value", ""))
        elif tag == "select":
            self.chosen = name
        elif values.get("type") == "hidden":
            form.hidden[name] = values.get("value", "")
        elif name and tag in {"input", "textarea"}:
            form.fields.add(name)
            is_of_group = values.get("type") == "checkbox" and values.get("id") != f"id_{name}"
            is_marked = "required" in values or values.get("aria-required") == "true"
            if (is_marked or is_of_group) and not self.is_optional:
                form.marked.add(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False


def forms_of(path: str, html: str) -> list[Shown]:
    parser = Forms(path)
    parser.feed(html)
    return [form for form in parser.found if form.fields]


def unmarked(client: Client, path: str) -> list[str]:
    """The fields that a page's forms insist on without having said so."""
    html = client.get(path).content.decode()
    found = []
    for form in forms_of(path, html):
        for more in ({}, {"submit": "1"}):
            answer = client.post(form.action, {**form.hidden, **more})
            wanted = set(ERROR.findall(answer.content.decode())) & form.fields
            found += [f"{form.action}: {name}" for name in sorted(wanted - form.marked)]
    return found


@pytest.mark.django_db
def test_what_the_server_wants_is_marked_as_required() -> None:
    values = walk.build()
    others = [f"/staff/cases/{no}/" for no in Case.objects.values_list("no", flat=True)]
    others.append(reverse("notices:edit", args=[values["draft"]]))
    faults: set[str] = set()
    seen: set[str] = set()
    for client in walk.browsers().values():

        def fetch(path: str, client: Client = client) -> Answer:
            response = client.get(path, follow=True)
            chain = getattr(response, "redirect_chain", [])
            content_type = response.headers.get("Content-Type", "")
            html = response.content.decode() if content_type.startswith("text/html") else ""
            where = chain[-1][0] if chain else path
            return Answer(where, response.status_code, content_type, html)

        pages, _dead = crawl(fetch)
        pages |= {path: fetch(path) for path in others}
        written = [path for path, page in pages.items() if forms_of(path, page.text)]
        for path in written:
            seen |= {field for form in forms_of(path, pages[path].text) for field in form.fields}
            faults |= set(unmarked(client, path))
    assert sorted(faults) == []
    asked = {
        "funds_note",
        "title",
        "start",
        "reason",
        "contact",
        "opinion",
        "planning",
        "handed_in",
    }
    assert asked <= seen


def test_a_field_without_its_mark_is_found() -> None:
    page = '<form data-draft action="x/"><input name="a" required><textarea name="b"></textarea>'
    (form,) = forms_of("/here/", page)
    assert (form.action, form.fields, form.marked) == ("/here/x/", {"a", "b"}, {"a"})


@pytest.mark.parametrize(("word", "marked"), [("", {"c"}), (' <i class="field__optional">', set())])
def test_a_group_of_boxes_is_at_fault_when_it_is_called_optional(
    word: str, marked: set[str]
) -> None:
    boxes = "".join(f'<input type="checkbox" name="c" id="id_c_{n}">' for n in range(2))
    page = f'<form data-draft><fieldset class="field"><legend>C{word}</legend>{boxes}</fieldset>'
    (form,) = forms_of("/here/", page)
    assert form.marked == marked
