"""The page of the self-test: for everybody, without the database, with words for every result."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from bidding.views.check import ITEMS, NOWHERE

pytestmark = pytest.mark.django_db


def test_a_visitor_gets_the_words_of_every_result(
    client: Client, django_assert_num_queries: Any
) -> None:
    client.get("/rooms/check/")
    with django_assert_num_queries(0):
        page = client.get("/rooms/check/").content.decode()
    for key, name, *texts in ITEMS:
        assert f'data-testid="check-{key}"' in page
        assert str(name) in page
        assert all(str(text) in page for text in texts)
    assert f"/ws/rooms/{NOWHERE}/" in page


def test_the_servers_time_is_told_to_the_millisecond_and_never_kept(client: Client) -> None:
    answer = client.get("/rooms/check/now")
    at = datetime.fromisoformat(answer.json()["server_at"])
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
    assert "no-store" in answer["Cache-Control"]


def test_the_address_of_the_check_is_no_rooms(client: Client) -> None:
    assert client.get(f"/rooms/{NOWHERE}/").status_code == 404
