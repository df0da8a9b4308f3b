"""The ledger's events in words: Chinese for the record, and as message ids for the pages."""

from collections.abc import Mapping
from enum import StrEnum

ACCEPTED = ("offer_placed", "offer_sealed")
REFUSED = ("offer_refused", "join_refused", "audit.attempt_refused", "trading.publication_blocked")


class EventClass(StrEnum):
    """有效出价 · 拒绝 · 系统 (the course of a room) · 业务 (what people and handlers did)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    SYSTEM = "system"
    BUSINESS = "business"


CLASS_NAMES: Mapping[EventClass, str] = {
    EventClass.ACCEPTED: "有效出价",
    EventClass.REFUSED: "拒绝",
    EventClass.SYSTEM: "系统",
    EventClass.BUSINESS: "业务",
}

FAMILY_NAMES: Mapping[str, str] = {
    "room": "竞价",
    "lot": "标的",
    "project": "项目",
    "notice": "公告",
    "case": "办件",
    "item": "事项",
    "account": "账户",
    "bank": "银行流水",
    "attempts": "拒绝操作",
    "law": "规则",
    "audit": "审计",
}
"""The first part of a stream's name."""

KIND_NAMES: Mapping[str, str] = {
    # rooms
    "opened": "开始竞价",
    "offer_placed": "有效出价",
    "offer_sealed": "密封报价",
    "offer_refused": "拒绝出价",
    "joined": "参加限时竞价",
    "join_refused": "拒绝参加",
    "extended": "延时",
    "phase_changed": "阶段变更",
    "paused": "暂停竞价",
    "resume_scheduled": "安排恢复",
    "resumed": "恢复竞价",
    "announced": "主持人公告",
    "cap_reached": "达到最高限价",
    "quotes_opened": "报价公开",
    "drawn": "抽取",
    "closed": "截止",
    "hammered": "成交",
    "passed_in": "流拍",
    "aborted": "中止",
    "reserve_set": "封存底价",
    "host_acted": "主持人操作",
    "room_created": "建立竞价室",
    "bidder_seated": "入席",
    # the sale
    "trading.project_registered": "项目登记",
    "trading.lot_drafted": "标的起草",
    "trading.lot_edited": "标的修改",
    "trading.publication_scheduled": "安排发布",
    "trading.publication_blocked": "发布受阻",
    "trading.lot_published": "标的发布",
    "trading.registration_filed": "报名",
    "trading.registration_withdrawn": "撤回报名",
    "trading.credits_booked": "银行流水入账",
    "trading.deposit_judged": "保证金认定",
    "trading.bidder_qualified": "资格确认",
    "trading.refund_fell_due": "应退保证金",
    "trading.deposit_refunded": "保证金退还",
    "trading.deposit_applied": "保证金抵作价款",
    "trading.lot_awarded": "结果登记",
    "trading.lot_unsold": "流拍登记",
    "trading.award_disclosed": "结果公开",
    "trading.award_confirmed": "成交确认",
    "trading.lot_terminated": "标的终止",
    "trading.contract_noted": "合同签订登记",
    "trading.reserve_typed": "底价录入",
    "trading.bank_file_imported": "银行文件导入",
    "trading.credit_returned": "不明款项退回",
    # notices
    "notices.notice_drafted": "公告起草",
    "notices.notice_edited": "公告修改",
    "notices.notice_submitted": "公告送审",
    "notices.notice_returned": "公告退回",
    "notices.notice_approved": "公告复核通过",
    "notices.notice_published": "公告发布",
    # cases
    "approvals.item_published": "事项发布",
    "approvals.case_received": "收件",
    "approvals.correction_notified": "补正告知",
    "approvals.case_accepted": "受理",
    "approvals.case_refused": "不予受理",
    "approvals.case_withdrawn": "撤回申请",
    "approvals.review_started": "开始审查",
    "approvals.decision_proposed": "审查意见",
    "approvals.proposal_returned": "退回意见",
    "approvals.case_decided": "作出决定",
    "approvals.due_moved": "办结日调整",
    # rules
    "law.calendar_proposed": "日历提案",
    "law.calendar_approved": "日历批准",
    "law.calendar_rejected": "日历退回",
    "law.preset_proposed": "规则模板提案",
    "law.preset_approved": "规则模板批准",
    "law.preset_rejected": "规则模板退回",
    # papers
    "documents.paper_drawn": "文书拟制",
    "documents.document_issued": "文书签发",
    "documents.document_superseded": "文书替代",
    "documents.document_revoked": "文书撤销",
    # people
    "accounts.organisation_registered": "单位登记",
    "accounts.person_created": "开户",
    "accounts.member_added": "加入单位",
    "accounts.member_left": "离开单位",
    "accounts.role_granted": "授予岗位",
    "accounts.role_revoked": "收回岗位",
    "accounts.person_suspended": "停用",
    "accounts.person_reinstated": "恢复使用",
    "accounts.access_reset": "重置登录",
    "accounts.reset_confirmed": "确认重置",
    "accounts.access_changed": "修改登录凭据",
    # the ledger itself
    "audit.attempt_refused": "拒绝操作",
    "audit.bundle_exported": "导出证据包",
    "oversight.export_requested": "申请导出",
    "oversight.export_finished": "导出完成",
    "oversight.export_downloaded": "下载导出",
}


def class_of(kind: str) -> EventClass:
    """Returns the class of a kind: kinds of rooms bear no app's name."""
    if kind in ACCEPTED:
        return EventClass.ACCEPTED
    if kind in REFUSED:
        return EventClass.REFUSED
    return EventClass.BUSINESS if "." in kind else EventClass.SYSTEM


def kinds_of(wanted: EventClass) -> tuple[str, ...]:
    """Returns the known kinds of a class."""
    return tuple(kind for kind in KIND_NAMES if class_of(kind) == wanted)


def name_of(kind: str) -> str:
    """Returns the kind in words; one that has none speaks for itself."""
    return KIND_NAMES.get(kind, kind)
