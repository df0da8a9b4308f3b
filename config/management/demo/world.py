"""Builders of the demo world: each step is the service that staff and bidders use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from accounts import selectors as accounts
from accounts import services
from accounts.rules.uscc import check_character, inner_character
from approvals.handlers import acceptance_order, grant_order
from approvals.services import decision, intake, items
from audit.relay import drain, run_once
from audit.selectors import EntryView, entries_after
from config.management.demo.diary import Diary, on_day
from config.management.demo.people import COMPANIES, PASSWORD, PEOPLE
from documents.services import Order, draw_up
from kernel.actors import SYSTEM, Actor
from kernel.clock import CHINA, FixedClock, iso_ms
from kernel.errors import Conflict
from kernel.money import format_yuan
from notices import services as notices
from trading.services import deposits, lots, projects, publication, qualification, registrations

if TYPE_CHECKING:
    from approvals.models import Case
    from trading.models import Lot, Project, Registration


PROJECT_ITEM = "SG-XK"
DAY = timedelta(days=1)
PUBLISH_TRIES = 20
LAND_FIELDS = {
    "assignor": "阳光市自然资源和规划局",
    "location": "城北新区，东至青年路，南至市民大道，西至规划支路，北至滨江路。",
    "space": "地表至地上建筑控制高度 60 米，地下至 −10 米",
    "area": "33,520.40 平方米",
    "land_use": "城镇住宅用地（兼容商业不超过 10%）",
    "term": "住宅 70 年，商业 40 年",
    "planning": "容积率不大于 2.0，建筑密度不大于 25%，绿地率不小于 30%，限高 60 米。",
    "land_state": "净地，通路、通水、通电，场地平整。",
    "qualification": "中华人民共和国境内外的法人、自然人和其他组织均可申请参加。",
    "documents": "公告期内在本平台下载出让文件，或到市民大道 8 号三楼窗口领取。",
    "listing_place": "阳光市公共资源交易平台网上竞价室",
    "winner_rule": "按照价高者得的原则确定竞得人；设有底价的，最高报价不低于底价。",
    "sign_place": "阳光市公共资源交易中心三楼签约室",
    "contact": "王敏",
    "contact_phone": "0838-2500001",
    "contact_address": "阳光市市民大道 8 号三楼",
}
ASSET_FIELDS = {
    "entrusting_unit": "阳光市机关事务管理局",
    "description": "以展示时的现状移交；权属清晰，无抵押、查封。",
    "display": "公告期内工作日 09:00—17:00，市民大道 12 号院内展示。",
    "qualification": "具有完全民事行为能力的自然人、法人和其他组织。",
    "winner_rule": "价高者得，最高报价不低于起始价即成交。",
    "sign_limit": "成交确认书签发后 5 个工作日内",
    "sign_place": "阳光市公共资源交易中心三楼签约室",
    "contact": "王敏",
    "contact_phone": "0838-2500001",
    "contact_address": "阳光市市民大道 8 号三楼",
}
REVERSE_FIELDS = {
    "purchaser": "阳光市机关事务管理局",
    "requirement": "办公用复印纸 A4 70g 共 6,000 箱，分三批送达指定地点。",
    "consortium": "不接受",
    "contract_period": "合同签订后 60 日内分批供货",
    "qualification": "具有独立承担民事责任的能力，近三年无重大违法记录。",
    "documents": "公告期内在本平台免费下载。",
    "winner_rule": "满足采购需求且报价最低者成交。",
    "sign_place": "阳光市公共资源交易中心三楼签约室",
    "contact": "王敏",
    "contact_phone": "0838-2500001",
    "contact_address": "阳光市市民大道 8 号三楼",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A sale to be made: figures in fen, instants absolute."""

    title: str
    category: str
    procedure: str
    preset: str
    unit_company: str
    start_fen: int
    step_fen: int
    deposit_fen: int
    notice_at: datetime
    opens_at: datetime
    ends_at: datetime
    fields: Mapping[str, str]
    unit: str = "wan"
    deposit_cutoff_at: datetime | None = None
    overrides: Mapping[str, int] | None = None
    has_reserve: bool = False


@lru_cache
def actor(username: str, origin: str = "demo") -> Actor:
    """The person as services see them; their streams say where they come from. Read once a sale."""
    found = accounts.actor_of_username(username)
    return Actor(found.id, found.user_id, found.roles, found.organisation_id, origin)


