"""After publication nothing of the deal moves: preset, terms and the rule rows stand as printed."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from audit.selectors import entries_after
from bidding.models import Room
from kernel.errors import Conflict
from law import selectors as law
from notices.models import Notice
from tests.worlds.market import WAN, Market, Plan
from trading.models import Lot
from trading.services import lots, refunds

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    return Market()


def frozen(lot: Lot) -> tuple[Any, ...]:
    fresh = Lot.objects.get(pk=lot.pk)
    room = Room.objects.get(code=fresh.room_code)
    return fresh.preset, fresh.preset_version, fresh.terms, fresh.law, room.terms, fresh.start_fen


def test_publication_freezes_preset_terms_and_law_at_once(market: Market) -> None:
    lot = market.published()
    preset, version, terms, rows, room_terms, _start = frozen(lot)
    assert preset == "TC"
    assert version
    assert terms == room_terms
    assert set(rows) == {"LD-01", "LD-02", "LD-03", "LD-04", "LD-05"}
    assert (rows["LD-01"]["value"], rows["LD-01"]["unit"]) == (20, "cd")
    event = entries_after(f"lot/{lot.no}", 0)[-1]
    assert event.kind == "trading.lot_published"
    assert (event.body["terms"], event.body["law"]) == (terms, rows)


def test_a_published_lot_cannot_be_edited(market: Market) -> None:
    lot = market.published()
    before, wording = frozen(lot), Notice.objects.get(no=lot.notice_no).fields
    entry = market.lot_entry(Plan(), start_fen=1 * WAN)
    with pytest.raises(Conflict):
        lots.edit_lot(lot_no=lot.no, entry=entry, actor=market.wang, clock=market.clock)
    assert frozen(lot) == before
    assert Notice.objects.get(no=lot.notice_no).fields == wording


def test_a_new_rule_row_leaves_a_published_lot_alone(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The law is amended while the lot is on sale: its dates still follow the old row."""
    lot = market.published()
    before = frozen(lot)
    ended_on = date(2026, 4, 21)
    assert refunds.frozen_day(lot, "refund", ended_on) == date(2026, 4, 28)

    shipped = law.shipped()
    amended = {**shipped.rules, "LD-04": replace(shipped.rules["LD-04"], value=1)}
    tables = SimpleNamespace(rules=amended, work=shipped.work, clock=shipped.clock)
    monkeypatch.setattr(law, "shipped", lambda: tables)

    assert law.limit_on("LD-04", ended_on) == date(2026, 4, 22)
    assert refunds.frozen_day(lot, "refund", ended_on) == date(2026, 4, 28)
    assert frozen(lot) == before
