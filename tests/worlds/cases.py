"""An approval centre for tests: its people, its one item, and cases brought to a state."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from accounts.models import Organisation
from approvals.models import Case
from approvals.rules.case_states import CaseState
from approvals.services import decision, intake
from kernel.actors import Actor, Role
from kernel.clock import CHINA, FixedClock
from tests.worlds.city import code_of, organisation, person, publish_item
from trading.services import projects

APPLICANT = code_of("91510600MA620001")
PAPERS = ("申请报告", "资金证明")
REASON, REMEDIES = "不符合规划条件。", "可以申请行政复议或者提起行政诉讼。"


def beijing(text: str) -> datetime:
    """`2026-03-02 09:00` in Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(UTC)


@dataclass
class Centre:
    """Alice applies; Wen sits at the window, Rui and Ren review, Chen decides. Kai reviews and
    decides in one person, Tao works for the trading centre."""

    clock: FixedClock = field(default_factory=lambda: FixedClock(beijing("2026-03-02 09:00")))

    def __post_init__(self) -> None:
        office = organisation("行政审批局", 9001)
        self.applicant = organisation("蓉城置业有限公司", 1)
        self.other = organisation("锦江城建有限公司", 2)
        self.alice = person("alice", self.applicant, Role.BIDDER)
        self.bob = person("bob", self.other, Role.BIDDER)
        self.wen = person("wen", office, Role.WINDOW_CLERK)
        self.rui = person("rui", office, Role.DEPARTMENT_REVIEWER)
        self.ren = person("ren", office, Role.DEPARTMENT_REVIEWER)
        self.chen = person("chen", office, Role.SECTION_CHIEF)
        self.kai = person("kai", office, Role.DEPARTMENT_REVIEWER, Role.SECTION_CHIEF)
        self.tao = person("tao", office, Role.NOTICE_CLERK, Role.NOTICE_REVIEWER, Role.HOST)
        publish_item()

    def application(self, **changes: object) -> intake.Application:
        values: dict[str, object] = {
            "item_code": "SG-XK",
            "organisation_code": self.applicant.code,
            "contact": "石磊",
            "phone": "13800001234",
            "handed_in": PAPERS,
            "project_no": "",
            **changes,
        }
        return intake.Application(**values)  # type: ignore[arg-type]

    def project(self, unit: Organisation | None = None, **changes: str) -> str:
        """Number of a project that the trading centre has registered for the applicant."""
        entry = projects.ProjectEntry(
            name="城北新区土地出让",
            category="03",
            unit_code=(unit or self.applicant).code,
            funds_note="权属清晰。",
            **changes,
        )
        return projects.register_project(entry=entry, actor=self.tao, clock=self.clock).no

    def receive(self, **changes: object) -> Case:
        application = self.application(**changes)
        return intake.receive_case(application=application, actor=self.wen, clock=self.clock)

    def accept(self, case: Case) -> Case:
        return intake.accept_case(no=case.no, handed_in=(), actor=self.wen, clock=self.clock)

    def propose(self, case: Case, actor: Actor | None = None, proposal: str = "grant") -> Case:
        reviewer = actor or self.rui
        decision.start_review(no=case.no, actor=reviewer, clock=self.clock)
        return decision.propose_decision(
            no=case.no, proposal=proposal, opinion="符合条件。", actor=reviewer, clock=self.clock
        )

    def decide(self, case: Case, choice: str = "grant", actor: Actor | None = None) -> Case:
        return decision.decide_case(
            no=case.no,
            decision=choice,
            reason=REASON if choice == "deny" else "",
            remedies=REMEDIES if choice == "deny" else "",
            actor=actor or self.chen,
            clock=self.clock,
        )

    def case_in(self, state: CaseState) -> Case:
        """A case brought to a state by the way the law has for it."""
        case = self.receive(handed_in=() if state == CaseState.CORRECTION else PAPERS)
        ways = {
            CaseState.RECEIVED: (),
            CaseState.CORRECTION: (self.correct,),
            CaseState.REFUSED: (self.refuse,),
            CaseState.WITHDRAWN: (self.withdraw,),
            CaseState.ACCEPTED: (self.accept,),
            CaseState.REVIEW: (self.accept, self.review),
            CaseState.PROPOSED: (self.accept, self.propose),
            CaseState.GRANTED: (self.accept, self.propose, self.decide),
            CaseState.DENIED: (self.accept, self.propose, self.deny),
        }
        for go in ways[state]:
            case = go(case)
        assert case.state == state
        return case

    def correct(self, case: Case) -> Case:
        return intake.notify_correction(no=case.no, actor=self.wen, clock=self.clock)

    def refuse(self, case: Case) -> Case:
        return intake.refuse_case(
            no=case.no,
            reason="不属于本机关职权。",
            right_organ="市水务局",
            actor=self.wen,
            clock=self.clock,
        )

    def withdraw(self, case: Case) -> Case:
        return intake.withdraw_case(
            no=case.no, reason="申请人来函撤回。", actor=self.wen, clock=self.clock
        )

    def review(self, case: Case) -> Case:
        return decision.start_review(no=case.no, actor=self.rui, clock=self.clock)

    def deny(self, case: Case) -> Case:
        return self.decide(case, "deny")

    def days_later(self, days: float) -> None:
        self.clock.advance(timedelta(days=days))
