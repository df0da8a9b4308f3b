"""Every answer is safe: strict policy, no inline code, no other host, an id to find it by."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from kernel.actors import Role
from tests.worlds import desk

pytestmark = pytest.mark.django_db
PUBLIC = ["/", "/notices/", "/items/", "/cases/track/", "/stats/", "/accounts/login/", "/nowhere/"]
OWN = ["/accounts/security/", "/my/", "/staff/people/", "/accounts/2fa/"]
ELSEWHERE = re.compile(r"^(https?:)?//")


class Faults(HTMLParser):
    """Collects what a strict policy would block, and addresses of other hosts."""

    LOADED = {"src", "srcset", "poster", "action", "formaction", "data"}

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        is_data = values.get("type") in {"application/json", "application/ld+json"}
        if tag == "style" or (tag == "script" and "src" not in values and not is_data):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            is_loaded = name in self.LOADED or (name == "href" and tag in {"link", "use", "base"})
            if name.startswith("on") or name == "style" or (value or "").startswith("javascript:"):
                self.found.append(f"{tag} {name}")
            if is_loaded and ELSEWHERE.match(value or ""):
                self.found.append(f"{tag} {name}={value}")


def faults(html: str) -> list[str]:
    parser = Faults()
    parser.feed(html)
    return parser.found


@pytest.fixture
def admin() -> Client:
    desk.person("grace", Role.ADMINISTRATOR)
    return desk.signed_in("grace")


def pages(admin: Client) -> Iterator[tuple[str, Any]]:
    for path in PUBLIC:
        yield path, Client().get(path)
    for path in OWN:
        yield path, admin.get(path)


@pytest.mark.parametrize(
    "planted",
    [
        "<style>a{}</style>",
        "<script>1</script>",
        "<p style='color:red'>",
        "<button onclick='x()'>",
        "<script src='https://cdn.example/x.js'></script>",
        "<link href='//fonts.example/x.css'>",
        "<a href='javascript:x()'>",
    ],
)
def test_a_planted_fault_is_found(planted: str) -> None:
    assert len(faults(planted)) == 1


def test_no_page_has_inline_code_or_loads_from_another_host(admin: Client) -> None:
    found = {path: faults(answer.content.decode()) for path, answer in pages(admin)}

    assert {path: items for path, items in found.items() if items} == {}


def test_every_answer_has_a_strict_policy(admin: Client) -> None:
    for path, answer in pages(admin):
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert "http" not in policy, path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    ],
)
def test_every_answer_has_the_header(admin: Client, name: str, value: str) -> None:
    assert {path for path, answer in pages(admin) if answer[name] != value} == set()


def test_cookies_cannot_be_read_by_scripts_or_sent_by_other_sites(admin: Client) -> None:
    for name in ("sessionid", "csrftoken"):
        assert admin.cookies[name]["httponly"], name
        assert admin.cookies[name]["samesite"] == "Lax", name


def test_pages_of_a_signed_in_person_are_not_shared_by_caches(admin: Client) -> None:
    assert "private" in admin.get("/my/")["Cache-Control"]


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("a1b2c3d4-e5f6", True),
        ("short", False),
        ("x" * 65, False),
        ("bad id with spaces", False),
        ("evil\u00e9-12345678", False),
    ],
)
def test_the_request_id_is_kept_if_it_looks_like_one(given: str, is_kept: bool) -> None:
    answer = Client().get("/healthz", headers={"X-Request-ID": given})

    assert (answer["X-Request-ID"] == given) is is_kept
    assert re.fullmatch(r"[A-Za-z0-9-]{8,64}", answer["X-Request-ID"])
