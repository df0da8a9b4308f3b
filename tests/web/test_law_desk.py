"""The calendar desk: a proposal with its days, approved by another administrator."""

from typing import Any

import pytest

from law import selectors, services
from law.models import CalendarProposal
from law.rules.calendars import read_list
from tests.worlds.administrators import Hall
from tests.worlds.holidays import Y2027
from tests.worlds.pages import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def hall() -> Hall:
    return Hall()


def propose(hall: Hall) -> CalendarProposal:
    found = services.propose_calendar(lists=[read_list(Y2027)], actor=hall.ada, clock=hall.clock)
    assert found is not None
    return found


def text(response: Any) -> str:
    found: str = response.content.decode()
    return found


def test_the_desk_tells_which_years_are_published(
    hall: Hall, django_assert_max_num_queries: Any
) -> None:
    client = browser(hall.ada)
    client.get("/staff/law/")
    with django_assert_max_num_queries(7):
        page = text(client.get("/staff/law/"))
    assert page.count("已公布") == 20
    assert page.count("未公布，暂定") == 1
    assert "2026-02-14" in page
    assert 'data-testid="calendar-proposal"' not in page


def test_another_administrator_approves_on_the_page(hall: Hall) -> None:
    proposal = propose(hall)
    own, other = browser(hall.ada), browser(hall.ben)
    assert "须由另一位管理员批准" in text(own.get("/staff/law/"))
    assert "2027-01-04" in text(other.get("/staff/law/"))
    address = f"/staff/law/calendars/{proposal.pk}/approve/"
    assert own.post(address).status_code == 403
    assert 2027 not in selectors.calendar().years
    assert other.post(address).status_code == 302
    assert 2027 in selectors.calendar().years
    assert other.post(address).status_code == 409
    assert "本中心导入" in text(other.get("/staff/law/"))


def test_a_rejection_asks_for_its_reason(hall: Hall) -> None:
    proposal = propose(hall)
    client = browser(hall.ben)
    address = f"/staff/law/calendars/{proposal.pk}/reject/"
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "有误"}).status_code == 302
    assert "有误" in text(client.get("/staff/law/"))


def test_others_see_nothing_of_it(hall: Hall) -> None:
    proposal = propose(hall)
    for actor in (None, hall.wen, hall.chen, hall.tao, hall.alice):
        client = browser(actor)
        assert client.get("/staff/law/").status_code == 403
        for act in ("approve", "reject"):
            address = f"/staff/law/calendars/{proposal.pk}/{act}/"
            assert client.post(address, {"reason": "x"}).status_code == 403
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


def test_an_unknown_proposal_is_404(hall: Hall) -> None:
    assert browser(hall.ben).post("/staff/law/calendars/99/approve/").status_code == 404
