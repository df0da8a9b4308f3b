"""The desk of people: entering, granting, suspending, resetting, each refused where it must be."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Organisation, RoleGrant, Session, User
from accounts.selectors import actor_of
from audit.selectors import entries_after
from kernel.actors import Role
from tests.worlds import city, desk

pytestmark = pytest.mark.django_db
CENTRE = "阳光市公共资源交易中心"
NEW = {"username": "carol", "name": "周晨", "organisation_name": "新来置业有限公司"}
CODE = city.code_of("91510600MA620777")


@pytest.fixture
def admin() -> Client:
    desk.person("grace", Role.ADMINISTRATOR, of=CENTRE)
    return desk.signed_in("grace")


def page_of(user: User, tail: str = "") -> str:
    return f"/staff/people/{user.public_id}/{tail}"


def roles_of(user: User) -> set[str]:
    return set(RoleGrant.objects.filter(user=user, until_at=None).values_list("role", flat=True))


def test_a_person_and_their_organisation_are_entered_together(admin: Client) -> None:
    response = admin.post("/staff/people/new/", {**NEW, "code": CODE})

    password = response.context["password"]
    assert response.status_code == 200
    assert desk.sign_in(Client(), "carol", password).status_code == 302
    assert Organisation.objects.get(code=CODE).name == "新来置业有限公司"


def test_a_known_organisation_needs_no_name(admin: Client) -> None:
    known = desk.company()

    admin.post("/staff/people/new/", {**NEW, "organisation_name": "", "code": known.code})

    assert User.objects.get(username="carol").memberships.get().organisation == known


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": CODE[:-1] + ("0" if CODE[-1] != "0" else "1")}, "code"),
        ({"code": "123"}, "code"),
        ({"organisation_name": " "}, "organisation_name"),
        ({"username": "周晨"}, "username"),
        ({"username": ""}, "username"),
        ({"name": ""}, "name"),
    ],
)
def test_a_wrong_entry_is_named_and_nothing_is_half_done(
    admin: Client, change: dict[str, str], field: str
) -> None:
    before = (User.objects.count(), Organisation.objects.count())

    response = admin.post("/staff/people/new/", {**NEW, "code": CODE, **change})

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert (User.objects.count(), Organisation.objects.count()) == before


def test_a_taken_sign_in_registers_no_organisation(admin: Client) -> None:
    response = admin.post("/staff/people/new/", {**NEW, "username": "GRACE", "code": CODE})

    assert response.status_code == 422
    assert not Organisation.objects.filter(code=CODE).exists()


def test_a_wrong_inner_check_is_let_pass_with_a_warning(admin: Client) -> None:
    from accounts.rules.uscc import check_character, check_uscc

    first = CODE[:16] + ("1" if CODE[16] != "1" else "2")
    code = first + check_character(first)
    assert not check_uscc(code).is_inner_valid

    response = admin.post("/staff/people/new/", {**NEW, "code": code})

    assert response.status_code == 200
    assert "主体标识码校验不符" in response.content.decode()


def test_the_first_password_must_be_changed_before_anything_else(admin: Client) -> None:
    password = admin.post("/staff/people/new/", {**NEW, "code": CODE}).context["password"]
    client = Client()
    desk.sign_in(client, "carol", password)
    assert client.get("/my/")["Location"] == "/accounts/security/"

    form = {"current": password, "password1": "Kestrel-47-blue", "password2": "Kestrel-47-blue"}
    assert client.post("/accounts/security/password/", form).status_code == 302

    assert client.get("/staff/").status_code == 200


# ── roles ─────────────────────────────────────────────────────────────────────────────────────


def test_a_role_is_granted_until_the_end_of_a_day(admin: Client) -> None:
    bob = desk.person("bob", of=CENTRE)

    admin.post(page_of(bob, "grant/"), {"role": "finance", "until_on": "2030-06-30"})

    grant = RoleGrant.objects.get(user=bob)
    assert grant.until_at is not None
    assert grant.until_at.isoformat() == "2030-06-30T16:00:00+00:00"


def test_a_conflict_is_explained(admin: Client) -> None:
    alice = desk.person("alice", Role.BIDDER)

    response = admin.post(page_of(alice, "grant/"), {"role": "host"})

    assert response.status_code == 422
    assert "岗位“主持人”与已有岗位“竞买人”不相容。" in response.content.decode()
    assert roles_of(alice) == {"bidder"}


def test_the_page_says_which_roles_are_barred(admin: Client) -> None:
    alice = desk.person("alice", Role.BIDDER)

    rows = admin.get(page_of(alice)).context["roles"]

    assert {row.role for row in rows if row.state == "barred"} == set(Role) - {Role.BIDDER}


def test_a_role_is_taken_back(admin: Client) -> None:
    alice = desk.person("alice", Role.BIDDER)

    admin.post(page_of(alice, "roles/bidder/revoke/"))

    assert roles_of(alice) == set()


@pytest.mark.parametrize("tail", ["grant/", "roles/administrator/revoke/", "suspend/", "reset/"])
def test_nobody_changes_themselves(admin: Client, tail: str) -> None:
    grace = User.objects.get(username="grace")
    form = {"role": "supervisor", "state-reason": "x", "reset-reason": "x"}

    response = admin.post(page_of(grace, tail), form)

    assert response.status_code in {409, 422}
    grace.refresh_from_db()
    assert grace.is_active
    assert roles_of(grace) == {"administrator"}
    assert admin.get("/staff/people/").status_code == 200


def test_an_unknown_role_or_person_is_not_found(admin: Client) -> None:
    bob = desk.person("bob")

    assert admin.post(page_of(bob, "roles/emperor/revoke/")).status_code == 404
    assert admin.get("/staff/people/NOBODY0000/").status_code == 404


# ── suspending and resetting ──────────────────────────────────────────────────────────────────


def test_suspending_signs_out_at_once_and_reinstating_lets_in(admin: Client) -> None:
    alice = desk.person("alice", Role.BIDDER)
    client = desk.signed_in("alice")

    admin.post(page_of(alice, "suspend/"), {"state-reason": "离职"})
    assert client.get("/my/").status_code == 302
    assert not Session.objects.filter(user=alice).exists()
    assert desk.sign_in(Client(), "alice").status_code == 200

    admin.post(page_of(alice, "reinstate/"), {"state-reason": "返岗"})
    assert desk.sign_in(Client(), "alice").status_code == 302


@pytest.mark.parametrize(("tail", "prefix"), [("suspend/", "state"), ("reset/", "reset")])
def test_a_reason_is_asked_for(admin: Client, tail: str, prefix: str) -> None:
    alice = desk.person("alice", Role.BIDDER)
    desk.signed_in("alice")

    response = admin.post(page_of(alice, tail), {f"{prefix}-reason": "  "})

    assert response.status_code == 422
    assert Session.objects.filter(user=alice).count() == 1


def test_resetting_takes_factors_away_and_ends_sessions(admin: Client) -> None:
    alice = desk.person("alice", Role.BIDDER)
    desk.set_up_totp(desk.signed_in("alice"))

    response = admin.post(page_of(alice, "reset/"), {"reset-reason": "手机丢失，已核身份证"})

    password = response.context["password"]
    assert not Session.objects.filter(user=alice).exists()
    assert desk.sign_in(Client(), "alice").status_code == 200
    renewed = Client()
    assert desk.sign_in(renewed, "alice", password)["Location"] == "/my/"
    assert renewed.get("/my/")["Location"] == "/accounts/security/"


def test_who_holds_the_new_password_is_no_second_pair_of_eyes(admin: Client) -> None:
    """Grace resets a reviewer and signs in as her: the roles rest until another keeper has seen
    the right person. Neither Grace nor the reviewer can be that other."""
    nora = desk.person("nora", Role.NOTICE_REVIEWER)
    admin.post(page_of(nora, "reset/"), {"reset-reason": "忘记密码"})
    assert actor_of(nora).roles == frozenset()
    assert "等待确认" in admin.get(page_of(nora)).content.decode()

    assert admin.post(page_of(nora, "confirm/")).status_code == 409
    assert actor_of(nora).roles == frozenset()

    desk.person("dave", Role.AUDITOR)
    auditor = desk.signed_in("dave")
    assert page_of(nora, "confirm/") in auditor.get(page_of(nora)).content.decode()
    assert auditor.post(page_of(nora, "confirm/")).status_code == 302
    assert actor_of(nora).roles == {Role.NOTICE_REVIEWER}
    assert auditor.post(page_of(nora, "confirm/")).status_code == 409
    kinds = [entry.kind for entry in entries_after(f"account/{nora.public_id}", 0)]
    assert kinds[-2:] == ["accounts.access_reset", "accounts.reset_confirmed"]


def test_a_role_granted_while_they_rest_rests_too(admin: Client) -> None:
    nora = desk.person("nora", Role.NOTICE_REVIEWER)
    admin.post(page_of(nora, "reset/"), {"reset-reason": "忘记密码"})
    admin.post(page_of(nora, "roles/notice_reviewer/revoke/"))
    admin.post(page_of(nora, "grant/"), {"role": "notice_reviewer"})
    assert actor_of(nora).roles == frozenset()


def test_the_person_is_told_that_the_access_was_reset(admin: Client) -> None:
    nora = desk.person("nora", Role.NOTICE_REVIEWER)
    password = admin.post(page_of(nora, "reset/"), {"reset-reason": "忘记密码"}).context["password"]
    client = Client()
    desk.sign_in(client, "nora", password)
    page = client.get("/accounts/security/").content.decode()
    assert 'data-testid="was-reset"' in page
    assert "您的工作岗位不生效" in page


def test_the_list_is_searched_by_name_and_organisation(admin: Client) -> None:
    desk.person("alice", Role.BIDDER)
    desk.person("bob", Role.BIDDER, of="锦江城建开发有限公司")

    found = admin.get("/staff/people/?q=锦江").context["people"]

    assert [person.username for person, _roles in found] == ["bob"]


def test_the_list_costs_a_fixed_number_of_queries(
    admin: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        desk.person(f"p{number}", Role.BIDDER)

    with django_assert_max_num_queries(8):
        admin.get("/staff/people/")


def test_an_auditor_sees_people_and_changes_nobody() -> None:
    desk.person("dave", Role.AUDITOR)
    alice = desk.person("alice", Role.BIDDER)
    client = desk.signed_in("dave")

    page = client.get(page_of(alice))

    assert page.status_code == 200
    assert not page.context["may_keep"]
    assert client.post(page_of(alice, "grant/"), {"role": "host"}).status_code == 403
    assert roles_of(alice) == {"bidder"}
