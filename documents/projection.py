"""What a verification page may show: the recorded words, without what is sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import segno
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from documents.rules import numbers
from documents.rules.lists import ListFinding
from documents.rules.verdicts import Verdict
from documents.selectors import Finding
from documents.services.examination import Check
from documents.templatetags.papers import han_date, han_instant
from kernel.money import format_yuan

if TYPE_CHECKING:
    from documents.models import Document

Label = Any
Show = Callable[[Any], str]


@dataclass(frozen=True)
class Fact:
    """One line of the paper: its label in the reader's language, its value as printed."""

    label: Label
    value: str


@dataclass(frozen=True)
class CheckLine:
    """One of the four checks and how it went: passed, failed, or not made."""

    label: Label
    state: str


def text(value: Any) -> str:
    return str(value)


def amount(value: Any) -> str:
    return f"{format_yuan(value)} 元"


def working_days(value: Any) -> str:
    return f"{value} 个工作日"


SHOWN: Mapping[str, tuple[Label, Show]] = {
    "lot_no": (_("标的编号"), text),
    "lot_name": (_("标的名称"), text),
    "notice_no": (_("公告编号"), text),
    "seller": (_("出让（委托、采购）人"), text),
    "winner": (_("竞得（成交）人"), text),
    "plate": (_("竞买号牌"), text),
    "price_fen": (_("成交价"), amount),
    "price_capitals": (_("成交价大写"), text),
    "dealt_at": (_("成交时间"), han_instant),
    "sign_until_on": (_("签约截止"), han_date),
    "sign_limit": (_("签约期限"), text),
    "confirmed_at": (_("资格确认时间"), han_instant),
    "case_no": (_("受理号"), text),
    "item_name": (_("事项名称"), text),
    "project_no": (_("项目编号"), text),
    "accepted_on": (_("受理日期"), han_date),
    "promised_wd": (_("承诺时限"), working_days),
    "promised_on": (_("承诺办结日"), han_date),
    "statutory_on": (_("法定办结日"), han_date),
    "decision": (_("决定内容"), text),
    "decided_on": (_("决定日期"), han_date),
}
"""Fields that a verification page shows, in this order; sealed ones are never among them."""

CHECKS: Mapping[Check, Label] = {
    Check.FILE_HASH: _("文件指纹与台账一致"),
    Check.FIELDS: _("签名域完整且唯一"),
    Check.SIGNATURE: _("电子签名有效，签名后未作任何改动"),
    Check.ATTACHMENT: _("内附数据与台账原文一致"),
}

HEADINGS: Mapping[Verdict, Label] = {
    Verdict.VALID: _("有效"),
    Verdict.SUPERSEDED: _("已被替代"),
    Verdict.REVOKED: _("已撤销"),
    Verdict.UNKNOWN_CODE: _("查无此码"),
    Verdict.ALTERED: _("与台账不一致"),
    Verdict.OTHER_PAPER: _("不是同一份文书"),
    Verdict.NOT_OURS: _("查无此文件"),
    Verdict.DAMAGED: _("存档异常"),
}
EXPLANATIONS: Mapping[Verdict, Label] = {
    Verdict.VALID: _("该文书由本中心签发，现行有效。"),
    Verdict.SUPERSEDED: _("该文书曾由本中心签发，已被新的文书替代，不再有效。"),
    Verdict.REVOKED: _("该文书曾由本中心签发，已被撤销，不再有效。"),
    Verdict.UNKNOWN_CODE: _("没有使用该核验码的文书。请对照纸面重新输入，注意数字与字母。"),
    Verdict.ALTERED: _("文件与签发时登记的原件不同，可能被改动过，请勿采信。"),
    Verdict.OTHER_PAPER: _("该文件是本中心签发的另一份文书，与所填核验码不符。"),
    Verdict.NOT_OURS: _("本中心没有签发过这个文件，或者它在签发后被改动过，请勿采信。"),
    Verdict.DAMAGED: _("本中心的存档或台账未通过检验，暂时无法确认，请联系本中心。"),
}
TONES: Mapping[Verdict, str] = {
    Verdict.VALID: "lead",
    Verdict.SUPERSEDED: "warn",
    Verdict.UNKNOWN_CODE: "neutral",
    Verdict.NOT_OURS: "error",
}


