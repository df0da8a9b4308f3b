"""A notice desk for tests: people, complete fields, notices brought to a state."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kernel.actors import Role
from kernel.clock import FixedClock, iso_ms
from notices import services
from notices.models import Notice
from notices.rules.kinds import KINDS, Shape
from tests.worlds.cases import beijing
from tests.worlds.city import organisation, person


def values_of(kind: str, at: datetime) -> dict[str, object]:
    """Something in every field of the kind."""
    shapes: dict[Shape, object] = {
        Shape.LINE: "有",
        Shape.TEXT: "第一行\n第二行",
        Shape.FEN: 36_000_000,
        Shape.INSTANT: iso_ms(at),
        Shape.RATE: "2.00",
        Shape.PHONE: "0838-2200000",
    }
    return {item.name: shapes[item.shape] for item in KINDS[kind].fields}


@dataclass
class Desk:
    """Min drafts, Na drafts and reviews, Li reviews; Bo bids, Xie audits."""

    clock: FixedClock = field(default_factory=lambda: FixedClock(beijing("2026-03-02 09:00")))

    def __post_init__(self) -> None:
        office = organisation("交易中心", 9002)
        self.min = person("min", office, Role.NOTICE_CLERK)
        self.na = person("na", office, Role.NOTICE_CLERK, Role.NOTICE_REVIEWER)
        self.li = person("li", office, Role.NOTICE_REVIEWER)
        self.xie = person("xie", office, Role.AUDITOR)
        self.bo = person("bo", organisation("蓉城置业有限公司", 3), Role.BIDDER)

    def draft(self, subject: str = "L-1", kind: str = "asset_result", **changes: object) -> Notice:
        values: dict[str, object] = {
            "kind": kind,
            "subject_no": subject,
            "category": "05",
            "title": "公务用车成交结果",
            "fields": values_of(kind, self.clock.now() + timedelta(days=10)),
            "actor": self.min,
            "clock": self.clock,
            **changes,
        }
        return services.draft_notice(**values)  # type: ignore[arg-type]

    def submit(self, notice: Notice) -> Notice:
        return services.submit_notice(no=notice.no, actor=self.min, clock=self.clock)

    def approve(self, notice: Notice, at: datetime | None = None) -> Notice:
        return services.approve_notice(no=notice.no, actor=self.li, clock=self.clock, publish_at=at)

    def publish(self, **changes: object) -> Notice:
        """The whole way of a notice to the public."""
        notice = self.approve(self.submit(self.draft(**changes)))  # type: ignore[arg-type]
        services.publish_notice(no=notice.no, actor=self.li, clock=self.clock)
        notice.refresh_from_db()
        return notice
