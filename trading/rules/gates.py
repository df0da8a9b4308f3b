"""What must be true before a lot may be published: approval, notice, statutory periods.

Each gate answers with a code, the rule's id and what would satisfy it; nothing is decided twice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from kernel.clock import CHINA


@dataclass(frozen=True, slots=True)
class Period:
    """A statutory period between two of the lot's instants, by rule id."""

    rule: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why publication is refused: `rule` quoted, `earliest_on` the first lawful day if any."""

    code: str
    rule: str = ""
    params: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class LotDates:
    """The lot's instants by the names that periods use."""

    notice_at: datetime
    opens_at: datetime
    ends_at: datetime
    deposit_cutoff_at: datetime

    def on(self, name: str) -> date:
        """The Beijing date of one of the instants."""
        at: datetime = getattr(self, f"{name}_at")
        return at.astimezone(CHINA).date()


def order_faults(dates: LotDates) -> Iterable[Blocked]:
    """Instants that stand in the wrong order."""
    if dates.notice_at >= dates.opens_at:
        yield Blocked("opens_before_notice")
    if dates.opens_at >= dates.ends_at:
        yield Blocked("ends_before_opening")
    if dates.deposit_cutoff_at <= dates.notice_at:
        yield Blocked("cutoff_before_notice")
    if dates.deposit_cutoff_at > dates.ends_at:
        yield Blocked("cutoff_after_end")
