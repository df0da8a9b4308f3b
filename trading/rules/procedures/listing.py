"""Listing (挂牌): free quoting for at least ten days, then limited bidding. LD39, SM-G."""

from trading.rules.gates import Period
from trading.rules.lot_states import BASE
from trading.rules.procedures.shape import After, Clauses, Procedure, Since

PROCEDURE = Procedure(
    code="listing",
    name="挂牌出让",
    categories=("03", "04", "90"),
    formats=("listing", "fujian"),
    notice_kind="land_listing",
    result_kind="land_result",
    is_sale=True,
    periods=(Period("LD-01", "notice", "opens"), Period("LD-02", "opens", "ends")),
    clauses=Clauses(
        paper="land_listing",
        forfeiture="竞得人逾期不签订合同或者拒绝履行的，保证金不予退还，并依法承担违约责任。",
        deposit="竞得人已交保证金抵作成交价款。",
    ),
    table=BASE,
    after={
        "result": After("LD-03", Since.ENDED),
        "refund": After("LD-04", Since.ENDED),
        "contract": After("LD-05", Since.CONFIRMED),
    },
)
