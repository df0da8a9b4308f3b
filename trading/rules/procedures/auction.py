"""Asset auction (网络竞价): ascending with a soft close. AUL 45, SM-H."""

from trading.rules.gates import Period
from trading.rules.lot_states import BASE
from trading.rules.procedures.shape import Procedure

PROCEDURE = Procedure(
    code="auction",
    name="资产网络竞价",
    categories=("05", "90"),
    presets=("ASC", "MQ", "JA"),
    notice_kind="asset_auction",
    result_kind="asset_result",
    is_sale=True,
    periods=(Period("AU-01a", "notice", "opens"),),
    after={"refund": "EQ-09", "result": "EQ-07"},
    table=BASE,
)
