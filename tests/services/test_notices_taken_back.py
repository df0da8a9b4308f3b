"""An approval taken back before its instant: the lot is not published, and nothing keeps trying."""

import pytest

from audit.selectors import entries_after
from kernel.errors import Conflict
from notices import services as notices
from tests.worlds.market import Market, Plan
from trading.rules.lot_states import LotState
from trading.selectors import list_publications_due

pytestmark = pytest.mark.django_db


def test_the_schedule_falls_with_the_approval() -> None:
    market, plan = Market(), Plan()
    lot = market.draft(plan)
    market.approve(lot, plan.notice_at)
    notices.return_notice(no=lot.notice_no, reason="暂缓", actor=market.li, clock=market.clock)
    market.clock.set(plan.notice_at)
    length = len(entries_after(f"lot/{lot.no}", 0))
    assert list_publications_due(market.clock.now(), 10) == [lot.no]
    lot = market.publish(lot)
    assert (lot.state, lot.publish_due_at, lot.room_code) == (LotState.DRAFT, None, "")
    assert list_publications_due(market.clock.now(), 10) == []
    assert len(entries_after(f"lot/{lot.no}", 0)) == length
    with pytest.raises(Conflict):
        market.publish(lot)


def test_the_next_approval_publishes() -> None:
    market, plan = Market(), Plan()
    lot = market.draft(plan)
    market.approve(lot, plan.notice_at)
    notices.return_notice(no=lot.notice_no, reason="改字", actor=market.li, clock=market.clock)
    market.approve(lot, plan.notice_at)
    market.clock.set(plan.notice_at)
    assert market.publish(lot).state != LotState.DRAFT
