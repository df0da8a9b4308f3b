"""Offers and pauses move a room's end: every page counts to the end that the room really has."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from bidding.rules import commands as c
from bidding.selectors import list_standings
from bidding.sequencer.batches import settle_alone
from bidding.sequencer.books import Act
from kernel.clock import iso_ms
from tests.worlds.market import Market, Plan, auction
from tests.worlds.pages import browser
from trading.models import Lot
from trading.services import awards

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
TOKEN = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def lot(market: Market) -> Lot:
    """Open until 11:00, Alice and Bob in it, a reserve announced; the clock ten seconds before."""
    return nearly_over(market, auction(has_reserve=True))


@pytest.fixture
def listed(market: Market) -> Lot:
    """As `lot`, but its free period ends then: until that the unit may type its reserve."""
    return nearly_over(market, auction(preset="MQ", has_reserve=True))


def nearly_over(market: Market, plan: Plan) -> Lot:
    made = market.published(plan)
    alice, _bob = market.paid_up(made, market.alice, market.bob)
    market.settle_cutoffs(made)
    market.tick(made, made.opens_at)
    awards.note_opening(lot_no=made.no, clock=market.clock)
    made.refresh_from_db()
    market.clock.set(made.ends_at - 10 * SECOND)
    return made


def extend(market: Market, lot: Lot) -> None:
    """Alice's last-minute offer moves the end; then the announced end passes."""
    plate = lot.registrations.get(organisation_id=market.alice.organisation_id).plate
    act = market.offer(lot, plate, lot.start_fen, market.clock.now(), TOKEN)
    assert act.refusal is None
    market.clock.set(lot.ends_at + SECOND)


def pause(market: Market, lot: Lot) -> None:
    settle_alone(lot.room_code, Act(c.Pause("设备检修")), market.clock)
    market.clock.set(lot.ends_at + SECOND)


def halt(market: Market, lot: Lot) -> None:
    """A pause that is over: the end has moved on by it."""
    settle_alone(lot.room_code, Act(c.Pause("设备检修")), market.clock)
    market.clock.set(market.clock.now() + 5 * SECOND)
    settle_alone(lot.room_code, Act(c.Resume()), market.clock)
    market.clock.set(lot.ends_at + SECOND)


def moved_end(market: Market, lot: Lot) -> str:
    """The room's end as its own snapshot says it."""
    ends_at = list_standings([lot.room_code], market.clock.now())[lot.room_code].ends_at
    assert ends_at is not None
    assert ends_at > market.clock.now()
    return iso_ms(ends_at)


def text(client: Client, path: str) -> str:
    content: str = client.get(path).content.decode()
    return content


