"""A date in a year whose calendar is not published is marked wherever the sale shows it (CAL-1)."""

from typing import Any

import pytest

from kernel.actors import Actor
from tests.worlds.market import Market, Plan, auction, beijing
from tests.worlds.pages import browser
from trading.models import Deposit

pytestmark = pytest.mark.django_db
MARK = 'data-testid="provisional"'


def yearend(**changes: Any) -> Plan:
    """An auction of the last days of 2026: what follows it falls into 2027."""
    usual = {
        "notice_at": beijing("2026-12-18 09:00"),
        "cutoff_at": beijing("2026-12-28 16:00"),
        "opens_at": beijing("2026-12-30 10:00"),
        "ends_at": beijing("2026-12-30 11:00"),
    }
    return auction(**(usual | changes))


def shown(actor: Actor | None, path: str, language: str = "zh-hans") -> str:
    response = browser(actor, language).get(path)
    assert response.status_code == 200, path
    text: str = response.content.decode()
    return text


def marks(actor: Actor | None, path: str) -> int:
    return shown(actor, path).count(MARK)


def test_a_sale_of_an_unpublished_year_is_marked_at_the_desk(market: Market) -> None:
    opens = beijing("2027-12-20 10:00")
    lot = market.draft(yearend(opens_at=opens, ends_at=beijing("2027-12-20 11:00")))

    page = shown(market.wang, f"/staff/lots/{lot.no}/")

    facts, timeline = page.split('class="timeline"')
    assert (facts.count(MARK), timeline.count(MARK)) == (2, 2)  # opening and end, not the cut-off
    assert "暂定：该年日历未公布" in page
    assert marks(market.wang, f"/staff/projects/{lot.project.no}/") == 1
    assert "Provisional" in shown(market.wang, f"/staff/lots/{lot.no}/", "en")


def test_a_year_that_is_published_is_not_marked(market: Market) -> None:
    lot = market.draft(yearend())

    assert marks(market.wang, f"/staff/lots/{lot.no}/") == 0


def test_what_the_law_asks_for_in_an_unpublished_year_is_marked(market: Market) -> None:
    """Sold at the end of 2026, Alice the winner; Bob's deposit is due back in January 2027."""
    lot, _found = market.awarded(yearend())
    due = Deposit.objects.get(registration__organisation_name="锦江城建有限公司")
    assert due.registration.lot == lot

    assert marks(None, f"/lots/{lot.no}/") >= 1
    assert marks(market.wang, f"/staff/lots/{lot.no}/") >= 1
    assert marks(market.bob, f"/lots/{lot.no}/register/") == 1
    assert marks(market.bob, "/my/") == 1
    assert marks(market.gao, "/staff/deposits/") == 1
    assert marks(market.gao, f"/staff/deposits/{due.pk}/refund/") == 1
