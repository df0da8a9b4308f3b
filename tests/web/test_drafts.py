"""A form sent after the session ended: the way back, whose its draft is, which forms keep one."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kernel.actors import Actor, Role
from notices.forms import ApprovalForm
from tests.worlds import city
from tests.worlds.pages import browser
from trading.forms import RegistrationForm

ROOT = Path(__file__).resolve().parents[2]
FORM = re.compile(r"<form\b[^>]*?>", re.DOTALL)
SIGN_IN = re.compile(r'href="(/accounts/login/\?next=[^"]*)"')
NO_DRAFT = {
    "templates/account/login.html": "a password",
    "templates/account/reauthenticate.html": "a password",
    "templates/accounts/security.html": "a password",
    "templates/trading/reserve_form.html": "a secret that may rest nowhere",
    "templates/trading/deposit_desk.html": "a file",
    "templates/documents/_verification_form.html": "a question, not a text",
    "templates/approvals/case_track.html": "a question, not a text",
}
"""Forms whose fields people fill in and whose text the browser must not, or need not, keep."""


def way_in(response: Any) -> list[str]:
    return SIGN_IN.findall(response.content.decode())


@pytest.mark.django_db
def test_the_sign_in_leads_back_to_the_page_of_the_form() -> None:
    response = Client().post("/staff/projects/new/?from=desk", {"name": "城北污水管网改造"})
    assert response.status_code == 403
    assert way_in(response) == []
    client = Client(headers={"Referer": "http://testserver/staff/projects/new/?from=desk"})
    response = client.post("/staff/projects/new/?from=desk", {"name": "城北污水管网改造"})
    assert set(way_in(response)) == {
        "/accounts/login/?next=%2Fstaff%2Fprojects%2Fnew%2F%3Ffrom%3Ddesk"
    }


@pytest.mark.django_db
def test_no_other_site_is_led_back_to() -> None:
    for origin in ("https://evil.example/staff/", "//evil.example/", "javascript:alert(1)"):
        response = Client(headers={"Referer": origin}).post("/staff/projects/new/", {"name": "x"})
        assert response.status_code == 403
        assert way_in(response) == []


@pytest.mark.django_db
def test_a_page_that_hides_from_visitors_shows_them_the_way_in() -> None:
    response = Client().get("/notices/NONE-1/edit/")
    assert response.status_code == 404
    assert way_in(response) == ["/accounts/login/?next=%2Fnotices%2FNONE-1%2Fedit%2F"]


@pytest.mark.django_db
def test_a_draft_is_its_writers_in_every_session_and_nobody_elses() -> None:
    company = city.organisation("阳光市公共资源交易中心", 3)
    clerk, other = (city.person(name, company, Role.NOTICE_CLERK) for name in ("c1", "c2"))

    def mark(actor: Actor | None) -> str:
        page = browser(actor).get("/verify/").content.decode()
        return str(re.findall(r'id="drafts" data-person="([^"]*)"', page)[0])

    assert mark(clerk) == mark(clerk) != mark(other)
    assert len(mark(clerk)) == 20
    assert mark(None) == ""


def keeping(text: str) -> list[str]:
    """The forms of a template that people type into and that keep no draft."""
    return [
        tag
        for tag, body in zip(FORM.findall(text), FORM.split(text)[1:], strict=True)
        if 'method="post"' in tag
        and "components/field.html" in body.partition("</form>")[0]
        and "data-draft" not in tag
    ]


def test_every_form_that_is_typed_into_keeps_a_draft() -> None:
    bare = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "templates").rglob("*.html")
        if keeping(path.read_text()) and "mfa" not in path.parts
    }
    assert bare == set(NO_DRAFT)


def test_a_form_that_keeps_none_is_found() -> None:
    typed = '{% include "components/field.html" with field=field only %}'
    assert len(keeping(f'<form class="form" method="post">{typed}</form>')) == 1
    assert keeping(f'<form method="post" data-draft>{typed}</form>') == []
    assert keeping('<form method="post"></form>') == []


def test_consents_are_given_anew() -> None:
    approval = ApprovalForm(now=city.AT, is_provisional=True)
    for form, name in ((RegistrationForm(), "has_agreed"), (approval, "confirms_provisional")):
        assert "data-draft-never" in form.fields[name].widget.attrs


def test_what_is_sealed_rests_in_no_browser() -> None:
    assert "data-draft" not in (ROOT / "templates/trading/reserve_form.html").read_text()
