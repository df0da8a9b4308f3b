"""The demo's sales: one announced, one about to go live, one in listing, two finished, one that may
not be published yet."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bidding.rules import commands as c
from bidding.sequencer.batches import commit, settle_alone
from bidding.sequencer.books import Act
from config.management.demo import world
from config.management.demo.diary import Diary, on_day
from config.management.demo.world import DAY, Plan
from kernel.actors import SYSTEM
from kernel.clock import CHINA, FixedClock
from kernel.errors import Conflict
from kernel.workdays import ONE, days_between
from notices import services as notices
from trading import handlers
from trading.selectors import list_public_lots
from trading.services import awards, publication

if TYPE_CHECKING:
    from trading.models import Lot, Project


WAN = 1_000_000
BIDDERS = ("bidA", "bidB", "bidC", "bidD")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Listing:
    """The land listing's stages in seconds and its prices in 万元, each overridable."""

    free_s: int = 45
    inquiry_s: int = 15
    limited_s: int = 20
    start_wan: int = 8_000
    step_wan: int = 20


def land_plan(title: str, now: datetime, *, stages: Listing, opened: timedelta) -> Plan:
    """A land listing whose notice and listing periods were lawful."""
    ends_at = now + timedelta(seconds=stages.free_s + stages.inquiry_s)
    return Plan(
        title=title,
        category="03",
        procedure="listing",
        preset="TC",
        unit_company="阳光市自然资源和规划局",
        start_fen=stages.start_wan * WAN,
        step_fen=stages.step_wan * WAN,
        deposit_fen=stages.start_wan * WAN // 5,
        notice_at=now - opened - 21 * DAY,
        opens_at=now - opened,
        ends_at=ends_at,
        deposit_cutoff_at=ends_at,
        fields=world.LAND_FIELDS,
        overrides={"inquiry_s": stages.inquiry_s, "countdown_s": stages.limited_s},
    )


def eve_of(opens_at: datetime) -> datetime:
    """Five in the afternoon of the working day before."""
    return on_day(Diary.of(opens_at).before(1), 17)


def asset_plan(
    title: str, *, notice_at: datetime, opens_at: datetime, lasts: timedelta, soft_s: int = 120
) -> Plan:
    """Deposits close in the afternoon before the bidding."""
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
        deposit_cutoff_at=eve_of(opens_at),
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
        deposit_cutoff_at=eve_of(opens_at),
        fields=world.REVERSE_FIELDS,
        unit="yuan",
    )


Offers = Iterable[tuple[timedelta, int, int]]
"""When after the opening, which of the bidders, how many fen."""


def run_past(lot: Lot, plates: Sequence[str], offers: Offers, closes_at: datetime) -> None:
    """Plays a sale that lies in the past, through the very sequencer of live rooms."""
    open_past(lot)
    clock = FixedClock(lot.opens_at)
    for after, index, fen in offers:
        clock.set(lot.opens_at + after)
        place(lot, plates[index], fen, clock)
    clock.set(closes_at)
    settle_alone(lot.room_code, Act(c.Tick()), clock)


def open_past(lot: Lot) -> None:
    """Opens the room at its announced time."""
    clock = FixedClock(lot.opens_at)
    settle_alone(lot.room_code, Act(c.Tick()), clock)
    awards.note_opening(lot_no=lot.no, clock=clock)


def place(lot: Lot, plate: str, fen: int, clock: FixedClock) -> None:
    commit([(lot.room_code, Act(c.Offer(plate, fen), str(uuid.uuid4())))], clock)


def seat(lot: Lot, usernames: Sequence[str], at: datetime) -> list[str]:
    """Bidders register and pay; the cut-off, if it has passed, locks what they paid."""
    paid = world.pay_in(lot, usernames, at)
    world.pass_cutoff(lot, paid)
    return [item.plate for item in paid]


