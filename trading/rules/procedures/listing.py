"""Listing (挂牌): free quoting for at least ten days, then limited bidding. LD39, SM-G."""

from trading.rules.gates import Period
from trading.rules.lot_states import BASE
from trading.rules.procedures.shape import Procedure

PROCEDURE = Procedure(
    code="listing",
    name="挂牌出让",
    categories=("03", "04", "90"),
    presets=("TC", "SIP", "FJ"),
    notice_kind="land_listing",
    result_kind="land_result",
    is_sale=True,
    periods=(Period("LD-01", "notice", "opens"), Period("LD-02", "opens", "ends")),
    after={"result": "LD-03", "refund": "LD-04", "contract": "LD-05"},
    table=BASE,
)
