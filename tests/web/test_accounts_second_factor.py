"""The second factor: set up, asked for, compulsory where the centre says so."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from accounts.models import Session
from accounts.selectors import actor_of_session
from audit.selectors import entries_after
from kernel.actors import Role
from tests.worlds import desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def compulsory(settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = True


def answer(client: Client, code: str) -> int:
    return client.post("/accounts/2fa/authenticate/", {"code": code}).status_code


def forget_used_codes() -> None:
    """As if the app's half minute had passed: a code is good once."""
    cache.clear()


def with_totp(username: str = "alice") -> str:
    """Sets up an app in a session of its own; returns the secret."""
    desk.person(username, Role.BIDDER)
    return desk.set_up_totp(desk.signed_in(username))


def test_setting_up_asks_again_who_is_there() -> None:
    desk.person("alice", Role.BIDDER)

    response = desk.signed_in("alice").get("/accounts/2fa/totp/activate/")

    assert response["Location"].startswith("/accounts/reauthenticate/")


@pytest.mark.django_db(transaction=True)
def test_an_app_is_set_up_and_recorded() -> None:
    user = desk.person("alice", Role.BIDDER)
    client = desk.signed_in("alice")

    desk.set_up_totp(client)

    assert Session.objects.get(user=user).has_second_factor
    kinds = [entry.body["what"] for entry in entries_after(f"account/{user.public_id}", 0)[-1:]]
    assert kinds == ["totp_added"]


def test_the_secret_rests_encrypted() -> None:
    secret = with_totp()

    stored = Authenticator.objects.get(type=Authenticator.Type.TOTP).data
    assert secret not in str(stored)


def test_the_password_alone_is_not_enough() -> None:
    with_totp()
    client = Client()

    response = desk.sign_in(client, "alice")

    assert response["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    assert client.get("/my/").status_code in {302, 403}


def test_the_code_lets_in_and_the_session_says_so() -> None:
    secret = with_totp()
    client = Client()
    desk.sign_in(client, "alice")

    forget_used_codes()
    assert answer(client, desk.code(secret)) == 302

    assert Session.objects.get(pk=client.session.session_key).has_second_factor


def test_a_code_is_good_once() -> None:
    secret = with_totp()
    code = desk.code(secret)
    first, second = Client(), Client()
    desk.sign_in(first, "alice")
    desk.sign_in(second, "alice")
    forget_used_codes()
    assert answer(first, code) == 302

    assert answer(second, code) == 200
    assert "_auth_user_id" not in second.session


def test_codes_cannot_be_guessed_for_long() -> None:
    secret = with_totp()
    client = Client()
    desk.sign_in(client, "alice")
    for _turn in range(5):
        answer(client, "000000")

    response = client.post("/accounts/2fa/authenticate/", {"code": desk.code(secret)})

    assert response.status_code == 200
    assert "5 分钟" in response.content.decode()


def test_a_recovery_code_lets_in_once() -> None:
    desk.person("alice", Role.BIDDER)
    client = desk.signed_in("alice")
    desk.set_up_totp(client)
    page = client.get("/accounts/2fa/recovery-codes/")
    code = page.context["unused_codes"][0]
    first, second = Client(), Client()
    desk.sign_in(first, "alice")
    desk.sign_in(second, "alice")

    assert answer(first, code) == 302
    assert answer(second, code) == 200


# ── compulsory ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("compulsory")
@pytest.mark.parametrize("path", ["/", "/my/", "/staff/", "/notices/", "/rooms/ABCDEFGH/"])
def test_without_a_factor_every_page_leads_to_the_set_up(path: str) -> None:
    desk.person("alice", Role.BIDDER)

    response = desk.signed_in("alice").get(path)

    assert (response.status_code, response["Location"]) == (302, "/accounts/security/")


@pytest.mark.usefixtures("compulsory")
def test_without_a_factor_the_api_refuses() -> None:
    desk.person("alice", Role.BIDDER)

    response = desk.signed_in("alice").get("/api/rooms/ABCDEFGH/snapshot")

    assert (response.status_code, response.json()["error"]) == (403, "second_factor_required")


@pytest.mark.usefixtures("compulsory")
def test_without_a_factor_a_session_is_nobody_on_a_socket() -> None:
    desk.person("alice", Role.BIDDER)
    client = desk.signed_in("alice")

    assert actor_of_session(client.session.session_key) is None


@pytest.mark.usefixtures("compulsory")
@pytest.mark.django_db(transaction=True)
def test_with_a_factor_the_same_session_goes_on() -> None:
    user = desk.person("alice", Role.BIDDER)
    client = desk.signed_in("alice")

    desk.set_up_totp(client)

    assert client.get("/my/").status_code == 200
    actor = actor_of_session(client.session.session_key)
    assert actor is not None
    assert actor.user_id == user.pk


@pytest.mark.usefixtures("compulsory")
@pytest.mark.django_db(transaction=True)
def test_the_last_factor_stays() -> None:
    desk.person("alice", Role.BIDDER)
    client = desk.signed_in("alice")
    desk.set_up_totp(client)

    response = client.post("/accounts/2fa/totp/deactivate/")

    assert response.status_code == 200
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).count() == 1


@pytest.mark.usefixtures("compulsory")
def test_a_visitor_is_left_alone() -> None:
    assert Client().get("/notices/").status_code == 200
