"""The demo's sales: one on sale today, one about to go live, one in listing, two finished."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bidding.rules import commands as c
from bidding.sequencer.batches import commit, settle_alone
from bidding.sequencer.books import Act
from config.management.demo import world
from config.management.demo.world import DAY, Plan
from kernel.clock import FixedClock
from notices import services as notices
from trading.selectors import list_public_lots

if TYPE_CHECKING:
    from trading.models import Lot


WAN = 1_000_000
BIDDERS = ("bidA", "bidB", "bidC", "bidD")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Listing:
    """The land listing's stages in seconds, each overridable."""

    free_s: int = 45
    inquiry_s: int = 15
    limited_s: int = 20


def land_plan(title: str, now: datetime, *, stages: Listing, opened: timedelta) -> Plan:
    """A land listing whose notice and listing periods were lawful."""
    ends_at = now + timedelta(seconds=stages.free_s + stages.inquiry_s)
    return Plan(
        title=title,
        category="03",
        procedure="listing",
        preset="TC",
        unit_company="阳光市自然资源和规划局",
        start_fen=8_000 * WAN,
        step_fen=20 * WAN,
        deposit_fen=1_600 * WAN,
        notice_at=now - opened - 21 * DAY,
        opens_at=now - opened,
        ends_at=ends_at,
        deposit_cutoff_at=ends_at,
        fields=world.LAND_FIELDS,
        overrides={"inquiry_s": stages.inquiry_s, "countdown_s": stages.limited_s},
    )


def asset_plan(
    title: str, *, notice_at: datetime, opens_at: datetime, lasts: timedelta, soft_s: int = 120
) -> Plan:
    return Plan(
        title=title,
        category="05",
        procedure="auction",
        preset="ASC",
        unit_company="阳光市机关事务管理局",
        start_fen=36 * WAN,
        step_fen=WAN // 2,
        deposit_fen=4 * WAN,
        notice_at=notice_at,
        opens_at=opens_at,
        ends_at=opens_at + lasts,
        deposit_cutoff_at=opens_at + lasts,
        fields=world.ASSET_FIELDS,
        unit="yuan",
        overrides={"soft_close_s": soft_s},
    )


def reverse_plan(title: str, *, notice_at: datetime, opens_at: datetime, lasts: timedelta) -> Plan:
    return Plan(
        title=title,
        category="02",
        procedure="reverse",
        preset="REV",
        unit_company="阳光市机关事务管理局",
        start_fen=48 * WAN,
        step_fen=WAN // 2,
        deposit_fen=WAN // 2,
        notice_at=notice_at,
        opens_at=opens_at,
        ends_at=opens_at + lasts,
        deposit_cutoff_at=opens_at + lasts,
        fields=world.REVERSE_FIELDS,
        unit="yuan",
    )


Offers = Iterable[tuple[timedelta, int, int]]
"""When after the opening, which of the bidders, how many fen."""


def run_past(lot: Lot, plates: Sequence[str], offers: Offers, closes_at: datetime) -> None:
    """Plays a sale that lies in the past, through the very sequencer of live rooms."""
    clock = FixedClock(lot.opens_at)
    settle_alone(lot.room_code, Act(c.Tick()), clock)
    for after, index, fen in offers:
        clock.set(lot.opens_at + after)
        token = str(uuid.uuid4())
        commit([(lot.room_code, Act(c.Offer(plates[index], fen), token))], clock)
    clock.set(closes_at)
    settle_alone(lot.room_code, Act(c.Tick()), clock)


def plates_of(lot: Lot, usernames: Sequence[str], at: datetime) -> list[str]:
    return [item.plate for item in world.pay_in(lot, usernames, at)]


def finished_asset(now: datetime) -> Lot:
    """Sold a fortnight ago, with its papers."""
    opens_at = now - 12 * DAY
    plan = asset_plan(
        "报废公务用车 4 辆", notice_at=now - 21 * DAY, opens_at=opens_at, lasts=30 * MINUTE
    )
    lot = world.publish(plan)
    plates = plates_of(lot, BIDDERS[:3], now - 15 * DAY)
    start = lot.start_fen
    steps = (0, 1, 2, 4, 5, 8, 9, 12)
    offers = [
        (timedelta(minutes=3 * n + 1), n % 3, start + step * lot.step_fen)
        for n, step in enumerate(steps)
    ]
    run_past(lot, plates, offers, opens_at + 40 * MINUTE)
    return lot


