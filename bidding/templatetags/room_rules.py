"""The rules of a room in words, from its frozen terms: when the end moves, how far quotes go."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

from bidding.templatetags.room import Terms, in_unit, is_falling
from bidding.templatetags.room_texts import TEXTS

register = template.Library()

ONE_QUOTE = ("one_quote", "one_quote_low")


def _span(seconds: int) -> str:
    if seconds and seconds % 3600 == 0:
        return str(TEXTS["word.hours"]).replace("{n}", str(seconds // 3600))
    if seconds and seconds % 60 == 0:
        return str(TEXTS["word.minutes"]).replace("{n}", str(seconds // 60))
    return str(TEXTS["word.seconds"]).replace("{n}", str(seconds))


def _tie_rule(terms: Terms) -> str:
    if not terms.get("tie_rounds"):
        return _("到时截止，报价不延长时间；最优报价相同的，按公开的算法抽取")
    return _(
        "到时截止，报价不延长时间；最优报价相同的，由其再密封报价，最多 %(n)s 轮，每轮 %(span)s，"
        "仍相同的按公开的算法抽取"
    ) % {"n": terms["tie_rounds"], "span": _span(terms["tie_round_s"])}


@register.simple_tag
def timing_rule(snapshot: Mapping[str, Any]) -> str:
    """The sentence that stands beside the countdown: when the end moves, and when not."""
    terms: Terms = snapshot["terms"]
    if snapshot["format"] == "dutch":
        return _("每 %(span)s 降价一次，先应价者得") % {"span": _span(terms["interval_s"])}
    if snapshot["format"] in ONE_QUOTE:
        return _tie_rule(terms)
    if terms.get("countdown_s"):
        return _("限时竞价中每次有效报价后，结束时间重新计为 %(span)s；自由报价不延长时间") % {
            "span": _span(terms["countdown_s"])
        }
    if terms.get("soft_close_s"):
        return _("最后 %(span)s内有有效报价，结束时间延至该报价后 %(span)s") % {
            "span": _span(terms["soft_close_s"])
        }
    return _("到时截止，报价不延长时间")


@register.simple_tag
def step_rule(snapshot: Mapping[str, Any], unit: str) -> str:
    """How far each offer must go beyond the one before."""
    step = snapshot.get("step_fen")
    if not step:
        return ""
    amount = f"{in_unit(step, unit)} {_(unit)}"
    if snapshot["format"] in ONE_QUOTE:
        if snapshot["terms"].get("step_mode") != "multiple":
            return ""
        if is_falling(snapshot):
            return _("低于最高限价的部分须为 %(amount)s 的整数倍") % {"amount": amount}
        return _("高出起始价的部分须为 %(amount)s 的整数倍") % {"amount": amount}
    if is_falling(snapshot):
        return _("每次降价不少于 %(amount)s") % {"amount": amount}
    if snapshot["terms"].get("step_mode") == "multiple":
        return _("加价须为 %(amount)s 的整数倍") % {"amount": amount}
    return _("每次加价不低于 %(amount)s") % {"amount": amount}


@register.simple_tag
def standing_rules(snapshot: Mapping[str, Any]) -> list[str]:
    """What holds in every room; where equal quotes are taken nothing is said of the earlier one."""
    if snapshot["format"] in ONE_QUOTE:
        return [
            _("报价时间以服务器受理时刻（精确到毫秒）为准，一经受理不可撤回、不可更改。"),
            _(
                "每人每轮密封报价一次；截止前金额、人数和竞买号都不公开。截止时刻及以后到达的报价无效。"
            ),
            _("暂停后恢复：截止时间顺延暂停的时长，不得缩短。"),
        ]
    return [
        _("报价时间以服务器受理时刻（精确到毫秒）为准；先后以序号为准，一经受理不可撤回。"),
        _("截止时刻及以后到达的报价无效；相同报价先报者有效。"),
        _("竞价人以竞买号牌显示，身份、人数在结束前保密。"),
        _("暂停后恢复：限时竞价给足完整周期，其他阶段顺延暂停的时长，不得缩短。"),
    ]
