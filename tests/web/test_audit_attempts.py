"""Who was refused what on a page or over the API is in the ledger, and nothing else changed."""

import pytest
from django.db import DatabaseError
from django.test import Client

from accounts.models import User
from audit.models import AttemptSource, Entry
from audit.selectors import EntryView, entries_after
from config import middleware
from kernel.actors import Role
from tests.worlds import desk
from trading.models import Project

pytestmark = pytest.mark.django_db
NEW = "/staff/projects/new/"


def attempts(client: Client) -> list[EntryView]:
    public_id = User.objects.get(pk=client.session["_auth_user_id"]).public_id
    return entries_after(f"attempts/{public_id}", 0)


@pytest.fixture
def bidder() -> Client:
    desk.person("alice", Role.BIDDER)
    return desk.signed_in("alice")


def test_a_refused_page_is_an_attempt(bidder: Client) -> None:
    response = bidder.post(NEW, {"name": "x"}, REMOTE_ADDR="10.9.8.7", HTTP_USER_AGENT="Tor")
    assert response.status_code == 403
    (entry,) = attempts(bidder)
    assert entry.kind == "audit.attempt_refused"
    assert entry.body["action"] == "trading:project_new"
    assert entry.body["code"] == "not_allowed"
    assert entry.body["params"] == {"action": "register_project"}
    assert str(entry.body["actor"]).startswith("u:")
    source = AttemptSource.objects.get(digest=entry.body["source_hash"])
    assert (source.address, source.agent) == ("10.9.8.7", "Tor")
    assert not Project.objects.exists()


def test_a_flood_is_one_attempt_a_second(bidder: Client) -> None:
    for _ in range(5):
        assert bidder.post(NEW).status_code == 403
    assert len(attempts(bidder)) == 1
    assert bidder.get("/staff/deposits/").status_code == 403
    assert len(attempts(bidder)) == 2


def test_what_was_tried_upon_is_named(bidder: Client) -> None:
    assert bidder.post("/staff/deposits/17/refund/").status_code == 403
    (entry,) = attempts(bidder)
    assert entry.body["action"] == "trading:refund"
    params = entry.body["params"]
    assert isinstance(params, dict)
    assert params["pk"] == 17


def test_a_visitor_is_public() -> None:
    before = Entry.objects.count()
    response = Client().post(NEW)
    assert response.status_code == 403
    (entry,) = entries_after("attempts/public", 0)
    assert entry.body["actor"] == "public"
    assert Entry.objects.count() == before + 1


def test_what_is_allowed_or_unknown_is_no_attempt(bidder: Client) -> None:
    assert bidder.get("/my/").status_code == 200
    assert bidder.get("/lots/nothing/").status_code == 404
    assert attempts(bidder) == []


def test_a_database_that_cannot_take_it_still_refuses(
    bidder: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_attempt: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(middleware, "record_attempt", fail)
    assert bidder.post(NEW).status_code == 403
    assert "could not be recorded" in caplog.text
