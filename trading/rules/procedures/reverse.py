"""Reverse auction (反向竞价) of a small purchase: quotes fall from the ceiling, or each supplier
quotes once and the lowest wins. AUC-12, SM-D."""

from trading.rules.gates import Period
from trading.rules.lot_states import BASE
from trading.rules.procedures.shape import After, Clauses, Procedure, Since

PROCEDURE = Procedure(
    code="reverse",
    name="采购反向竞价",
    categories=("02", "90"),
    formats=("reverse", "one_quote_low"),
    notice_kind="reverse_auction",
    result_kind="purchase_result",
    is_sale=False,
    periods=(Period("GP-08a", "notice", "opens"),),
    clauses=Clauses(
        paper="reverse",
        forfeiture="成交供应商无正当理由不与采购人签订合同的，保证金不予退还，并依法承担法律责任。",
        deposit="成交供应商已交保证金自采购合同签订之日起五个工作日内退还。",
    ),
    table=BASE,
    after={
        "result": After("GP-12", Since.ENDED),
        "refund": After("GP-16", Since.DISCLOSED),
        "contract": After("GP-14", Since.DISCLOSED),
        "winner_refund": After("GP-16", Since.CONTRACTED),
    },
)
