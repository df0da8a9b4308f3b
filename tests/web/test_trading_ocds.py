"""Open data of our sales: valid by the standard's schemas, no name before the result is out."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.rules.test_trading_ocds import validator
from tests.worlds.market import Market, auction, publish_result
from trading.models import Lot
from trading.services import awards

pytestmark = pytest.mark.django_db
WINNER = "蓉城置业有限公司"


def releases(after: int = 0) -> dict[str, Any]:
    response = Client().get(f"/api/ocds/releases?after={after}")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    assert list(validator("release-package-schema.json").iter_errors(found)) == []
    return found


def assert_nothing_new(after: int = 0) -> None:
    """The standard has no package without a release: nothing new is no content."""
    response = Client().get(f"/api/ocds/releases?after={after}")
    assert (response.status_code, response.content) == (204, b"")


def record(lot: Lot) -> dict[str, Any]:
    response = Client().get(f"/api/ocds/records/ocds-yg0001-{lot.no}")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    assert list(validator("record-package-schema.json").iter_errors(found)) == []
    return found


def tags(package: dict[str, Any]) -> list[str]:
    return [release["tag"][0] for release in package["releases"]]


def award(market: Market) -> Lot:
    return market.awarded()[0]


def disclose(market: Market, lot: Lot) -> None:
    notice = publish_result(market, lot)
    awards.disclose_award(lot_no=lot.no, notice_no=notice.no, clock=market.clock)


def test_a_draft_is_nobody_s_business() -> None:
    lot = Market().draft()
    assert_nothing_new()
    assert Client().get(f"/api/ocds/records/ocds-yg0001-{lot.no}").status_code == 404


def test_a_notice_makes_a_tender_release() -> None:
    lot = Market().published()
    (release,) = releases()["releases"]
    assert (release["tag"], release["tender"]["status"]) == (["tender"], "active")
    assert release["tender"]["value"] == {"amount": 120_000_000.0, "currency": "CNY"}
    assert record(lot)["records"][0]["compiledRelease"]["tag"] == ["compiled"]


def test_nobody_who_takes_part_is_named_before_the_result_is_published() -> None:
    market = Market()
    lot = award(market)
    text = json.dumps([releases(), record(lot)], ensure_ascii=False)
    assert WINNER not in text
    assert "锦江城建" not in text
    assert "supplier" not in text
    assert tags(releases()) == ["tender"]


def test_the_result_notice_makes_an_award_release() -> None:
    market = Market()
    lot = award(market)
    disclose(market, lot)
    tender, made = releases()["releases"]
    assert (tender["tag"], made["tag"]) == (["tender"], ["award"])
    (found,) = made["awards"]
    assert found["suppliers"][0]["name"] == WINNER
    assert found["value"]["amount"] == 375_000.0
    assert "锦江城建" not in json.dumps([releases(), record(lot)], ensure_ascii=False)


def test_an_unsold_lot_is_unsuccessful() -> None:
    market = Market()
    lot = market.published(auction())
    awards.record_unsold(lot_no=lot.no, reason="no_offer", ended_at=lot.ends_at, clock=market.clock)
    last = releases()["releases"][-1]
    assert (last["tag"], last["tender"]["status"]) == (["tenderUpdate"], "unsuccessful")


def test_the_cursor_misses_nothing_and_repeats_nothing() -> None:
    """A lot drafted first and published last, and an award that comes later, are both seen."""
    market = Market()
    first, second = market.draft(auction()), market.draft(auction(title="第二件"))
    for lot in (second, first):
        market.approve(lot, auction().notice_at)
        market.clock.set(auction().notice_at)
        market.publish(lot)
        market.clock.set(auction().notice_at)
    package = releases()
    ids = [release["ocid"].removeprefix("ocds-yg0001-") for release in package["releases"]]
    assert ids == [second.no, first.no]
    cursor = len(ids)
    assert_nothing_new(cursor)
    awards.record_unsold(
        lot_no=first.no, reason="no_offer", ended_at=first.ends_at, clock=market.clock
    )
    assert tags(releases(cursor)) == ["tenderUpdate"]


def test_pages_follow_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trading.api.PAGE", 1)
    market = Market()
    for title in ("第一件", "第二件"):
        market.published(auction(title=title))
    first = releases()
    cursor = int(first["links"]["next"].rsplit("=", 1)[1])
    second = releases(cursor)
    titles = [page["releases"][0]["tender"]["title"] for page in (first, second)]
    assert titles == ["第一件", "第二件"]
    assert "links" not in second


@pytest.mark.parametrize("cursor", ["x", "-1", "1e3", "１", "9" * 19, ""])
def test_a_bad_cursor_is_said_to_be_one(cursor: str) -> None:
    response = Client().get("/api/ocds/releases", {"after": cursor})
    assert response.status_code == 422
    assert response.json()["error"] == "bad_cursor"


@pytest.mark.parametrize("ocid", ["ocds-yg0001-nothing", "other-1", "ocds-yg0001-"])
def test_an_unknown_record(ocid: str) -> None:
    response = Client().get(f"/api/ocds/records/{ocid}")
    assert response.status_code == 404
    assert response.json()["error"] == "ocid_unknown"


def test_a_page_costs_the_same_for_many_lots(django_assert_num_queries: Any) -> None:
    market = Market()
    for index in range(3):
        market.clock.set(auction().notice_at)
        market.published(auction(title=f"第 {index} 件"))
    with django_assert_num_queries(2):
        assert len(releases()["releases"]) == 3
