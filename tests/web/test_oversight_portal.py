"""The portal, the lobby and the statistics: open to all, few queries, useful when empty."""

from typing import Any

import pytest
from django.test import Client

from trading.selectors import Totals

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("address", "count"), [("/", 5), ("/rooms/", 3), ("/stats/", 3)])
def test_the_public_pages_cost_few_queries(
    address: str, count: int, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(count):
        assert Client().get(address).status_code == 200


def test_empty_pages_say_what_comes() -> None:
    assert "现在没有正在进行的竞价" in Client().get("/rooms/").content.decode()
    page = Client().get("/stats/").content.decode()
    assert "还没有记录" in page
    assert "结果公告发布后" in page


@pytest.mark.parametrize("kind", ["", "purchase", "sale", "failed", "<script>"])
def test_any_number_opens_its_rows(kind: str) -> None:
    page = Client().get("/stats/", {"kind": kind}).content.decode()
    for link in ("?kind=purchase#rows", "?kind=sale#rows", "?kind=failed#rows"):
        assert link in page
    assert "<script>" not in page.replace("<script type", "").replace("<script src", "")


def test_rates_stand_with_numerator_and_denominator(monkeypatch: pytest.MonkeyPatch) -> None:
    """S6: control 47.9542亿, award 47.5136亿 give savings of 0.4406亿 and 0.92%."""
    totals = Totals(276, 479_542_000_000, 475_136_000_000, 8_000_000_000, 8_160_000_000, 3)
    monkeypatch.setattr("trading.selectors.count_totals", lambda: totals)
    page = Client().get("/stats/").content.decode()
    assert "0.92%" in page
    assert "44,060,000.00 ÷ 4,795,420,000.00 元" in page
    assert "2.00%" in page
    assert "1,600,000.00 ÷ 80,000,000.00 元" in page


def test_without_a_denominator_there_is_no_rate() -> None:
    page = Client().get("/stats/").content.decode()
    assert "0.00%" not in page
    assert ">—" in page
