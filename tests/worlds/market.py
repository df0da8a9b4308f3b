"""A trading centre for tests: its people, a project with its approval, lots brought to a state.

Everything is made through the services; the clock stands until a test moves it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import Organisation
from approvals.models import Case
from approvals.services import decision, intake
from bidding.rules import commands as c
from bidding.sequencer.batches import commit, settle_alone
from bidding.sequencer.books import Act
from kernel.actors import SYSTEM, Actor, Role
from kernel.clock import CHINA, FixedClock, iso_ms
from kernel.money import format_yuan
from notices import services as notices
from notices.models import Notice
from notices.rules.kinds import KINDS
from tests.worlds.city import organisation, person, publish_item
from trading.models import Deposit, Lot, Project, Registration
from trading.rules.procedures import PROCEDURES
from trading.services import awards, deposits, lots, projects, publication, registrations

WAN = 1_000_000
DAY = timedelta(days=1)
HEADER = "booked_at,amount,currency,payer_name,payer_account,payee_account,reference"


def beijing(text: str) -> datetime:
    """`2026-03-20 09:00` in Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(UTC)


@dataclass
class Plan:
    """A lot to be made. The usual one is S3's land listing."""

    title: str = "城北新区 2026-07 号地块"
    category: str = "03"
    procedure: str = "listing"
    preset: str = "TC"
    start_fen: int = 12_000 * WAN
    step_fen: int = 200 * WAN
    deposit_fen: int = 2_400 * WAN
    notice_at: datetime = field(default_factory=lambda: beijing("2026-03-20 09:00"))
    opens_at: datetime = field(default_factory=lambda: beijing("2026-04-10 10:00"))
    ends_at: datetime = field(default_factory=lambda: beijing("2026-04-21 10:00"))
    cutoff_at: datetime = field(default_factory=lambda: beijing("2026-04-16 16:00"))
    has_reserve: bool = False
    texts: dict[str, str] = field(default_factory=dict)


def auction(**changes: Any) -> Plan:
    """The asset auction: ascending, soft close."""
    usual: dict[str, Any] = {
        "title": "报废公务用车 4 辆",
        "category": "05",
        "procedure": "auction",
        "preset": "ASC",
        "start_fen": 36 * WAN,
        "step_fen": WAN // 2,
        "deposit_fen": 4 * WAN,
        "notice_at": beijing("2026-03-20 09:00"),
        "opens_at": beijing("2026-03-30 10:00"),
        "ends_at": beijing("2026-03-30 11:00"),
        "cutoff_at": beijing("2026-03-28 16:00"),
    }
    return Plan(**(usual | changes))


def reverse(**changes: Any) -> Plan:
    """The small purchase: quotes fall from the ceiling."""
    usual = {
        "title": "办公用纸定点采购",
        "category": "02",
        "procedure": "reverse",
        "preset": "REV",
        "start_fen": 48 * WAN,
        "deposit_fen": WAN // 2,
    }
    return auction(**(usual | changes))


