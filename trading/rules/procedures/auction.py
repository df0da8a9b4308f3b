"""Asset auction (网络竞价): ascending with a soft close. AUL 45, SM-H."""

from trading.rules.gates import Period
from trading.rules.lot_states import BASE
from trading.rules.procedures.shape import After, Clauses, Procedure, Since

PROCEDURE = Procedure(
    code="auction",
    name="资产网络竞价",
    categories=("05", "90"),
    formats=("ascending", "multi_quote", "one_quote"),
    notice_kind="asset_auction",
    result_kind="asset_result",
    is_sale=True,
    periods=(Period("AU-01a", "notice", "opens"),),
    clauses=Clauses(
        paper="asset_auction",
        forfeiture="买受人逾期不签订合同或者拒绝履行的，保证金不予退还，并依法承担违约责任。",
        deposit="买受人已交保证金抵作成交价款。",
    ),
    table=BASE,
    # No row limits the contract: the notice's own limit counts.
    after={
        "refund": After("EQ-09", Since.ENDED),
        "publicity": After("EQ-07", Since.DISCLOSED),
    },
)
