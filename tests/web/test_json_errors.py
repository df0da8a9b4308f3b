"""Whoever refuses a program, it gets JSON: a code that stays and a sentence in its language."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLResolver, get_resolver

from bidding.sequencer.books import forget_books, unknown_frame
from bidding.sequencer.shown import forget_views
from kernel.actors import Role
from tests.worlds.city import organisation, person
from tests.worlds.pages import browser
from tests.worlds.rooms import ORIGIN, Seated, lay_table, new_token

pytestmark = pytest.mark.django_db
CJK = re.compile(r"[\u3400-\u9fff]")
FILLED = {"<str:code>": "{code}", "<str:ocid>": "ocds-x-NOTHING"}
"""What stands for an address's parts; `{code}` is a room that there is."""
METHODS = {"get", "post", "put", "patch", "delete"}
TAKES = {"api/rooms/<str:code>/offers": {"post"}}
UNKNOWN = ["api/", "api/nothing", "api/rooms/", "api/rooms/{code}/nothing", "api/rooms/%00/events"]


def json_addresses() -> list[str]:
    """Every address under /api/ that the site has, as its pattern."""

    def walk(resolver: URLResolver, before: str) -> Iterator[str]:
        for item in resolver.url_patterns:
            here = before + str(item.pattern)
            yield from walk(item, here) if isinstance(item, URLResolver) else [here]

    return sorted(found for found in walk(get_resolver(), "") if found.startswith("api/"))


ADDRESSES = json_addresses()
WRONG_METHODS = [
    (address, method)
    for address in ADDRESSES
    for method in sorted(METHODS - TAKES.get(address, {"get"}))
]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget_books()
    forget_views()


@pytest.fixture
def code() -> str:
    return lay_table(opened=False).code


def fill(address: str, code: str) -> str:
    for part, value in FILLED.items():
        address = address.replace(part, value)
    return "/" + address.replace("{code}", code)


def in_language(language: str, seat: Seated | None = None, **options: Any) -> Client:
    client = Client(raise_request_exception=False, **options)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    if seat is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = seat.session_key
    return client


def refused(response: Any, status: int, language: str = "zh-hans") -> str:
    """Returns the code of a refusal whose form is checked."""
    assert response.status_code == status
    assert response["Content-Type"].startswith("application/json")
    body = json.loads(response.content)
    assert body["error"]
    assert body["message"] not in {"", body["error"]}
    assert bool(CJK.search(body["message"])) == (language == "zh-hans")
    return str(body["error"])


LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])


def test_there_are_json_addresses() -> None:
    assert len(ADDRESSES) >= 5


@LANGUAGES
@pytest.mark.parametrize(("address", "method"), WRONG_METHODS)
def test_405_says_so_and_what_is_allowed(
    code: str, address: str, method: str, language: str
) -> None:
    response = getattr(in_language(language), method)(fill(address, code))
    assert refused(response, 405, language) == "method_not_allowed"
    assert response["Allow"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_post_of_another_site_is_refused_in_json(code: str, address: str) -> None:
    client = in_language("zh-hans", enforce_csrf_checks=True)
    response = client.post(fill(address, code), headers={"Origin": "https://evil.example"})
    assert refused(response, 403) in {"forbidden", "bad_origin"}


@LANGUAGES
@pytest.mark.parametrize("address", [*ADDRESSES, *UNKNOWN])
def test_what_does_not_exist_says_so(address: str, language: str) -> None:
    client = in_language(language)
    path = fill(address, "ZZZZZZZZ")
    response = client.post(path) if "offers" in path else client.get(path)
    if address == "api/ocds/releases":
        response = client.get(path, {"after": "x"})
        assert refused(response, 422, language) == "bad_cursor"
        return
    refused(response, 400 if "%00" in path else 404, language)


@LANGUAGES
def test_an_offer_s_refusals(code: str, language: str) -> None:
    path, body = f"/api/rooms/{code}/offers", json.dumps({"client_token": new_token()})
    given: dict[str, Any] = {"content_type": "application/json"}
    client = in_language(language)
    assert refused(client.post(path, body, **given), 403, language) == "bad_origin"
    given["headers"] = {"Origin": ORIGIN}
    assert refused(client.post(path, body, **given), 401, language) == "signed_out"
    table = lay_table("alice")
    own = in_language(language, table.alice)
    assert refused(own.post(path, body, **given), 422, language) == "malformed"


@LANGUAGES
def test_an_answer_that_is_not_known_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    table = lay_table("alice")
    monkeypatch.setattr("bidding.api.ask", lambda *given: unknown_frame(given[-1]))
    body = json.dumps({"client_token": (token := new_token()), "amount_fen": 1000})
    response = in_language(language, table.alice).post(
        f"/api/rooms/{table.code}/offers",
        body,
        content_type="application/json",
        headers={"Origin": ORIGIN},
    )
    assert refused(response, 503, language) == "unknown"
    assert response.json()["client_token"] == token


@LANGUAGES
def test_our_own_fault_is_told_in_json(
    monkeypatch: pytest.MonkeyPatch, code: str, language: str
) -> None:
    def fail(*_given: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("bidding.selectors.access_room", fail)
    response = in_language(language).get(f"/api/rooms/{code}/snapshot")
    assert refused(response, 500, language) == "internal_server_error"


@LANGUAGES
@pytest.mark.parametrize(
    "after", ["", "x", "-1", "1.0", "１", "9007199254740992", "9" * 17, "9" * 40]
)
def test_an_after_that_is_no_number_is_not_taken_for_the_beginning(
    code: str, after: str, language: str
) -> None:
    response = in_language(language).get(f"/api/rooms/{code}/events", {"after": after})
    assert refused(response, 400, language) == "bad_after"


@pytest.mark.parametrize("after", ["99", "9007199254740991"])
def test_an_after_beyond_the_end_has_nothing_to_tell(after: str) -> None:
    table = lay_table("alice")
    page = Client().get(f"/api/rooms/{table.code}/events", {"after": after}).json()
    assert (page["events"], page["seq"], page["more"]) == ([], table.row.seq, False)


@pytest.mark.parametrize("act", ["health/", "pause/"])
def test_the_host_s_console_is_refused_in_json_when_it_asks_for_it(code: str, act: str) -> None:
    """Its script reads the sentence aloud; a page would be no answer to it."""
    host = person("host", organisation("交易中心", 9001), Role.HOST)
    nobody = browser(person("nobody", organisation("别家", 9002), Role.BIDDER))
    path, given = f"/rooms/{code}/control/{act}", {"headers": {"Accept": "application/json"}}
    call = nobody.get if act == "health/" else nobody.post
    refused(call(path, **given), 403)
    if act == "pause/":
        assert refused(browser(host).post(path, {"reason": ""}, **given), 422) == "invalid"
