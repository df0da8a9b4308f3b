"""Reverse auction (反向竞价) of a small purchase: quotes fall from the ceiling. AUC-12."""

from trading.rules.gates import Period
from trading.rules.lot_states import BASE
from trading.rules.procedures.shape import Procedure

PROCEDURE = Procedure(
    code="reverse",
    name="采购反向竞价",
    categories=("02", "90"),
    presets=("REV",),
    notice_kind="reverse_auction",
    result_kind="purchase_result",
    is_sale=False,
    periods=(Period("GP-08a", "notice", "opens"),),
    after={"result": "GP-12", "refund": "GP-16", "contract": "GP-14"},
    table=BASE,
)
