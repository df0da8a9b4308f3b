"""What every procedure says of itself."""

from dataclasses import dataclass

from kernel.machine import Table
from trading.rules.gates import Period
from trading.rules.lot_states import LotState


@dataclass(frozen=True, slots=True)
class Procedure:
    """`periods` are checked before publication; `after` names the rule rows that give the dates
    after the close (result notice, losers' deposits, contract). `is_sale`: premium, else saving."""

    code: str
    name: str
    categories: tuple[str, ...]
    presets: tuple[str, ...]
    notice_kind: str
    result_kind: str
    is_sale: bool
    periods: tuple[Period, ...]
    after: dict[str, str]
    table: Table[LotState]
