"""What pages are looked at with: a market whose clock they read, a room and its host."""

import pytest
from django.test import Client

from bidding.sequencer.books import forget_books
from bidding.sequencer.shown import forget_views
from kernel.actors import Role
from tests.worlds import city
from tests.worlds.market import Market
from tests.worlds.pages import browser
from tests.worlds.rooms import Table, lay_table

SALE_VIEWS = (
    *(f"trading.views.{name}" for name in ("bidder", "finance", "public", "staff", "unit")),
    "oversight.views.portal",
    "notices.views",
)


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Market:
    """The market, with every page of the sale on its clock."""
    forget_books()
    forget_views()
    made = Market()
    for view in SALE_VIEWS:
        monkeypatch.setattr(f"{view}.system_clock", lambda: made.clock)
    return made


@pytest.fixture
def table() -> Table:
    return lay_table("anna", "ben")


@pytest.fixture
def host() -> Client:
    return browser(city.person("hanna", city.organisation("交易中心", 9001), Role.HOST))
