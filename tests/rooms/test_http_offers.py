"""The POST beside the socket: the contract's statuses, the same answers, no CSRF token."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Session
from bidding.rules import commands as c
from kernel.money import LARGEST_FEN
from tests.worlds.rooms import Table, lay_table, new_token, terms_of

ORIGIN = "http://testserver"


@pytest.fixture
def table() -> Table:
    return lay_table("alice", "bob")


def post(
    table: Table, body: Any, name: str | None = "alice", origin: str | None = ORIGIN, code: str = ""
) -> Any:
    client = Client(enforce_csrf_checks=True)
    if name:
        client.cookies[settings.SESSION_COOKIE_NAME] = table.seats[name].session_key
    content = body if isinstance(body, (str, bytes)) else json.dumps(body)
    headers = {"Origin": origin} if origin is not None else {}
    path = f"/api/rooms/{code or table.code}/offers"
    return client.post(path, content, content_type="application/json", headers=headers)


def bid(fen: Any, token: str = "") -> dict[str, Any]:
    return {"client_token": token or new_token(), "amount_fen": fen}


def test_200_is_the_ack(table: Table) -> None:
    response = post(table, bid(1000, token := new_token()))
    assert response.status_code == 200
    assert response.json()["type"] == "ack"
    assert response.json()["client_token"] == token


def test_409_is_every_other_refusal_with_its_object(table: Table) -> None:
    response = post(table, bid(900))
    body = response.json()
    assert response.status_code == 409
    assert (body["type"], body["code"], body["min_valid_fen"]) == ("refused", "below_start", 1000)
    assert "起始价" in body["message"]


@pytest.mark.parametrize(
    "body",
    [
        *("", "[]", "{", '"1000"', "null", b"\xff\xfe", '{"client_token":"abcdefgh"}'),
        *({"amount_fen": 1000}, bid("1000"), bid("一千"), bid("１０００"), bid(True), bid(1000.0)),
        *(bid(-1), bid(0), bid(LARGEST_FEN + 1), bid(None), bid([1000]), bid(1000, "short")),
        '{"client_token":"abcdefgh","amount_fen":1e9}',
        '{"client_token":"abcdefgh","amount_fen":NaN}',
        '{"client_token":"abcdefgh","amount_fen":1000,"amount_fen":1000}',
        '{"client_token":"abcdefgh","amount_fen":1000,"note":"' + "x" * 16_400 + '"}',
    ],
)
def test_422_is_malformed_and_changes_nothing(table: Table, body: Any) -> None:
    before = (table.row.seq, table.row.sealed_seq)
    response = post(table, body)
    assert response.status_code == 422
    assert response.json()["code"] == "malformed"
    assert (table.row.seq, table.row.sealed_seq) == before


@pytest.mark.parametrize(
    ("body", "what", "word"),
    [
        ("{", "frame", "JSON"),
        ({"client_token": "short", "amount_fen": 1}, "token", "client_token"),
        (bid("一千"), "amount", "整数分"),
        (bid(LARGEST_FEN + 1), "too_large", "金额过大"),
        ({**bid(1000), "note": "x" * 16_400}, "size", "16 KB"),
    ],
)
def test_422_says_and_logs_what_is_wrong(
    table: Table, caplog: pytest.LogCaptureFixture, body: Any, what: str, word: str
) -> None:
    with caplog.at_level("INFO", logger="bidding.api"):
        response = post(table, body)
    assert word in response.json()["message"]
    (line,) = [item for item in caplog.records if item.getMessage() == "malformed frame"]
    assert (line.what, line.room) == (what, table.code)


def test_403_without_a_seat(table: Table) -> None:
    other = lay_table("carol")
    table.seats["carol"] = other.carol
    response = post(table, bid(1000), "carol")
    assert (response.status_code, response.json()["code"]) == (403, "not_seated")


def test_429_is_too_fast() -> None:
    table = lay_table("alice", terms=terms_of(refusals_per_s=1))
    statuses = {post(table, bid(900)).status_code for _n in range(12)}
    assert statuses == {409, 429}


def test_401_signed_out(table: Table) -> None:
    assert post(table, bid(1000), name=None).status_code == 401
    Session.objects.filter(pk=table.alice.session_key).delete()
    assert post(table, bid(1000)).status_code == 401
    assert table.row.seq == 1


def test_404_no_such_room(table: Table) -> None:
    assert post(table, bid(1000), code="ZZZZZZZZ").status_code == 404
    assert post(table, bid(1000), code="nothing").status_code == 404


@pytest.mark.parametrize(
    "origin",
    [
        *(None, "", "null", "http://testserver.evil.example", "http://eviltestserver"),
        *("https://testserver", "http://testserver:81", "http://testserver/", "ftp://testserver"),
        *("http://testserver@evil.example", "http://evil.example?http://testserver"),
    ],
)
def test_a_foreign_page_is_refused_and_changes_nothing(table: Table, origin: str | None) -> None:
    response = post(table, bid(1000), origin=origin)
    assert response.status_code == 403
    assert table.row.seq == 1


def test_a_paused_room_answers_paused(table: Table) -> None:
    table.act(c.Pause("系统检查"))
    assert post(table, bid(1000)).json()["code"] == "paused"


def test_joining_over_http() -> None:
    table = lay_table("alice", preset="TC", terms=listing_terms())
    body = {"client_token": new_token(), "join": True}
    response = post(table, body)
    assert response.status_code == 409
    assert response.json()["code"] == "not_open"


def listing_terms() -> dict[str, object]:
    terms = terms_of(inquiry_s=60, countdown_s=60)
    terms["listing_ends_at"] = terms.pop("ends_at")
    del terms["soft_close_s"]
    return terms


def test_only_post(table: Table) -> None:
    assert Client().get(f"/api/rooms/{table.code}/offers").status_code == 405
