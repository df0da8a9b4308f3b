"""What happened to a case. Stream `case/<no>`; names of people never enter it."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class CaseReceived:
    kind: ClassVar[str] = "approvals.case_received"
    case_no: str
    item_code: str
    item_version: int
    project_no: str
    materials: list[str]
    effective_received_on: str
    notice_limit_on: str


@dataclass(frozen=True, slots=True)
class CorrectionNotified:
    kind: ClassVar[str] = "approvals.correction_notified"
    case_no: str
    missing: list[str]


@dataclass(frozen=True, slots=True)
class CaseAccepted:
    kind: ClassVar[str] = "approvals.case_accepted"
    case_no: str
    accepted_on: str
    due_com_on: str
    due_stat_on: str
    is_deemed: bool


@dataclass(frozen=True, slots=True)
class CaseRefused:
    kind: ClassVar[str] = "approvals.case_refused"
    case_no: str
    reason: str
    right_organ: str


@dataclass(frozen=True, slots=True)
class ReviewStarted:
    kind: ClassVar[str] = "approvals.review_started"
    case_no: str


@dataclass(frozen=True, slots=True)
class DecisionProposed:
    kind: ClassVar[str] = "approvals.decision_proposed"
    case_no: str
    opinion: str
    proposal: str


@dataclass(frozen=True, slots=True)
class ProposalReturned:
    kind: ClassVar[str] = "approvals.proposal_returned"
    case_no: str
    reason: str


@dataclass(frozen=True, slots=True)
class CaseDecided:
    kind: ClassVar[str] = "approvals.case_decided"
    case_no: str
    project_no: str
    decision: str
    reason: str
    decided_on: str
    is_on_time: bool
    remedies: str = ""


@dataclass(frozen=True, slots=True)
class CaseWithdrawn:
    kind: ClassVar[str] = "approvals.case_withdrawn"
    case_no: str
    reason: str


@dataclass(frozen=True, slots=True)
class DueMoved:
    """A new calendar moved a deadline; `old` and `new` name the days that changed."""

    kind: ClassVar[str] = "approvals.due_moved"
    case_no: str
    proposal_id: int
    old: dict[str, str]
    new: dict[str, str]


@dataclass(frozen=True, slots=True)
class ItemPublished:
    """Stream `item/<code>`."""

    kind: ClassVar[str] = "approvals.item_published"
    item_code: str
    version: int
    statutory_wd: int
    committed_wd: int