def award_past(lot: Lot) -> None:
    """The award of a past sale on its own day: recorded at the hammer, confirmed in the afternoon,
    its result published the next working morning. The relay signs the paper, which takes time,
    while the centre is open."""
    hammered = world.entry_of(f"room/{lot.room_code}", "hammered")
    ended_at = handlers.ended_at(hammered)
    award = awards.record_award(
        lot_no=lot.no,
        plate=handlers.word(hammered, "plate"),
        price_fen=int(handlers.word(hammered, "price_fen")),
        ended_at=ended_at,
        clock=FixedClock(hammered.at),
    )
    on = Diary.of(ended_at)
    clock = FixedClock(on_day(on.today, 14, 30))
    world.draw(awards.confirmation_order(lot.no, on.today), clock)
    awards.note_confirmation(lot_no=lot.no, code="", clock=clock)
    clock.set(on_day(on.after(1), 9))
    no = award.result_notice_no
    world.review_notice(no, clock)
    clock.advance(10 * MINUTE)
    notices.publish_due_notice(no=no, actor=world.actor("clerk2"), clock=clock)
    awards.disclose_award(lot_no=lot.no, notice_no=no, clock=clock)


def finished_asset(now: datetime) -> Lot:
    """Sold two working days ago, with its papers."""
    diary = Diary.of(now)
    opens_on = diary.before(2)
    plan = asset_plan(
        "报废公务用车 4 辆",
        notice_at=on_day(diary.notice_day(opens_on), 9, 30),
        opens_at=on_day(opens_on, 10),
        lasts=30 * MINUTE,
    )
    lot = world.publish(plan)
    plates = seat(lot, BIDDERS[:3], on_day(diary.before(2, opens_on), 10, 30))
    start = lot.start_fen
    steps = (0, 1, 2, 4, 5, 8, 9, 12)
    offers = [
        (timedelta(minutes=3 * n + 1), n % 3, start + step * lot.step_fen)
        for n, step in enumerate(steps)
    ]
    run_past(lot, plates, offers, lot.opens_at + 40 * MINUTE)
    return lot


def finished_reverse(now: datetime) -> Lot:
    """A small purchase with its saving, four working days ago."""
    diary = Diary.of(now)
    opens_on = diary.before(4)
    plan = reverse_plan(
        "办公用复印纸（6,000 箱）",
        notice_at=on_day(diary.notice_day(opens_on), 9, 30),
        opens_at=on_day(opens_on, 10),
        lasts=20 * MINUTE,
    )
    lot = world.publish(plan)
    plates = seat(lot, BIDDERS[:3], on_day(diary.before(2, opens_on), 10, 30))
    steps = (1, 2, 4, 6, 7, 9)
    offers = [
        (timedelta(minutes=2 * n + 1), n % 3, lot.start_fen - step * lot.step_fen)
        for n, step in enumerate(steps)
    ]
    run_past(lot, plates, offers, lot.opens_at + 25 * MINUTE)
    return lot


LIVE_TITLE = "市民大道 12 号临街铺面（5 年租赁权）"
LIVE_NOTE = "本场为演示竞价，随演示启动即时开始，不受工作日和办公时间限制。"


def latest_live() -> Lot | None:
    """The last of the demo's live sales, over or not."""
    return list_public_lots().filter(title=LIVE_TITLE).order_by("-pk").first()


def live_asset(now: datetime) -> Lot:
    """Opens within a minute, whatever the hour, and its notice says so; simulated bidders and
    everybody else may bid."""
    diary = Diary.of(now)
    plan = asset_plan(
        LIVE_TITLE,
        notice_at=on_day(diary.notice_day(diary.today), 9, 30),
        opens_at=now + timedelta(seconds=45),
        lasts=12 * MINUTE,
    )
    description = f"{LIVE_NOTE}{plan.fields['description']}"
    lot = world.publish(replace(plan, fields={**plan.fields, "description": description}))
    seat(lot, BIDDERS, on_day(diary.before(2), 10, 30))
    return lot


LISTED = timedelta(days=13)
ANNOUNCED = timedelta(days=21)


