"""Deposits and bank files in words, for finance and for their owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kernel.money import format_yuan
from trading.projection.lots import Money, money
from trading.rules.bank_file import RowFault
from trading.rules.deposits import DepositState
from trading.services.deposits import ImportReport, Preview
from trading.services.refunds import owed

if TYPE_CHECKING:
    from trading.models import Deposit, Lot

DEPOSIT_STATES = {
    DepositState.DUE: gettext_noop("待付"),
    DepositState.UNMATCHED: gettext_noop("金额不符"),
    DepositState.MATCHED: gettext_noop("已到账"),
    DepositState.LOCKED: gettext_noop("已到账"),
    DepositState.REFUND_DUE: gettext_noop("退还中"),
    DepositState.REFUNDED: gettext_noop("已退"),
    DepositState.APPLIED: gettext_noop("抵作价款"),
    DepositState.RETURNED: gettext_noop("退还中"),
}
DEPOSIT_CHIPS = {
    DepositState.DUE: "waiting",
    DepositState.UNMATCHED: "stopped",
    DepositState.MATCHED: "done",
    DepositState.LOCKED: "done",
    DepositState.REFUND_DUE: "soon",
    DepositState.REFUNDED: "archived",
    DepositState.APPLIED: "done",
    DepositState.RETURNED: "soon",
}
MATCH_REASONS = {
    "payer_mismatch": gettext_noop("付款户名与报名单位不一致，全部款项将原路退回。"),
    "late": gettext_noop("款项在截止时间之后到账，将原路退回。"),
    "short": gettext_noop("金额不足：截止时间前补足即可取得资格，否则原路退回。"),
    "imported_late": gettext_noop("银行流水导入时竞价已经结束，款项将原路退回。"),
    "withdrawn": gettext_noop("报名已撤回，款项将原路退回。"),
    "after_refund": gettext_noop("此前的款项已经退回，后到的款项不再取得资格，将原路退回。"),
    "stray": gettext_noop("保证金有效；其他户名汇入的款项将原路退回。"),
}
FAULTS = {
    "not_utf8": gettext_noop("文件不是 UTF-8 编码，请另存为 UTF-8 的 CSV。"),
    "not_csv": gettext_noop("不是有效的 CSV。"),
    "empty": gettext_noop("文件中没有数据行。"),
    "wrong_header": gettext_noop("表头不符。"),
    "too_many_rows": gettext_noop("行数过多，请分批导入。"),
    "wrong_columns": gettext_noop("列数不符。"),
    "missing": gettext_noop("缺少内容。"),
    "too_long": gettext_noop("内容过长。"),
    "bad_amount": gettext_noop("金额应为元，最多两位小数，只能用数字。"),
    "bad_instant": gettext_noop("时间应为 2026-11-26T10:03:22+08:00 这样的形式。"),
    "future_instant": gettext_noop("记账时间在将来，银行不可能已经记账。"),
    "bad_currency": gettext_noop("只接受人民币（CNY）。"),
    "repeated_reference": gettext_noop("流水号在文件中重复。"),
    "known_reference": gettext_noop("流水号已经导入过。"),
}


@dataclass(frozen=True, slots=True)
class DepositRow:
    """A deposit as finance and its owner see it; `owed` is what must go back now."""

    pk: int
    account_no: str
    lot: Lot
    payer: str
    state: str
    chip: str
    state_name: str
    required: Money
    paid: Money
    owed: Money
    reason: str
    rule: str
    due_on: date | None
    is_overdue: bool
    payer_accounts: tuple[str, ...]
    references: tuple[str, ...]


def deposit_row(deposit: Deposit, today: date) -> DepositRow:
    """Needs `registration__lot` joined, credits and refunds prefetched."""
    state, owed_fen = DepositState(deposit.state), owed(deposit)
    is_mismatch = state == DepositState.UNMATCHED and deposit.reason == "payer_mismatch"
    accounts = dict.fromkeys(credit.payer_account for credit in deposit.credits.all())
    due_on = deposit.refund_due_on if owed_fen else None
    return DepositRow(
        pk=deposit.pk,
        account_no=deposit.account_no,
        lot=deposit.registration.lot,
        payer=deposit.registration.organisation_name,
        state=deposit.state,
        chip=DEPOSIT_CHIPS[state],
        state_name=str(_("户名不符") if is_mismatch else _(DEPOSIT_STATES[state])),
        required=money(gettext_noop("应交"), deposit.required_fen),
        paid=money(gettext_noop("已到账"), deposit.paid_fen),
        owed=money(gettext_noop("应退"), owed_fen),
        reason=str(_(MATCH_REASONS[deposit.reason])) if deposit.reason else "",
        rule=deposit.refund_rule,
        due_on=due_on,
        is_overdue=due_on is not None and due_on < today,
        payer_accounts=tuple(accounts),
        references=tuple(refund.bank_reference for refund in deposit.refunds.all()),
    )


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One line of a bank file and what is wrong with it."""

    line: int
    column: str
    value: str
    what: str


def fault_row(item: RowFault) -> FaultRow:
    return FaultRow(item.line, item.column, item.value, str(_(FAULTS[item.code])))


def fault_text(item: RowFault) -> str:
    """The same as one sentence, for terminals."""
    row = fault_row(item)
    text = _("第 %(line)s 行：%(what)s") % {"line": row.line, "what": row.what}
    value = f"（{row.column} {row.value}）" if row.column or row.value else ""
    return text + value


def import_text(report: ImportReport) -> str:
    text = _(
        "已导入 %(rows)s 行，合计 %(total)s 元：%(matched)s 个账户到账，"
        "%(mismatched)s 个不符，%(unknown)s 行账户不明。"
    )
    return text % {
        "rows": report.rows,
        "total": format_yuan(report.total_fen),
        "matched": report.matched,
        "mismatched": report.mismatched,
        "unknown": report.unknown,
    }


def preview_text(preview: Preview) -> str:
    text = _(
        "检查通过，尚未导入：%(rows)s 行，合计 %(total)s 元，涉及 %(accounts)s 个子账号，"
        "%(unknown)s 行账户不明。"
    )
    return text % {
        "rows": preview.rows,
        "total": format_yuan(preview.total_fen),
        "accounts": preview.accounts,
        "unknown": preview.unknown,
    }
