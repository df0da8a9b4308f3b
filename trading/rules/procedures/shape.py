"""What every procedure says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kernel.machine import Table
from trading.rules.gates import Period
from trading.rules.lot_states import LotState


class Since(StrEnum):
    """What a duty after the close is counted from: the end of the bidding, the published result,
    the signed deal confirmation, the signed contract."""

    ENDED = "ended"
    DISCLOSED = "disclosed"
    CONFIRMED = "confirmed"
    CONTRACTED = "contracted"


@dataclass(frozen=True, slots=True)
class After:
    """A rule row that runs after the close, and the event that starts it."""

    rule: str
    since: Since


@dataclass(frozen=True, slots=True)
class Clauses:
    """What the deal confirmation says (AUC-14); `paper` is its kind among the papers' words."""

    paper: str
    forfeiture: str
    deposit: str


@dataclass(frozen=True, slots=True)
class Procedure:
    """`periods` are checked before publication; `after` names the rule rows that give the dates
    after the close: result, losers' deposits (refund), the winner's (winner_refund), contract,
    publicity. `is_sale`: premium, else saving."""

    code: str
    name: str
    categories: tuple[str, ...]
    formats: tuple[str, ...]
    notice_kind: str
    result_kind: str
    is_sale: bool
    periods: tuple[Period, ...]
    clauses: Clauses
    table: Table[LotState]
    after: Mapping[str, After] = field(default_factory=dict)

    @property
    def start_name(self) -> str:
        """What the first figure is called: prices rise from it, or fall from it."""
        return "起始价" if self.is_sale else "最高限价"

    @property
    def step_name(self) -> str:
        return "加价幅度" if self.is_sale else "降价幅度"

    def rules(self) -> list[str]:
        """The rule rows that govern a lot, each once, in the order in which they bite."""
        found = [period.rule for period in self.periods]
        found += [after.rule for after in self.after.values()]
        return list(dict.fromkeys(found))

    def starting(self, since: Since) -> list[str]:
        """The duties that this event starts."""
        return [name for name, after in self.after.items() if after.since == since]
