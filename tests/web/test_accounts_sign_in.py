"""Signing in: who gets in, who is locked out and who is not, where one lands."""

import pytest
from django.test import Client

from accounts.models import Session
from kernel.actors import Role
from tests.worlds import desk

pytestmark = pytest.mark.django_db


def test_a_bidder_lands_on_their_desk() -> None:
    desk.person("alice", Role.BIDDER)

    response = desk.sign_in(Client(), "alice")

    assert (response.status_code, response["Location"]) == (302, "/my/")


def test_staff_land_on_the_workbench() -> None:
    desk.person("bob", Role.FINANCE)

    assert desk.sign_in(Client(), "bob")["Location"] == "/staff/"


def test_the_session_knows_its_person_and_where_it_was_opened() -> None:
    user = desk.person("alice", Role.BIDDER)

    desk.signed_in("alice", address="10.9.8.7")

    session = Session.objects.get(user=user)
    assert (session.address, session.has_second_factor) == ("10.9.8.7", False)
    assert session.opened_at is not None


def test_a_wrong_password_says_nothing_about_who_exists() -> None:
    desk.person("alice", Role.BIDDER)

    wrong = desk.sign_in(Client(), "alice", "not-this-one")
    unknown = desk.sign_in(Client(), "nobody", "not-this-one")

    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert not Session.objects.exclude(user=None).exists()


def test_the_session_key_changes_at_sign_in() -> None:
    desk.person("alice", Role.BIDDER)
    client = Client()
    client.get("/accounts/login/")
    session = client.session
    session["planted"] = True
    session.save()
    fixed = session.session_key
    client.cookies["sessionid"] = fixed

    desk.sign_in(client, "alice")

    assert client.cookies["sessionid"].value != fixed
    assert not Session.objects.filter(pk=fixed).exists()


def test_a_suspended_person_cannot_sign_in() -> None:
    desk.suspend(desk.person("alice", Role.BIDDER))

    assert desk.sign_in(Client(), "alice").status_code == 200
    assert not Session.objects.exclude(user=None).exists()


def test_sign_in_needs_a_csrf_token() -> None:
    desk.person("alice", Role.BIDDER)

    response = desk.sign_in(Client(enforce_csrf_checks=True), "alice")

    assert response.status_code == 403
    assert not Session.objects.exclude(user=None).exists()


# ── locked out: by name and address together ──────────────────────────────────────────────────


def fail(times: int, *, address: str, username: str = "alice") -> int:
    status = 0
    for _turn in range(times):
        status = desk.sign_in(Client(), username, "guess", address=address).status_code
    return status


def test_eight_failures_lock_the_pair_and_say_for_how_long() -> None:
    desk.person("alice", Role.BIDDER)
    assert fail(7, address="10.0.0.9") == 200

    assert fail(1, address="10.0.0.9") == 429

    locked = desk.sign_in(Client(), "alice", address="10.0.0.9")
    assert locked.status_code == 429
    assert "15 分钟" in locked.content.decode()
    assert locked["Retry-After"] == "900"
    assert not Session.objects.exclude(user=None).exists()


def test_a_rival_elsewhere_locks_nobody_out() -> None:
    desk.person("alice", Role.BIDDER)
    fail(12, address="10.0.0.66")

    assert desk.sign_in(Client(), "alice", address="10.0.0.1").status_code == 302


def test_a_hall_shares_its_address() -> None:
    desk.person("alice", Role.BIDDER)
    desk.person("bob", Role.BIDDER)
    fail(12, address="10.0.0.1", username="alice")

    assert desk.sign_in(Client(), "bob", address="10.0.0.1").status_code == 302


def test_another_spelling_is_another_name_and_opens_nothing() -> None:
    desk.person("alice", Role.BIDDER)

    assert desk.sign_in(Client(), "ALICE").status_code == 200


def test_a_forwarded_address_counts_only_behind_our_proxy() -> None:
    desk.person("alice", Role.BIDDER)
    for number in range(8):
        form = {"login": "alice", "password": "guess"}
        forged = {"HTTP_X_FORWARDED_FOR": f"10.1.1.{number}", "REMOTE_ADDR": "10.0.0.9"}
        status = Client().post("/accounts/login/", form, **forged).status_code

    assert status == 429


# ── where to go next ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "http:///evil.example",
        "https:evil.example",
        " //evil.example",
    ],
)
def test_sign_in_never_leads_to_another_host(target: str) -> None:
    desk.person("alice", Role.BIDDER)

    response = desk.sign_in(Client(), "alice", next=target)

    assert response["Location"] == "/my/"


def test_sign_in_leads_back_to_the_page_asked_for() -> None:
    desk.person("alice", Role.BIDDER)

    assert desk.sign_in(Client(), "alice", next="/notices/?q=1")["Location"] == "/notices/?q=1"


@pytest.mark.parametrize("path", ["/display/", "/i18n/setlang/"])
def test_no_form_leads_to_another_host(path: str) -> None:
    form = {"next": "https://evil.example/", "language": "en", "theme": "dark"}

    response = Client().post(path, form)

    assert response["Location"].startswith("/")


def test_signing_out_ends_the_session_in_the_database() -> None:
    desk.person("alice", Role.BIDDER)
    client = desk.signed_in("alice")

    client.post("/accounts/logout/")

    assert not Session.objects.exclude(user=None).exists()


def test_signing_out_takes_a_post() -> None:
    desk.person("alice", Role.BIDDER)
    client = desk.signed_in("alice")

    client.get("/accounts/logout/")

    assert Session.objects.exclude(user=None).count() == 1


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/signup/",
        "/accounts/email/",
        "/accounts/confirm-email/",
        "/accounts/confirm-email/abc/",
        "/accounts/password/reset/",
        "/accounts/password/change/",
        "/accounts/password/set/",
        "/accounts/password/reset/key/1-abc/",
        "/accounts/login/code/confirm/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_not_offered_is_answered_as_closed(path: str, method: str) -> None:
    response = getattr(Client(), method)(path)

    assert response.status_code == 404
    assert "系统管理员" in response.content.decode()


def test_one_click_sign_in_does_not_exist_outside_the_demo() -> None:
    desk.person("alice", Role.BIDDER)

    assert Client().post("/demo/sign-in/", {"username": "alice"}).status_code == 404
    assert not Session.objects.exclude(user=None).exists()
