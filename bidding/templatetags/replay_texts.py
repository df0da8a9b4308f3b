"""What the replay of a room says beside the texts of the live room, by key; `{name}` is filled in
the browser. `finding.<code>`: what recheck.js found, in words."""

from django.utils.translation import gettext_lazy as _

from bidding.templatetags.room_texts import TEXTS, under

_FINDINGS = {
    # the record
    "gap": _("记录缺号：第 {seq} 至 {n} 号事件不在记录中"),
    "tail": _("记录不完整：本场共有 {n} 个事件，第 {seq} 号起不在记录中"),
    "unfinished": _("记录没有写到结束"),
    "order": _("序号重复或倒退"),
    "time": _("时间早于前一事件"),
    "unreadable": _("内容无法读取"),
    "after_end": _("竞价结束之后又有事件"),
    "terms": _("开场的条件与公布的不同"),
    "unopened": _("开场之前不应有这一事件"),
    "opened_twice": _("开场两次"),
    "opened_early": _("早于公告的开始时间 {expected_at}"),
    # offers
    "late": _("竞买号 {plate} 报价 {amount} 到达时已过截止时刻 {end_at}"),
    "paused": _("暂停期间不应有报价（竞买号 {plate}，{amount}）"),
    "not_open": _("这一阶段不应有报价（竞买号 {plate}，{amount}）"),
    "free_stopped": _("自由报价已停止，不应有报价（竞买号 {plate}，{amount}）"),
    "exposed": _("密封报价在截止前被公开（竞买号 {plate}，{amount}）"),
    "below_start": _("竞买号 {plate} 报价 {amount}，超出起始价或最高限价的界限"),
    "equal_offer": _("竞买号 {plate} 报价 {amount}，与当前价格相同，先报者有效"),
    "below_minimum": _("竞买号 {plate} 报价 {amount}，变动不足一个幅度"),
    "off_step": _("竞买号 {plate} 报价 {amount}，不是幅度的整数倍"),
    "off_price": _("竞买号 {plate} 应价 {amount}，不是该时刻的价格"),
    "above_cap": _("竞买号 {plate} 报价 {amount}，高于最高限价"),
    "already_leading": _("竞买号 {plate} 已领先，不应再报价（{amount}）"),
    "receipt": _("回执号 {receipt_no} 与序号不符"),
    "cap": _("没有报价达到最高限价"),
    # time
    "end": _("结束时间写为 {found_at}，按规则应为 {expected_at}"),
    "moved": _("没有有效报价，结束时间却改为 {found_at}"),
    "cause": _("延时所指的报价（第 {n} 号事件）不是它前面的报价"),
    "count": _("延时次数写为 {n}，应为 {expected}"),
    "early": _("结束时间 {end_at} 未到"),
    "phase": _("按规则此时不应进入“{phase}”"),
    "least": _("最近有效价写为 {found}，按规则应为 {expected}"),
    "pause": _("按规则此时不应暂停，或起算时刻不对"),
    "not_paused": _("没有暂停，不应恢复"),
    "resumes": _("恢复时间写为 {found_at}，按规则应为 {expected_at}"),
    "resumed_early": _("早于可以恢复的时间 {expected_at}"),
    # sealed quotes
    "round": _("按规则不应有第 {n} 轮密封报价"),
    "round_missing": _("{plates} 号报价相同，按规则应再报一轮"),
    "quoted_twice": _("同一竞买号或同一价格出现两次"),
    "tie": _("竞买号 {plate} 的报价 {amount} 与同价再报的规则不符"),
    "average": _("平均价写为 {found}，应为 {expected}"),
    "quotes_missing": _("截止时没有公开密封报价"),
    "drawn_among": _("参加抽取的竞买号与最优报价不符"),
    "drawn": _("抽取结果写为竞买号 {found}，按公布的种子应为 {expected}"),
    # what had to follow
    "missing_extended": _("前一笔报价应延长结束时间，记录中没有"),
    "missing_cap_reached": _("前一笔报价已达最高限价，记录中没有"),
    "missing_drawn": _("最优报价相同，记录中没有抽取"),
    "missing_closed": _("此处应为截止"),
    "missing_result": _("截止之后应为成交或流拍"),
    # the result
    "unclosed": _("没有截止就有了结果"),
    "nobody": _("没有有效报价，却写明竞买号 {found} 成交"),
    "winner": _("成交竞买号写为 {found}，按规则应为 {expected}"),
    "price": _("成交价写为 {found}，按规则应为 {expected}"),
    "rate": _("比率写为 {found}%，应为 {expected}%"),
    "sold": _("写为流拍，按规则应由竞买号 {expected} 以 {amount} 成交"),
    "no_offer": _("没有有效报价，流拍的原因不对"),
    "published": _("公布的结果是“{phase}”，竞买号 {found}，{amount}，与回放得出的结果不同"),
}
_UNSEEN = {
    "refused": _("被拒的报价和未报价的人，不公开，也不影响结果"),
    "joined": _("询问期内谁答复参加：只有参加者才能进入限时竞价"),
    "reserve": _("保留价的金额：只公开是否达到"),
    "quotes": _("密封报价各自的到达时刻"),
    "seed": _("抽取种子由全部密封报价及其时刻算出，时刻在审计包中"),
    "priority": _("优先购买权人的顺位：以记录所载为准"),
}
_VERDICTS = {
    "sold": _(
        "已按公布的条件逐条核对 {n} 个事件，由有效报价重新得出：竞买号 {plate}，{amount}，"
        "与公布的结果相同。"
    ),
    "unsold": _("已按公布的条件逐条核对 {n} 个事件，与公布的流拍相符。"),
    "aborted": _("已按公布的条件逐条核对 {n} 个事件，本场中止，无人竞得，与公布的相同。"),
    "different": _("有 {n} 处与规则或公布的结果不符，最先的一处在第 {seq} 号事件。"),
}

REPLAY_TEXTS: dict[str, object] = {
    **TEXTS,
    **under("finding", _FINDINGS),
    **under("unseen", _UNSEEN),
    **under("verdict", _VERDICTS),
    "log.offer_placed": _("竞买号 {plate} 报价 {amount}"),
    "log.other": _("其他记录（{kind}）"),
    "replay.position": _("第 {seq} 号事件，共 {n} 个"),
    "replay.play": _("播放"),
    "replay.pause": _("暂停"),
    "replay.moved": _(
        "第 {n} 次延时：第 {cause} 号事件（竞买号 {plate} 的报价）使结束时间由 {from} 改为 {to}"
    ),
    "replay.event": _("第 {seq} 号事件"),
    "replay.more": _("另有 {n} 处"),
    "replay.now": _("当前"),
}
