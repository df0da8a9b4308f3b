"""The words of presets: formats, customary terms, and what is wrong with a row."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from bidding.rules.formats.registry import FORMATS

register = template.Library()

FORMAT_NAMES: Mapping[str, Any] = {
    "ascending": _("增价竞价"),
    "dutch": _("降价竞价（荷兰式）"),
    "fujian": _("挂牌转拍卖"),
    "listing": _("挂牌"),
    "multi_quote": _("多次报价"),
    "near_average": _("一次报价，近均价者得"),
    "one_quote": _("一次报价，价高者得"),
    "one_quote_low": _("一次报价，价低者得"),
    "reverse": _("反向竞价"),
}
TERMS: Mapping[str, Any] = {
    "step_mode": _("加价方式"),
    "inquiry_s": _("询问期（秒）"),
    "countdown_s": _("限时竞价倒计时（秒）"),
    "free_stop_s": _("截止前停止自由报价（秒）"),
    "own_outbid": _("领先者可以再加价"),
    "outage_limit_s": _("多久无法报价算故障（秒）"),
    "refusals_per_s": _("每秒最多报价次数（0 为不限）"),
    "contest_s": _("末段看报价人数的时间（秒）"),
    "prep_s": _("拍卖准备时间（秒）"),
    "repair_limit_s": _("多久修复可即时恢复（秒）"),
    "resume_notice_s": _("超时后恢复前的通知期（秒）"),
    "soft_close_s": _("末段报价延时（秒）"),
    "interval_s": _("降价间隔（秒）"),
    "tie_rounds": _("同价再报的最多轮数"),
    "tie_round_s": _("同价再报每轮时间（秒）"),
}
STEP_MODES: Mapping[str, Any] = {
    "multiple": _("须为加价幅度的整数倍"),
    "at_least": _("不低于加价幅度"),
}
FAULTS: Mapping[str, Any] = {
    "missing": _("这一项是空的，请填写。"),
    "not_a_code": _("代码须为二至十二个大写字母和数字，字母开头，例如 KS 或 SZ2。"),
    "not_a_version": _("版本须为年份加序号，例如 2026.2。"),
    "not_newer": _("版本须比现行版本新，请加大序号。"),
    "not_a_title": _("名称须为一至六十个字。"),
    "other_format": _("这个代码已用于另一种竞价方式，请换一个代码。"),
    "unknown": _("没有这种竞价方式。"),
    "belongs_to_the_lot": _("这一项由每个标的自己规定，不能写进模板。"),
    "not_a_citation": _("每条依据须写明规则编号和出处。"),
    "not_a_confidence": _("可信程度只能是 V、V2、M、m、L 或 P。"),
    "too_many": _("算例过多，最多五十个。"),
    "not_a_vector": _("每个算例须有 name、question 和 expect 三项。"),
    "expects_nothing": _("算例没有写期望的结果，证明不了什么。"),
    "zero": _("不能为零，否则这种竞价方式无法进行。"),
    "leaves_no_free_quoting": _("长于整个挂牌期，就没有自由报价的时间了。"),
    "no_end_in_sight": _("数目过大，竞价不会结束。"),
    "not_whole_seconds": _("须为整数秒，且不超过十年。"),
    "not_a_count": _("须为零至一百万的整数。"),
    "not_true_or_false": _("须为是或否。"),
    "not_a_step_mode": _("请选择一种加价方式。"),
    "a_sealed_quote_moves_no_end": _("密封报价不延长时间，不能规定延时。"),
}


@register.filter
def format_name(key: str) -> str:
    """The name of a format."""
    return str(FORMAT_NAMES[key]) if key in FORMATS else key


@register.filter
def term_name(key: str) -> str:
    """The name of a customary term."""
    return str(TERMS.get(key, key))


@register.filter
def term_value(value: object) -> str:
    """A term's value in words."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    return str(STEP_MODES.get(str(value), value))
