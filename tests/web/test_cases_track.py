"""Following a case with its number and the phone's last four digits: throttled, telling nothing
to who does not have both."""

from typing import Any

import pytest
from django.test import Client

from approvals.models import Case
from approvals.rules.case_states import CaseState
from approvals.services import decision
from tests.worlds.cases import REASON, REMEDIES, Centre
from tests.worlds.pages import browser

pytestmark = pytest.mark.django_db
ADDRESS = "/cases/track/"


@pytest.fixture
def centre(monkeypatch: pytest.MonkeyPatch) -> Centre:
    found = Centre()
    monkeypatch.setattr("approvals.views.system_clock", lambda: found.clock)
    return found


def ask(no: str, last4: str, client: Client | None = None, **extra: Any) -> Any:
    return (client or browser(None)).post(ADDRESS, {"no": no, "last4": last4}, **extra)


def test_with_both_the_applicant_sees_the_case(centre: Centre) -> None:
    case = centre.accept(centre.receive())
    response = ask(f"  {case.no.lower()} ", "1234")
    page = response.content.decode()
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert "已受理" in page
    assert "石*" in page
    for private in ("石磊", "13800001234", case.applicant_code):
        assert private not in page


def test_a_wrong_number_and_a_wrong_phone_are_one_answer(centre: Centre) -> None:
    case = centre.receive()
    wrong_phone, wrong_number = ask(case.no, "9999"), ask("SL20990101-0001", "1234")

    def told(response: Any) -> str:
        import re

        page = re.sub(r'value="[^"]*"', "", response.content.decode())
        page = re.sub(r"\d{2}:\d{2}:\d{2}", "", page)
        return re.sub(r"[0-9T:.+-]{20,}", "", page)

    assert wrong_phone.status_code == wrong_number.status_code == 404
    assert told(wrong_phone) == told(wrong_number)
    assert "没有查到" in told(wrong_phone)


@pytest.mark.parametrize("last4", ["", "123", "12345", "abcd", "１２３４", "----"])
def test_four_ascii_digits_are_asked_for(centre: Centre, last4: str) -> None:
    case = centre.receive()
    response = ask(case.no, last4)
    assert response.status_code == 200
    assert 'data-testid="case-state"' not in response.content.decode()


def test_guessing_ends_after_ten_wrong_tries(centre: Centre) -> None:
    case = centre.receive()
    for guess in range(10):
        assert ask(case.no, f"{guess:04d}").status_code == 404
    locked = ask(case.no, "1234")
    assert locked.status_code == 429
    assert "十分钟后" in locked.content.decode()
    assert 'data-testid="case-state"' not in locked.content.decode()


def test_guessing_one_number_from_many_addresses_ends_too(centre: Centre) -> None:
    case = centre.receive()
    for guess in range(20):
        ask(case.no, f"{guess:04d}", REMOTE_ADDR=f"10.0.0.{guess}")
    assert ask(case.no, "1234", REMOTE_ADDR="10.0.1.1").status_code == 429
    other = centre.receive()
    assert ask(other.no, "1234", REMOTE_ADDR="10.0.1.1").status_code == 200


def test_right_answers_are_not_counted(centre: Centre) -> None:
    case = centre.receive()
    assert {ask(case.no, "1234").status_code for _time in range(15)} == {200}


def test_what_is_missing_is_listed(centre: Centre) -> None:
    case = centre.case_in(CaseState.CORRECTION)
    page = ask(case.no, "1234").content.decode()
    assert 'data-testid="case-missing"' in page
    assert "资金证明" in page


def test_a_denial_is_told_with_its_remedies(centre: Centre) -> None:
    case = centre.case_in(CaseState.DENIED)
    page = ask(case.no, "1234").content.decode()
    assert REASON in page
    assert REMEDIES in page


def test_what_the_department_tells_itself_stays_inside(centre: Centre) -> None:
    case = centre.case_in(CaseState.PROPOSED)
    decision.return_proposal(
        no=case.no, reason="内部：核查不实。", actor=centre.chen, clock=centre.clock
    )
    page = ask(case.no, "1234").content.decode()
    assert "退回重新审查" in page
    assert "核查不实" not in page
    assert "符合条件" not in page
    inside = browser(centre.rui).get(f"/staff/cases/{case.no}/").content.decode()
    assert "核查不实" in inside


def test_the_form_may_be_opened_with_the_number(centre: Centre) -> None:
    page = browser(None).get(f"{ADDRESS}?no=SL20260302-0001").content.decode()
    assert 'value="SL20260302-0001"' in page


def test_hostile_words_are_only_words(centre: Centre) -> None:
    page = ask('"><script>alert(1)', "0000").content.decode()
    assert "<script>alert" not in page
    assert not Case.objects.exists()


def test_tracking_has_its_queries(centre: Centre, django_assert_max_num_queries: Any) -> None:
    case = centre.accept(centre.receive())
    client = browser(None)
    with django_assert_max_num_queries(3):
        assert ask(case.no, "1234", client).status_code == 200