def publish_items(at: datetime) -> None:
    """The one item that the slice needs: approval of a government project."""
    entry = items.ItemEntry(
        code=PROJECT_ITEM,
        name="政府投资（资源出让）项目审批",
        organ="阳光市行政审批局",
        statutory_wd=20,
        committed_wd=7,
        materials=("项目申请报告", "资金（权属）落实证明", "集体决策会议纪要"),
        bases=("《中华人民共和国行政许可法》第三十二条、第四十二条", "《政府投资条例》第九条"),
        fee_note="不收费",
        window="综合受理 3 号窗口",
        enquiry="0838-2500100，市民大道 8 号一楼",
        is_project_approval=True,
    )
    items.publish_item(entry=entry, actor=actor("admin"), clock=FixedClock(at))


def file_case(
    project: Project, clock: FixedClock, *, handed_in: Sequence[str] | None = None
) -> Case:
    """The unit applies for its project at the window."""
    item = intake.latest_item(PROJECT_ITEM)
    application = intake.Application(
        item_code=PROJECT_ITEM,
        organisation_code=project.unit.code,
        contact="石磊",
        phone="13800001234",
        handed_in=item.materials if handed_in is None else handed_in,
        project_no=project.no,
        project_name=project.name,
    )
    return intake.receive_case(application=application, actor=actor("window"), clock=clock)


def accept(case: Case, clock: FixedClock) -> None:
    """Accepts at the window. Where a timekeeper runs already, it may come first and, the case's
    days being long past by its own clock, accept it by law: accepted it is either way."""
    try:
        intake.accept_case(no=case.no, handed_in=(), actor=actor("window"), clock=clock)
    except Conflict:
        case.refresh_from_db()
        if not case.is_deemed:
            raise


def grant_case(case: Case, clock: FixedClock) -> Case:
    """Accepted, reviewed, proposed by one, granted by another, a working day apart."""
    no = case.no
    start_case(case, clock)
    clock.advance(timedelta(hours=5))
    decision.propose_decision(
        no=no,
        proposal="grant",
        opinion="材料齐全，符合规划和集体决策程序，拟准予。",
        actor=actor("reviewer1"),
        clock=clock,
    )
    next_morning(clock)
    granted = decision.decide_case(
        no=no, decision="grant", reason="", actor=actor("chief"), clock=clock
    )
    draw(grant_order(entry_of(f"case/{no}", "approvals.case_decided")), clock)
    return granted


def next_morning(clock: FixedClock) -> None:
    """Half past nine of the next working day."""
    clock.set(on_day(Diary.of(clock.now()).after(1), 9, 30))


def entry_of(stream: str, kind: str) -> EntryView:
    """The first entry of that kind."""
    return next(item for item in entries_after(stream, 0) if item.kind == kind)


def draw(order: Order, clock: FixedClock) -> None:
    """Draws the paper up on its own day; the relay signs these words while the centre is open."""
    draw_up(order=order, actor=SYSTEM, clock=clock)


def register_project(plan: Plan, clock: FixedClock) -> Project:
    entry = projects.ProjectEntry(
        name=plan.title,
        category=plan.category,
        unit_code=accounts.find_by_name(plan.unit_company).code,
        funds_note="权属清晰，处置（出让、采购）方案已经集体决策。",
    )
    return projects.register_project(entry=entry, actor=actor("clerk1"), clock=clock)


def publish(plan: Plan) -> Lot:
    """The whole way from the project to its published notice, ending at `notice_at`."""
    actor.cache_clear()
    diary = Diary.of(plan.notice_at)
    clock = FixedClock(on_day(diary.before(5), 9, 20))
    project = register_project(plan, clock)
    clock.advance(timedelta(minutes=20))
    case = file_case(project, clock)
    clock.advance(timedelta(minutes=40))
    grant_case(case, clock)
    clock.set(on_day(diary.before(1), 10))
    lot = draft(plan, project, clock)
    review_notice(lot.notice_no, clock, plan.notice_at)
    clock.set(plan.notice_at)
    return published(lot, plan, clock)


def review_notice(no: str, clock: FixedClock, publish_at: datetime | None = None) -> None:
    """One submits, another reads and approves; dates of a year whose calendar is still to come
    are confirmed."""
    clock.advance(timedelta(minutes=30))
    notices.submit_notice(no=no, actor=actor("clerk1"), clock=clock)
    clock.advance(timedelta(minutes=20))
    notices.approve_notice(
        no=no,
        actor=actor("clerk2"),
        clock=clock,
        publish_at=publish_at,
        confirms_provisional=True,
    )