PAGES = ["/my/", "/lots/{lot}/", "/lots/{lot}/register/", "/", "/rooms/"]
TIMELINES = ["/lots/{lot}/", "/staff/lots/{lot}/"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_counts_to_the_end_that_an_offer_moved(market: Market, lot: Lot, path: str) -> None:
    extend(market, lot)
    page = text(browser(market.alice), path.format(lot=lot.no))
    assert f'data-ends-at="{moved_end(market, lot)}"' in page
    assert f'data-ends-at="{iso_ms(lot.ends_at)}"' not in page


@pytest.mark.parametrize("path", PAGES)
def test_no_page_counts_while_the_room_is_paused(market: Market, lot: Lot, path: str) -> None:
    pause(market, lot)
    page = text(browser(market.alice), path.format(lot=lot.no))
    assert "data-ends-at" not in page
    assert "暂停" in page


def test_the_bidder_s_desk_leads_into_a_paused_room(market: Market, lot: Lot) -> None:
    pause(market, lot)
    page = text(browser(market.alice), "/my/")
    assert "竞价已暂停" in page
    assert f'href="/rooms/{lot.room_code}/"' in page


def test_a_room_that_has_closed_asks_for_nothing(market: Market, lot: Lot) -> None:
    """The lot hears of the close a moment later; the desk sends nobody into an ended room."""
    market.tick(lot, lot.ends_at)
    rows = browser(market.alice).get("/my/").context["rows"]
    assert [row.todo for row in rows] == [None]


@pytest.mark.parametrize("path", TIMELINES)
def test_the_timeline_tells_the_moved_end_and_that_it_moved(
    market: Market, lot: Lot, path: str
) -> None:
    extend(market, lot)
    page = text(browser(market.wang), path.format(lot=lot.no))
    assert "公告的截止时间已随竞价改变" in page


@pytest.mark.parametrize("path", TIMELINES)
def test_the_timeline_sets_no_end_while_paused(market: Market, lot: Lot, path: str) -> None:
    pause(market, lot)
    assert "恢复后另定截止时间" in text(browser(market.wang), path.format(lot=lot.no))


@pytest.mark.parametrize("path", TIMELINES)
def test_after_the_deal_the_timeline_keeps_the_end_that_passed(
    market: Market, lot: Lot, path: str
) -> None:
    """Nobody reads that an offer was taken after the end of the bidding."""
    extend(market, lot)
    ended_at = list_standings([lot.room_code], market.clock.now())[lot.room_code].ends_at
    assert ended_at is not None
    market.tick(lot, ended_at)
    plate = lot.registrations.get(organisation_id=market.alice.organisation_id).plate
    facts = {"lot_no": lot.no, "plate": plate, "price_fen": lot.start_fen, "ended_at": ended_at}
    assert awards.record_award(**facts, clock=market.clock)
    timeline = text(browser(market.wang), path.format(lot=lot.no)).partition('class="timeline"')[2]
    end = timeline.partition("竞价截止</p>")
    assert end[0].rpartition("datetime=")[2].startswith(f'"{iso_ms(ended_at)}"')
    assert end[2].startswith('<p class="timeline__text">公告的截止时间已随竞价改变')


def test_the_unit_s_own_rows_count_to_the_end_that_moved(market: Market, listed: Lot) -> None:
    halt(market, listed)
    page = text(browser(market.lan), "/my/")
    assert f'data-ends-at="{moved_end(market, listed)}"' in page
    assert f'data-ends-at="{iso_ms(listed.ends_at)}"' not in page


def test_the_unit_s_own_rows_count_nothing_while_paused(market: Market, listed: Lot) -> None:
    pause(market, listed)
    page = text(browser(market.lan), "/my/")
    assert "data-ends-at" not in page
    assert "竞价已暂停" in page
    assert f"/my/lots/{listed.no}/reserve/" in page


@pytest.mark.parametrize("move", [extend, pause])
def test_a_unit_that_sees_the_price_has_no_reserve_to_type(
    market: Market, lot: Lot, move: Any
) -> None:
    move(market, lot)
    page = text(browser(market.lan), "/my/")
    assert "录入时间已过，以起始价为底价" in page
    assert f"/my/lots/{lot.no}/reserve/" not in page
    client, path = browser(market.lan), f"/my/lots/{lot.no}/reserve/"
    assert "现在不能录入底价" in text(client, path)
    answer = client.post(path, {"reserve": "40", "again": "40", "is_sure": "on"})
    assert answer.status_code == 409
    assert "以起始价为底价" in answer.content.decode()


@pytest.mark.parametrize("move", [extend, pause])
def test_no_list_of_notices_calls_a_live_room_over(market: Market, lot: Lot, move: Any) -> None:
    move(market, lot)
    page = text(Client(), "/notices/")
    assert "已截止" not in page.partition('class="listing"')[2].partition("</ol>")[0]
    assert "竞价中" in page


def test_a_notice_speaks_of_its_own_instant_alone(market: Market, lot: Lot) -> None:
    extend(market, lot)
    page = text(Client(), f"/notices/{lot.notice_no}/")
    words = page.partition(f'data-ends-at="{iso_ms(lot.ends_at)}"')[2].partition(">")[0]
    assert "实际截止以竞价室为准" in words


def test_the_unit_may_type_its_reserve_until_the_moved_end(market: Market, listed: Lot) -> None:
    lot = listed
    pause(market, lot)
    typed = {"reserve": "40", "again": "40", "is_sure": "on"}
    client, path = browser(market.lan), f"/my/lots/{lot.no}/reserve/"
    assert "现在不能录入底价" not in text(client, path)
    assert client.post(path, typed).status_code == 302