class Market:
    """Wang drafts, Li reviews, Gao keeps the money, Sun watches; Alice, Bob and Carol bid. Lan
    belongs to the unit that sells."""

    def __init__(self) -> None:
        self.clock = FixedClock(beijing("2026-03-02 09:00"))
        centre = organisation("公共资源交易中心", 9001)
        office = organisation("行政审批局", 9002)
        self.unit = organisation("自然资源和规划局", 9003)
        self.wang = person("wang", centre, Role.NOTICE_CLERK)
        self.li = person("li", centre, Role.NOTICE_REVIEWER)
        self.gao = person("gao", centre, Role.FINANCE)
        self.sun = person("sun", centre, Role.SUPERVISOR)
        self.wen = person("wen", office, Role.WINDOW_CLERK)
        self.rui = person("rui", office, Role.DEPARTMENT_REVIEWER)
        self.chen = person("chen", office, Role.SECTION_CHIEF)
        self.lan = person("lan", self.unit, Role.BIDDER)
        self.alice = self.bidder("alice", "蓉城置业有限公司", 1)
        self.bob = self.bidder("bob", "锦江城建有限公司", 2)
        self.carol = self.bidder("carol", "岷江实业有限公司", 3)
        publish_item()
        self.references = 0

    def bidder(self, username: str, company: str, number: int) -> Actor:
        return person(username, organisation(company, number), Role.BIDDER)

    # ── the way to the notice ─────────────────────────────────────────────────────────────────

    def entry(self, category: str = "03", **changes: Any) -> projects.ProjectEntry:
        usual = {
            "name": "城北新区土地出让",
            "category": category,
            "unit_code": self.unit.code,
            "funds_note": "权属清晰，方案已经集体决策。",
        }
        return projects.ProjectEntry(**(usual | changes))

    def project(self, category: str = "03", **changes: Any) -> Project:
        entry = self.entry(category, **changes)
        return projects.register_project(entry=entry, actor=self.wang, clock=self.clock)

    def grant(self, project: Project) -> None:
        """The approval centre grants the project's case."""
        self.decide(self.receive(project), "grant")

    def receive(self, project: Project) -> Case:
        """The window receives the unit's application for its project."""
        application = intake.Application(
            item_code="SG-XK",
            organisation_code=self.unit.code,
            contact="石磊",
            phone="13800001234",
            handed_in=("申请报告", "资金证明"),
            project_no=project.no,
        )
        return intake.receive_case(application=application, actor=self.wen, clock=self.clock)

    def decide(self, case: Case, choice: str) -> Case:
        """The department and its chief answer the application."""
        intake.accept_case(no=case.no, handed_in=(), actor=self.wen, clock=self.clock)
        decision.start_review(no=case.no, actor=self.rui, clock=self.clock)
        decision.propose_decision(
            no=case.no, proposal=choice, opinion="写明意见。", actor=self.rui, clock=self.clock
        )
        is_denial = choice == "deny"
        return decision.decide_case(
            no=case.no,
            decision=choice,
            reason="不符合规划。" if is_denial else "",
            remedies="可以申请行政复议。" if is_denial else "",
            actor=self.chen,
            clock=self.clock,
        )

    def approved_project(self, category: str = "03") -> Project:
        project = self.project(category)
        self.grant(project)
        return project

    def lot_entry(self, plan: Plan, **changes: Any) -> lots.LotEntry:
        values: dict[str, Any] = {
            "title": plan.title,
            "procedure": plan.procedure,
            "preset": plan.preset,
            "start_fen": plan.start_fen,
            "step_fen": plan.step_fen,
            "deposit_fen": plan.deposit_fen,
            "opens_at": plan.opens_at,
            "ends_at": plan.ends_at,
            "deposit_cutoff_at": plan.cutoff_at,
            "has_reserve": plan.has_reserve,
        }
        return lots.LotEntry(**(values | changes))

    def draft(self, plan: Plan | None = None, project: Project | None = None) -> Lot:
        plan = plan or Plan()
        return lots.draft_lot(
            project_no=(project or self.approved_project(plan.category)).no,
            entry=self.lot_entry(plan),
            fields={**notice_texts(plan.procedure), **plan.texts},
            actor=self.wang,
            clock=self.clock,
        )

    def approve(self, lot: Lot, publish_at: datetime) -> Lot:
        """Submitted by one, approved by another: due for publication."""
        no = lot.notice_no
        notices.submit_notice(no=no, actor=self.wang, clock=self.clock)
        notices.approve_notice(no=no, actor=self.li, clock=self.clock, publish_at=publish_at)
        return publication.schedule_publication(
            lot_no=lot.no, notice_no=no, publish_at=iso_ms(publish_at), actor=SYSTEM
        )

    def publish(self, lot: Lot) -> Lot:
        return publication.publish_lot(lot_no=lot.no, actor=SYSTEM, clock=self.clock)

    def published(self, plan: Plan | None = None) -> Lot:
        """A lot whose notice is out, the clock at that instant."""
        plan = plan or Plan()
        lot = self.draft(plan)
        self.approve(lot, plan.notice_at)
        self.clock.set(plan.notice_at)
        lot = self.publish(lot)
        assert lot.blocked == []
        return lot

    # ── bidders and their money ───────────────────────────────────────────────────────────────

    def register(self, lot: Lot, actor: Actor) -> Registration:
        entry = registrations.RegistrationEntry("陈安", "13800005678", has_agreed=True)
        return registrations.register(lot_no=lot.no, entry=entry, actor=actor, clock=self.clock)

    def row(self, item: Registration, **changes: Any) -> str:
        """One line of a bank file: the whole deposit, booked now, by the bidder itself."""
        self.references += 1
        values = {
            "booked_at": iso_ms(self.clock.now()),
            "amount": format_yuan(item.deposit.required_fen).replace(",", ""),
            "currency": "CNY",
            "payer_name": item.organisation_name,
            "payer_account": f"5100{item.organisation_id:08d}",
            "payee_account": item.deposit.account_no,
            "reference": f"T{self.references:06d}",
        }
        return ",".join(str(value) for value in (values | changes).values())

    def import_rows(self, *rows: str) -> deposits.ImportReport:
        return deposits.import_bank(
            name="bank.csv", content=bank_file(*rows), actor=self.gao, clock=self.clock
        )

    def pay(self, item: Registration, **changes: Any) -> Deposit:
        self.import_rows(self.row(item, **changes))
        return Deposit.objects.select_related("registration").get(registration=item)

    def paid_up(self, lot: Lot, *actors: Actor) -> list[Registration]:
        """Registered, paid, matched, with plates."""
        found = [self.register(lot, actor) for actor in actors]
        self.import_rows(*(self.row(item) for item in found))
        for item in found:
            item.refresh_from_db()
        return found

    def settle_cutoffs(self, lot: Lot) -> None:
        self.clock.set(lot.deposit_cutoff_at)
        for pk in Deposit.objects.filter(registration__lot=lot).values_list("pk", flat=True):
            deposits.settle_cutoff(pk=pk, clock=self.clock)

    # ── the room ──────────────────────────────────────────────────────────────────────────────

    def tick(self, lot: Lot, at: datetime) -> None:
        self.clock.set(at)
        settle_alone(lot.room_code, Act(c.Tick()), self.clock)

    def offer(self, lot: Lot, plate: str, fen: int, at: datetime, token: str) -> Act:
        self.clock.set(at)
        act = Act(c.Offer(plate, fen), token)
        commit([(lot.room_code, act)], self.clock)
        return act

    def sold(self, plan: Plan | None = None, *, steps: int = 3) -> tuple[Lot, list[Registration]]:
        """An auction whose room has closed: Alice offered last and leads; nothing is heard yet."""
        plan = plan or auction()
        lot = self.published(plan)
        found = self.paid_up(lot, self.alice, self.bob)
        self.settle_cutoffs(lot)
        self.tick(lot, lot.opens_at)
        sign = 1 if PROCEDURES[lot.procedure].is_sale else -1
        for index, plate in enumerate([found[1].plate, found[0].plate]):
            fen = lot.start_fen + sign * lot.step_fen * (steps if index else 0)
            at = lot.opens_at + timedelta(minutes=index + 1)
            act = self.offer(lot, plate, fen, at, f"00000000-0000-4000-8000-{index:012d}")
            assert act.refusal is None, act.refusal
        self.tick(lot, lot.ends_at)
        return lot, found

    def awarded(self, plan: Plan | None = None) -> tuple[Lot, list[Registration]]:
        """The same auction, its award recorded: Alice won at 37.5 万元, Bob lost."""
        lot, found = self.sold(plan)
        awards.record_award(
            lot_no=lot.no,
            plate=found[0].plate,
            price_fen=37_500_000,
            ended_at=lot.ends_at,
            clock=self.clock,
        )
        return lot, found


def bank_file(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows]).encode()


def notice_texts(procedure: str) -> dict[str, str]:
    """Every text that the notice needs."""
    kind = KINDS[PROCEDURES[procedure].notice_kind]
    texts = {item.name: f"{item.label}：见附件" for item in kind.fields if not item.is_derived}
    return {**texts, "contact_phone": "0838-2200000"}


def publish_result(market: Market, lot: Lot) -> Notice:
    """The result notice goes the way of every notice: submitted, approved by another, published."""
    lot = Lot.objects.select_related("award").get(pk=lot.pk)
    no = lot.award.result_notice_no
    notices.submit_notice(no=no, actor=market.wang, clock=market.clock)
    notices.approve_notice(no=no, actor=market.li, clock=market.clock)
    notices.publish_due_notice(no=no, actor=SYSTEM, clock=market.clock)
    return Notice.objects.get(no=no)


def organisations(numbers: Sequence[int]) -> list[Organisation]:
    return [organisation(f"测试单位{number}", number) for number in numbers]