@dataclass(frozen=True)
class Result:
    """The page's result: heading, explanation, tone, facts, checks."""

    verdict: str
    heading: Label
    explanation: Label
    tone: str
    signer: str
    facts: list[Fact]
    checks: list[CheckLine]


def result_of(finding: Finding) -> Result:
    """Returns what everybody may see of a finding."""
    return Result(
        verdict=finding.verdict.value,
        heading=HEADINGS[finding.verdict],
        explanation=EXPLANATIONS[finding.verdict],
        tone=TONES.get(finding.verdict, "error"),
        signer=finding.signer,
        facts=facts_of(finding.body["content"]) if finding.body else [],
        checks=checks_of(finding),
    )


def facts_of(content: Mapping[str, Any]) -> list[Fact]:
    """Returns the shown fields that the paper has."""
    return [
        Fact(label, show(content[name]))
        for name, (label, show) in SHOWN.items()
        if content.get(name) is not None and not isinstance(content[name], Mapping)
    ]


def checks_of(finding: Finding) -> list[CheckLine]:
    if not finding.passed and finding.failed is None:
        return []
    return [CheckLine(label, state_of(check, finding)) for check, label in CHECKS.items()]


def state_of(check: Check, finding: Finding) -> str:
    if check in finding.passed:
        return "passed"
    return "failed" if check == finding.failed else "skipped"


def qr_of(paper: Document) -> str:
    """Returns the QR as it stands on the paper, as an address that an `img` takes."""
    text = numbers.qr_text(settings.PUBLIC_ORIGIN, paper.code, paper.number, paper.drawn_hash)
    return qr_code(text)


def qr_code(text: str) -> str:
    """Returns the text as a QR code, dark on white on any ground, as an address for an `img`."""
    return str(segno.make_qr(text, error="m").svg_data_uri(scale=4, border=2, light="#fff"))


# ── exported lists ──────────────────────────────────────────────────────────────────────────────
REASONS: Mapping[str, Label] = {
    "differs": _("与链不符"),
    "unknown": _("链上没有这一条"),
    "twice": _("在文件中重复出现"),
    "broken": _("台账中的这一条已不能与其指纹相符"),
    "head": _("文件头与本中心导出的不符"),
    "too_many": _("文件超过 20000 行，请按条件分批导出，或导出证据包离线核验"),
}


@dataclass(frozen=True)
class ListResult:
    """The result of a list: heading, explanation, tone, the first bad row."""

    verdict: str
    heading: Label
    explanation: Label
    tone: str
    finding: ListFinding
    bad_reason: Label = ""


def list_result_of(finding: ListFinding) -> ListResult:
    """Returns what the page says of an exported list."""
    if finding.bad and finding.bad.reason == "too_many":
        text = _("文件太长，未核对完。")
        reason = REASONS[finding.bad.reason]
        return ListResult("too_many", _("暂时无法确认"), text, "warn", finding, reason)
    if finding.bad:
        text = _("文件中至少有一行与台账不一致，请勿采信；其后的行未再核对。")
        reason = REASONS[finding.bad.reason]
        return ListResult("failed", _("未通过"), text, "error", finding, reason)
    if not finding.rows:
        text = _("文件里没有台账行，无从核对。")
        return ListResult("empty", _("没有可核对的行"), text, "neutral", finding)
    if not finding.is_signature_valid:
        text = _("各行与台账一致，但本中心最近的检查点签名未通过检验，暂时无法确认，请联系本中心。")
        return ListResult("unsigned", _("暂时无法确认"), text, "warn", finding)
    text = _("每一行都在链上，且与台账一致。这是筛选导出，不能证明没有遗漏。")
    return ListResult("passed", _("通过"), text, "lead", finding)
