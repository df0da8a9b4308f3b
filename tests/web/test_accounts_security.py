"""账户与安全: one's own password and one's own sessions, and nobody else's."""

import pytest
from django.test import Client

from accounts.models import Session, User
from accounts.sessions import session_handle
from kernel.actors import Role
from tests.worlds import desk

pytestmark = pytest.mark.django_db
NEW = "Kestrel-47-blue"
FORM = {"current": desk.PASSWORD, "password1": NEW, "password2": NEW}
CHANGE = "/accounts/security/password/"


@pytest.fixture
def alice() -> Client:
    desk.person("alice", Role.BIDDER)
    return desk.signed_in("alice")


def test_a_visitor_is_asked_to_sign_in() -> None:
    response = Client().get("/accounts/security/")

    assert response["Location"] == "/accounts/login/?next=/accounts/security/"


def test_a_changed_password_ends_the_other_sessions_only(alice: Client) -> None:
    elsewhere = desk.signed_in("alice")

    assert alice.post(CHANGE, FORM).status_code == 302

    assert alice.get("/accounts/security/").status_code == 200
    assert elsewhere.get("/accounts/security/").status_code == 302
    assert desk.sign_in(Client(), "alice").status_code == 200
    assert desk.sign_in(Client(), "alice", NEW).status_code == 302


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"current": "guess"}, "current"),
        ({"password2": "Kestrel-47-blew"}, "password2"),
        ({"password1": "12345678", "password2": "12345678"}, "password1"),
        ({"password1": "alice", "password2": "alice"}, "password1"),
        ({"password1": desk.PASSWORD, "password2": desk.PASSWORD}, "password1"),
    ],
)
def test_a_bad_change_is_named_and_changes_nothing(
    alice: Client, change: dict[str, str], field: str
) -> None:
    response = alice.post(CHANGE, {**FORM, **change})

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert desk.sign_in(Client(), "alice").status_code == 302


def test_passwords_never_come_back_in_the_page(alice: Client) -> None:
    response = alice.post(CHANGE, {**FORM, "current": "guess"})

    assert NEW not in response.content.decode()


def test_guessing_the_present_password_is_counted(alice: Client) -> None:
    for _turn in range(8):
        response = alice.post(CHANGE, {**FORM, "current": "guess"}, REMOTE_ADDR="10.0.0.5")

    assert response.status_code == 429


def test_one_session_is_ended(alice: Client) -> None:
    elsewhere = desk.signed_in("alice")
    handle = session_handle(elsewhere.session.session_key)

    alice.post(f"/accounts/security/sessions/{handle}/end/")

    assert elsewhere.get("/accounts/security/").status_code == 302
    assert alice.get("/accounts/security/").status_code == 200


def test_all_others_are_ended(alice: Client) -> None:
    desk.signed_in("alice")
    desk.signed_in("alice")

    alice.post("/accounts/security/sessions/end/")

    assert Session.objects.filter(user__username="alice").count() == 1
    assert alice.get("/accounts/security/").status_code == 200


def test_nobody_ends_anothers_session(alice: Client) -> None:
    desk.person("bob", Role.BIDDER)
    bob = desk.signed_in("bob")
    handle = session_handle(bob.session.session_key)

    assert alice.post(f"/accounts/security/sessions/{handle}/end/").status_code == 404
    assert bob.get("/accounts/security/").status_code == 200


def test_the_page_never_holds_a_session_key(alice: Client) -> None:
    desk.signed_in("alice")

    text = alice.get("/accounts/security/").content.decode()

    assert not [key for key in Session.objects.values_list("pk", flat=True) if key in text]


def test_access_pages_are_not_kept_by_the_browser(alice: Client) -> None:
    assert "no-store" in alice.get("/accounts/security/")["Cache-Control"]


def test_a_changed_password_is_recorded_without_it(alice: Client) -> None:
    from audit.selectors import entries_after

    alice.post(CHANGE, FORM)

    user = User.objects.get(username="alice")
    last = entries_after(f"account/{user.public_id}", 0)[-1]
    assert (last.kind, last.body["what"]) == ("accounts.access_changed", "password")
    assert NEW not in str(last.body)