def listing_land(now: datetime) -> Lot:
    """In free quoting since a fortnight; its limited bidding begins in about half an hour, or when
    the office opens again. The land bureau may type its reserve until then."""
    diary = Diary.of(now)
    stages = Listing(free_s=1500, inquiry_s=300, limited_s=240)
    ends_at = diary.soon(timedelta(seconds=stages.free_s + stages.inquiry_s))
    ends_on = ends_at.astimezone(CHINA).date()
    opens_on = diary.workday(ends_on - LISTED)
    plan = replace(
        land_plan("城北新区 2026-07 号地块", now, stages=stages, opened=LISTED),
        notice_at=on_day(diary.workday(opens_on - ANNOUNCED), 9, 30),
        opens_at=on_day(opens_on, 9),
        ends_at=ends_at,
        deposit_cutoff_at=on_day(diary.work.before(ends_on, 3), 17),
        has_reserve=True,
    )
    lot = world.publish(plan)
    plates = seat(lot, BIDDERS, on_day(diary.before(2, opens_on), 10, 30))
    open_past(lot)
    times = quote_times(diary, opens_on)
    for place_in_row, (index, step) in enumerate(((0, 0), (1, 2), (2, 5), (0, 8))):
        at = times[place_in_row * len(times) // 4]
        place(lot, plates[index], lot.start_fen + step * lot.step_fen, FixedClock(at))
    return lot


def quote_times(diary: Diary, opens_on: date) -> list[datetime]:
    """Two instants of every working day of the listing before today."""
    days = [on for on in days_between(opens_on, diary.today - ONE) if diary.work.is_workday(on)]
    return [on_day(on, *hour) for on in (opens_on, *days) for hour in ((10, 20), (15, 10))]


def announced(now: datetime) -> Lot:
    """Today's notice, open for registration; its unit has yet to type the reserve."""
    diary = Diary.of(now)
    notice_at = diary.scheduled_today()
    plan = asset_plan(
        "北山收储地块清表砂石料（约 1.2 万立方米）",
        notice_at=notice_at,
        opens_at=ten_days_on(diary, notice_at),
        lasts=60 * MINUTE,
    )
    return world.publish(
        replace(
            plan,
            category="90",
            unit_company=world.LAND_FIELDS["assignor"],
            fields={
                **plan.fields,
                "entrusting_unit": world.LAND_FIELDS["assignor"],
                "description": "收储地块清表所得砂石料，就地堆放，由买受人自行装运。",
                "display": "公告期内工作日 09:00—17:00，北山收储地块现场展示。",
                "winner_rule": "价高者得，最高报价不低于底价即成交。",
            },
            has_reserve=True,
        )
    )


def ten_days_on(diary: Diary, since: datetime) -> datetime:
    on = since.astimezone(CHINA).date() + timedelta(days=9)
    return on_day(diary.work.roll(on), 10)


def cases_on_their_clock(now: datetime) -> None:
    """One case in review, whose sale was to be published and may not; one waiting for papers."""
    diary = Diary.of(now)
    notice_at = diary.last(9)
    opens_at = ten_days_on(diary, now)  # so that, once granted, it may still be published
    plan = asset_plan(
        "老年活动中心一层房屋（3 年租赁权）",
        notice_at=notice_at,
        opens_at=opens_at,
        lasts=30 * MINUTE,
    )
    clock = FixedClock(on_day(diary.before(5), 9, 20))
    project = world.register_project(plan, clock)
    clock.advance(20 * MINUTE)
    case = world.file_case(project, clock)
    clock.advance(40 * MINUTE)
    world.start_case(case, clock)
    blocked(plan, project, FixedClock(on_day(diary.before(2), 10)))
    later = FixedClock(on_day(diary.before(1), 15))
    second = world.register_project(replace(plan, title="滨江路旧路灯杆处置"), later)
    later.advance(20 * MINUTE)
    world.file_case(second, later, handed_in=("项目申请报告",))


def blocked(plan: Plan, project: Project, clock: FixedClock) -> None:
    """Drafted and approved while the case is in review: at its instant the lot is not published,
    and the record says why."""
    lot = world.draft(plan, project, clock)
    world.review_notice(lot.notice_no, clock, plan.notice_at)
    world.settle_fast()
    try:
        publication.publish_lot(lot_no=lot.no, actor=SYSTEM, clock=FixedClock(plan.notice_at))
    except Conflict:  # a timekeeper that runs already was first
        pass


def living_centre(now: datetime) -> None:
    """The whole demo but its live sale."""
    award_past(finished_reverse(now))
    award_past(finished_asset(now))
    listing_land(now)
    cases_on_their_clock(now)
    announced(now)
    world.settle_fast()
