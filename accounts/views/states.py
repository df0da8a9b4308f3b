"""What the state tables' states and actions are called where one refuses: by the table's enum."""

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

STATES: Mapping[str, Mapping[str, str]] = {
    "NoticeState": {
        "draft": _("草稿"),
        "review": _("待复核"),
        "approved": _("待发布"),
        "published": _("已发布"),
    },
    "LotState": {
        "draft": _("草稿"),
        "announced": _("报名中"),
        "open": _("竞价中"),
        "won": _("已成交"),
        "confirmed": _("已成交"),
        "unsold": _("流拍"),
        "terminated": _("已终止"),
    },
    "RegistrationState": {
        "deposit_due": _("待交保证金"),
        "qualified": _("已取得竞买资格"),
        "lapsed": _("逾期失效"),
        "withdrawn": _("已撤回"),
    },
    "DepositState": {
        "due": _("待付"),
        "unmatched": _("金额不符"),
        "matched": _("已到账"),
        "locked": _("已到账"),
        "refund_due": _("退还中"),
        "refunded": _("已退"),
        "applied": _("抵作价款"),
        "returned": _("退还中"),
    },
    "CaseState": {
        "received": _("已收件"),
        "refused": _("不予受理"),
        "correction": _("待补正"),
        "accepted": _("已受理"),
        "review": _("审查中"),
        "proposed": _("拟决定"),
        "granted": _("准予许可"),
        "denied": _("不予许可"),
        "withdrawn": _("已撤回"),
    },
    "ProposalState": {
        "proposed": _("待批准"),
        "approved": _("已批准"),
        "rejected": _("已否决"),
    },
    "ExportState": {
        "queued": _("排队中"),
        "running": _("进行中"),
        "done": _("已完成"),
        "failed": _("未完成"),
        "cancelled": _("已取消"),
        "expired": _("已到期"),
    },
    "DocumentState": {
        "drawn": _("待签发"),
        "valid": _("有效"),
        "superseded": _("已被替代"),
        "revoked": _("已撤销"),
    },
}
ACTIONS: Mapping[str, Mapping[str, str]] = {
    "NoticeState": {
        "edit": _("修改"),
        "submit": _("提交复核"),
        "return": _("退回"),
        "approve": _("通过复核"),
    },
    "LotState": {"edit": _("修改"), "publish": _("发布")},
    "RegistrationState": {"withdraw": _("撤回报名")},
    "DepositState": {"credit": _("登记入账"), "match": _("核对入账"), "refund": _("登记退款")},
    "CaseState": {
        "notify_correction": _("一次告知补正"),
        "accept": _("受理"),
        "refuse": _("不予受理"),
        "withdraw": _("撤回申请"),
        "start_review": _("开始审查"),
        "propose": _("提出拟办意见"),
        "grant": _("准予许可"),
        "deny": _("不予许可"),
        "return": _("退回"),
    },
    "ProposalState": {"approve": _("批准"), "reject": _("否决")},
}
"""The actions that are somebody's."""