def published(lot: Lot, plan: Plan, clock: FixedClock) -> Lot:
    """Publishes at the plan's own instant. Where a timekeeper runs already, it may come first and,
    by its own clock, find the plan's past unlawful: the lot is a draft still, so we ask again."""
    for _try in range(PUBLISH_TRIES):
        schedule(lot, plan)
        try:
            found = publication.publish_lot(lot_no=lot.no, actor=SYSTEM, clock=clock)
        except Conflict:
            lot.refresh_from_db()
            if lot.published_at is not None:
                return lot
            continue
        if found.blocked:
            raise RuntimeError(f"the demo plan breaks a rule: {found.blocked}")
        return found
    raise RuntimeError("the timekeeper was faster every time")


def schedule(lot: Lot, plan: Plan) -> None:
    publication.schedule_publication(
        lot_no=lot.no,
        notice_no=lot.notice_no,
        publish_at=iso_ms(plan.notice_at),
        actor=SYSTEM,
    )


def draft(plan: Plan, project: Project, clock: FixedClock) -> Lot:
    entry = lots.LotEntry(
        title=plan.title,
        procedure=plan.procedure,
        preset=plan.preset,
        start_fen=plan.start_fen,
        step_fen=plan.step_fen,
        deposit_fen=plan.deposit_fen,
        opens_at=plan.opens_at,
        ends_at=plan.ends_at,
        deposit_cutoff_at=plan.deposit_cutoff_at or plan.ends_at,
        has_reserve=plan.has_reserve,
        unit=plan.unit,
        overrides=plan.overrides,
    )
    return lots.draft_lot(
        project_no=project.no, entry=entry, fields=plan.fields, actor=actor("clerk1"), clock=clock
    )


def pay_in(lot: Lot, usernames: Sequence[str], at: datetime) -> list[Registration]:
    """Bidders register, their banks pay, finance imports the file, plates are given."""
    clock = FixedClock(at)
    found = []
    lines = ["booked_at,amount,currency,payer_name,payer_account,payee_account,reference"]
    for index, username in enumerate(usernames):
        entry = registrations.RegistrationEntry("联系人", "13800005678", has_agreed=True)
        made = registrations.register(
            lot_no=lot.no, entry=entry, actor=actor(username), clock=clock
        )
        found.append(made)
        booked = at.astimezone(CHINA).isoformat(timespec="seconds")
        amount = format_yuan(lot.deposit_fen).replace(",", "")
        lines.append(
            f"{booked},{amount},CNY,{made.organisation_name},"
            f"5100{made.organisation_id:08d},{made.deposit.account_no},{lot.no}-{index:03d}"
        )
    clock.advance(timedelta(minutes=10))
    content = "\n".join(lines).encode()
    deposits.import_bank(name=f"{lot.no}.csv", content=content, actor=actor("finance"), clock=clock)
    for registration in found:
        registration.refresh_from_db()
        draw(qualification.qualification_order(registration.no), clock)
    return found


def pass_cutoff(lot: Lot, paid: Sequence[Registration]) -> None:
    """The deposit cut-off passes: what was paid is locked."""
    for registration in paid:
        deposits.settle_cutoff(pk=registration.deposit.pk, clock=FixedClock(lot.deposit_cutoff_at))


def settle() -> None:
    """Lets every waiting handler run: papers are drawn, awards recorded."""
    drain()


def settle_fast() -> None:
    """Lets the fast handlers run: awards are recorded, notices drafted. Papers take their time
    and are drawn by the relay while the centre is open already."""
    while run_once(slow=False):
        pass


def start_case(case: Case, clock: FixedClock) -> None:
    """Accepted and in review the next working day: its clock runs."""
    accept(case, clock)
    case.refresh_from_db()
    if not case.is_deemed:
        draw(acceptance_order(entry_of(f"case/{case.no}", "approvals.case_accepted")), clock)
    next_morning(clock)
    decision.start_review(no=case.no, actor=actor("reviewer1"), clock=clock)


def settle_people(at: datetime) -> None:
    """Organisations, people and roles; does nothing where they exist."""
    clock = FixedClock(at)
    system = Actor(SYSTEM.id, origin="demo")
    known = {item.name: item for item in accounts.list_organisations()}
    made = {}
    for company in COMPANIES:
        made[company.key] = known.get(company.name) or services.register_organisation(
            code=code_of(company.body),
            name=company.name,
            address=company.address,
            actor=system,
            clock=clock,
        )
    for person in PEOPLE:
        services.ensure_person(
            username=person.username,
            name=person.name,
            password=PASSWORD,
            organisation=made[person.company],
            roles=person.roles,
            actor=system,
            clock=clock,
        )


def code_of(body: str) -> str:
    """A lawful credit code: the inner and the outer check digit added to sixteen characters."""
    first = body + inner_character(body[8:16])
    return first + check_character(first)
