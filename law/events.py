"""What happened to the calendars. Stream `law/calendar`."""

from dataclasses import dataclass
from typing import ClassVar

STREAM = "law/calendar"


@dataclass(frozen=True, slots=True)
class CalendarProposed:
    kind: ClassVar[str] = "law.calendar_proposed"
    proposal_id: int
    years: list[int]
    digest: str
    changed_days: list[str]


@dataclass(frozen=True, slots=True)
class CalendarApproved:
    kind: ClassVar[str] = "law.calendar_approved"
    proposal_id: int
    years: list[int]
    digest: str


@dataclass(frozen=True, slots=True)
class CalendarRejected:
    kind: ClassVar[str] = "law.calendar_rejected"
    proposal_id: int
    reason: str
