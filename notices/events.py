"""What happened to a notice. Stream `notice/<no>`."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class NoticeDrafted:
    kind: ClassVar[str] = "notices.notice_drafted"
    notice_no: str
    notice_kind: str
    subject_no: str
    fields_hash: str


@dataclass(frozen=True, slots=True)
class NoticeEdited:
    kind: ClassVar[str] = "notices.notice_edited"
    notice_no: str
    changed: list[str]
    fields_hash: str


@dataclass(frozen=True, slots=True)
class NoticeSubmitted:
    kind: ClassVar[str] = "notices.notice_submitted"
    notice_no: str


@dataclass(frozen=True, slots=True)
class NoticeReturned:
    kind: ClassVar[str] = "notices.notice_returned"
    notice_no: str
    reason: str


@dataclass(frozen=True, slots=True)
class NoticeApproved:
    kind: ClassVar[str] = "notices.notice_approved"
    notice_no: str
    subject_no: str
    notice_kind: str
    publish_at: str


@dataclass(frozen=True, slots=True)
class NoticePublished:
    kind: ClassVar[str] = "notices.notice_published"
    notice_no: str
    version: int
    subject_no: str
    notice_kind: str
    content_hash: str
