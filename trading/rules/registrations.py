"""The states of a registration (报名)."""

from enum import StrEnum

from kernel.actors import Role
from kernel.machine import Table, Transition


class RegistrationState(StrEnum):
    """deposit_due 待付保证金 · qualified 已取得资格 · lapsed 逾期失效 · withdrawn 已撤回.

    A lapsed registration is qualified after all when the bank shows the money was there in time."""

    DEPOSIT_DUE = "deposit_due"
    QUALIFIED = "qualified"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


BIDDER = frozenset({Role.BIDDER})
SYSTEM_ONLY: frozenset[Role] = frozenset()

REGISTRATION_TABLE: Table[RegistrationState] = {
    (RegistrationState.DEPOSIT_DUE, "qualify"): Transition(
        RegistrationState.QUALIFIED, SYSTEM_ONLY
    ),
    (RegistrationState.LAPSED, "qualify"): Transition(RegistrationState.QUALIFIED, SYSTEM_ONLY),
    (RegistrationState.DEPOSIT_DUE, "lapse"): Transition(RegistrationState.LAPSED, SYSTEM_ONLY),
    (RegistrationState.DEPOSIT_DUE, "withdraw"): Transition(RegistrationState.WITHDRAWN, BIDDER),
}
