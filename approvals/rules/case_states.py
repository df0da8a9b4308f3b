"""The states of a case (办件). No arrow may be skipped; no state is ever deleted. ALL 32-38."""

from enum import StrEnum

from kernel.actors import Role
from kernel.machine import Table, Transition


class CaseState(StrEnum):
    """received 已收件 · refused 不予受理 · correction 待补正 · accepted 已受理 · review 审查中 ·
    proposed 拟决定 · granted 准予 · denied 不予许可 · withdrawn 已撤回."""

    RECEIVED = "received"
    REFUSED = "refused"
    CORRECTION = "correction"
    ACCEPTED = "accepted"
    REVIEW = "review"
    PROPOSED = "proposed"
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


WINDOW = frozenset({Role.WINDOW_CLERK})
REVIEWER = frozenset({Role.DEPARTMENT_REVIEWER})
CHIEF = frozenset({Role.SECTION_CHIEF})

CASE_TABLE: Table[CaseState] = {
    (CaseState.RECEIVED, "notify_correction"): Transition(
        CaseState.CORRECTION, WINDOW, "once, within five working days (ALL 32(4))"
    ),
    (CaseState.RECEIVED, "accept"): Transition(
        CaseState.ACCEPTED, WINDOW, "complete and in form (ALL 32(5))"
    ),
    (CaseState.RECEIVED, "deem"): Transition(
        CaseState.ACCEPTED, frozenset(), "five working days of silence (ALL 32(4))"
    ),
    (CaseState.RECEIVED, "refuse"): Transition(
        CaseState.REFUSED, WINDOW, "outside competence, the right organ named (ALL 32(2))"
    ),
    (CaseState.RECEIVED, "withdraw"): Transition(CaseState.WITHDRAWN, WINDOW),
    (CaseState.CORRECTION, "accept"): Transition(
        CaseState.ACCEPTED, WINDOW, "every listed paper handed in"
    ),
    (CaseState.CORRECTION, "withdraw"): Transition(CaseState.WITHDRAWN, WINDOW),
    (CaseState.ACCEPTED, "start_review"): Transition(CaseState.REVIEW, REVIEWER),
    (CaseState.ACCEPTED, "withdraw"): Transition(CaseState.WITHDRAWN, WINDOW),
    (CaseState.REVIEW, "propose"): Transition(CaseState.PROPOSED, REVIEWER),
    (CaseState.REVIEW, "withdraw"): Transition(CaseState.WITHDRAWN, WINDOW),
    (CaseState.PROPOSED, "grant"): Transition(
        CaseState.GRANTED, CHIEF, "the proposer never decides"
    ),
    (CaseState.PROPOSED, "deny"): Transition(
        CaseState.DENIED, CHIEF, "reason and remedies told (ALL 38)"
    ),
    (CaseState.PROPOSED, "return"): Transition(CaseState.REVIEW, CHIEF),
}

OPEN_STATES = frozenset({CaseState.ACCEPTED, CaseState.REVIEW, CaseState.PROPOSED})
"""The clocks run in these."""
FAILED_STATES = frozenset({CaseState.DENIED, CaseState.REFUSED, CaseState.WITHDRAWN})
"""Ended without a grant: the applicant may apply again."""
CONTRARY_STATES = OPEN_STATES | {CaseState.RECEIVED, CaseState.CORRECTION, CaseState.DENIED}
"""Open or denied: a project with such a case is not exempt from approval (LK-1)."""
ENDED_STATES = FAILED_STATES | {CaseState.GRANTED}
