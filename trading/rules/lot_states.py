"""The states of a lot (标的) and what moves it; the procedures share them."""

from enum import StrEnum

from kernel.actors import Role
from kernel.machine import Table, Transition


class LotState(StrEnum):
    """draft 草稿 · announced 已公告 · open 竞价中 · won 已成交待确认 · unsold 流拍 ·
    confirmed 已成交 · terminated 终止."""

    DRAFT = "draft"
    ANNOUNCED = "announced"
    OPEN = "open"
    WON = "won"
    UNSOLD = "unsold"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


STAFF = frozenset({Role.NOTICE_CLERK})
SYSTEM_ONLY: frozenset[Role] = frozenset()

BASE: Table[LotState] = {
    (LotState.DRAFT, "edit"): Transition(LotState.DRAFT, STAFF),
    (LotState.DRAFT, "publish"): Transition(LotState.ANNOUNCED, STAFF),
    (LotState.ANNOUNCED, "open"): Transition(LotState.OPEN, SYSTEM_ONLY),
    (LotState.ANNOUNCED, "close_unsold"): Transition(LotState.UNSOLD, SYSTEM_ONLY),
    (LotState.OPEN, "close_won"): Transition(LotState.WON, SYSTEM_ONLY),
    (LotState.OPEN, "close_unsold"): Transition(LotState.UNSOLD, SYSTEM_ONLY),
    (LotState.ANNOUNCED, "terminate"): Transition(LotState.TERMINATED, SYSTEM_ONLY),
    (LotState.OPEN, "terminate"): Transition(LotState.TERMINATED, SYSTEM_ONLY),
    (LotState.WON, "confirm"): Transition(LotState.CONFIRMED, SYSTEM_ONLY),
}
"""Rows every auction-like procedure shares (trading rules SM-G, SM-H)."""