def finished_reverse(now: datetime) -> Lot:
    """A small purchase with its saving."""
    opens_at = now - 6 * DAY
    plan = reverse_plan(
        "办公用复印纸（6,000 箱）", notice_at=now - 13 * DAY, opens_at=opens_at, lasts=20 * MINUTE
    )
    lot = world.publish(plan)
    plates = plates_of(lot, BIDDERS[:3], now - 8 * DAY)
    steps = (1, 2, 4, 6, 7, 9)
    offers = [
        (timedelta(minutes=2 * n + 1), n % 3, lot.start_fen - step * lot.step_fen)
        for n, step in enumerate(steps)
    ]
    run_past(lot, plates, offers, opens_at + 25 * MINUTE)
    return lot


LIVE_TITLE = "市民大道 12 号临街铺面（5 年租赁权）"


def latest_live() -> Lot | None:
    """The last of the demo's live sales, over or not."""
    return list_public_lots().filter(title=LIVE_TITLE).order_by("-pk").first()


def live_asset(now: datetime) -> Lot:
    """Opens within a minute; simulated bidders and everybody else may bid."""
    opens_at = now + timedelta(seconds=45)
    plan = asset_plan(
        LIVE_TITLE,
        notice_at=now - 9 * DAY,
        opens_at=opens_at,
        lasts=12 * MINUTE,
    )
    lot = world.publish(plan)
    world.pay_in(lot, BIDDERS, now - 3 * DAY)
    return lot


def listing_land(now: datetime) -> Lot:
    """In free quoting since eleven days, its limited bidding begins in about half an hour."""
    stages = Listing(free_s=1500, inquiry_s=300, limited_s=240)
    plan = land_plan("城北新区 2026-07 号地块", now, stages=stages, opened=11 * DAY)
    lot = world.publish(plan)
    clock = FixedClock(lot.opens_at)
    settle_alone(lot.room_code, Act(c.Tick()), clock)
    plates = plates_of(lot, BIDDERS, now - 5 * DAY)
    for days, index, step in ((7, 0, 0), (8, 1, 2), (9, 2, 5), (10, 0, 8)):
        clock.set(lot.opens_at + days * DAY)
        fen = lot.start_fen + step * lot.step_fen
        act = Act(c.Offer(plates[index], fen), str(uuid.uuid4()))
        commit([(lot.room_code, act)], clock)
    return lot


def published_today(now: datetime) -> Lot:
    """A notice of this morning, open for registration."""
    plan = asset_plan(
        "闲置办公设备一批",
        notice_at=now - timedelta(minutes=50),
        opens_at=now + 9 * DAY,
        lasts=60 * MINUTE,
    )
    return world.publish(plan)


def publish_result(lot: Lot, at: datetime) -> None:
    """The clerk submits, the reviewer approves: the result notice appears."""
    lot.refresh_from_db()
    no = lot.award.result_notice_no
    clock = FixedClock(at)
    notices.submit_notice(no=no, actor=world.actor("clerk1"), clock=clock)
    notices.approve_notice(no=no, actor=world.actor("clerk2"), clock=clock)
    notices.publish_due_notice(no=no, actor=world.actor("clerk2"), clock=clock)


def cases_on_their_clock(now: datetime) -> None:
    """One case in review, one waiting for its papers."""
    plan = asset_plan("老年活动中心改造", notice_at=now, opens_at=now + 9 * DAY, lasts=MINUTE)
    clock = FixedClock(now - 5 * DAY)
    project = world.register_project(plan, clock)
    case = world.file_case(project, clock)
    world.start_case(case, clock)
    later = FixedClock(now - timedelta(hours=20))
    second = world.register_project(
        asset_plan("滨江路路灯更新", notice_at=now, opens_at=now + 9 * DAY, lasts=MINUTE), later
    )
    world.file_case(second, later, handed_in=("项目申请报告",))
