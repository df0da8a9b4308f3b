"""One entry of the ledger as the cells of an exported row, and back from what a file says.

Verification compares a file with exactly these cells, so that each of them is proven or named.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from kernel.clock import iso_ms
from kernel.money import format_yuan
from oversight.rules.events import EventClass, class_of, name_of

COLUMNS = (
    "链",
    "序号",
    "时间（北京）",
    "事件代码",
    "事件",
    "主体",
    "金额(元)",
    "回执号",
    "原因",
    "树位",
    "内容",
    "指纹",
)
AMOUNT, SEQ, LEAF = COLUMNS.index("金额(元)"), COLUMNS.index("序号"), COLUMNS.index("树位")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


class Facts(NamedTuple):
    """An entry without its hashes but its own."""

    stream: str
    seq: int
    kind: str
    at: datetime
    body: str
    leaf: int | None
    hash: bytes


def read_body(body: str) -> Mapping[str, Any]:
    """Returns the body's values; a damaged one has none."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def amount_of(values: Mapping[str, Any]) -> int | None:
    """Returns the amount that the row bears and the sum counts, in fen."""
    amount = values.get("amount_fen")
    return amount if type(amount) is int else None


def subject_of(values: Mapping[str, Any]) -> str:
    """Returns who acted: the plate in a room, else the opaque id."""
    return str(values.get("plate") or values.get("actor") or "")


def reason_of(kind: str, values: Mapping[str, Any]) -> str:
    """Returns why, if the entry says it; only of a refusal `code` is a reason."""
    names = ("code", "reasons") if class_of(kind) == EventClass.REFUSED else ("reason",)
    for name in names:
        value = values.get(name)
        if value:
            return "、".join(map(str, value)) if isinstance(value, list) else str(value)
    return ""


def cells_of(facts: Facts) -> list[str]:
    """Returns the texts of a row, amounts in plain yuan: `81600000.00`."""
    values = read_body(facts.body)
    amount = amount_of(values)
    return [
        facts.stream,
        str(facts.seq),
        iso_ms(facts.at),
        facts.kind,
        name_of(facts.kind),
        subject_of(values),
        "" if amount is None else format_yuan(amount).replace(",", ""),
        str(values.get("receipt_no") or ""),
        reason_of(facts.kind, values),
        "" if facts.leaf is None else str(facts.leaf),
        facts.body,
        facts.hash.hex(),
    ]


def guarded(cells: Sequence[str]) -> list[str]:
    """Returns the cells for a csv: one that a spreadsheet would run becomes text. Amounts are
    digits and stay numbers."""
    return [
        f"'{cell}" if index != AMOUNT and cell.startswith(FORMULA_STARTS) else cell
        for index, cell in enumerate(cells)
    ]
