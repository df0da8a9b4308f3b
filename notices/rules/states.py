"""The states of a notice (公告): drafted by one, approved by another, published once."""

from enum import StrEnum

from kernel.actors import Role
from kernel.machine import Table, Transition


class NoticeState(StrEnum):
    """draft 草稿 · review 待复核 · approved 待发布 · published 已发布."""

    DRAFT = "draft"
    REVIEW = "review"
    APPROVED = "approved"
    PUBLISHED = "published"


CLERK = frozenset({Role.NOTICE_CLERK})
REVIEWER = frozenset({Role.NOTICE_REVIEWER})

NOTICE_TABLE: Table[NoticeState] = {
    (NoticeState.DRAFT, "edit"): Transition(NoticeState.DRAFT, CLERK),
    (NoticeState.DRAFT, "submit"): Transition(NoticeState.REVIEW, CLERK),
    (NoticeState.REVIEW, "return"): Transition(NoticeState.DRAFT, REVIEWER),
    (NoticeState.REVIEW, "approve"): Transition(NoticeState.APPROVED, REVIEWER, "second person"),
    (NoticeState.APPROVED, "return"): Transition(NoticeState.DRAFT, REVIEWER),
    (NoticeState.APPROVED, "publish"): Transition(NoticeState.PUBLISHED),
}
