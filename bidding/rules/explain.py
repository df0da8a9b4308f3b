"""Says in words what happened in a room and by which rule of the rule book. Chinese, one line each.

The public calculators show these lines; the rule ids are those of the preset rows.
"""

from collections.abc import Callable, Iterable
from typing import Any

from bidding import events as e
from bidding.rules.formats.registry import FORMATS
from bidding.rules.terms import Terms
from kernel.clock import iso_ms
from kernel.money import format_yuan

_PHASES = {
    "free": "自由报价",
    "inquiry": "询问",
    "preparing": "准备",
    "limited": "限时竞价",
}


def explain(terms: Terms, events: Iterable[e.Event]) -> list[str]:
    """Returns one line for each public event that a rule explains."""
    lines = []
    for event in events:
        line = _LINES.get(type(event))
        if line is not None:
            lines.append(f"{iso_ms(event.at)} {line(terms, event)}")
    return lines


def _opened(terms: Terms, event: e.Opened) -> str:
    return f"竞价方案 {event.preset} {event.preset_version} 开场，进入{_PHASES[event.phase]}"


def _offer_placed(terms: Terms, event: e.OfferPlaced) -> str:
    rule = "AUC-12" if FORMATS[terms.format].falls else "AUC-03"
    return f"{event.plate} 号报价 {format_yuan(event.amount_fen)} 元有效 ({rule}, AUC-04)"


def _extended(terms: Terms, event: e.Extended) -> str:
    return f"第 {event.extensions} 次延时至 {iso_ms(event.ends_at)} (AUC-06)"


def _phase_changed(terms: Terms, event: e.PhaseChanged) -> str:
    if event.round is not None and event.min_valid_fen is not None:
        plates, price = "、".join(event.plates or ()), format_yuan(event.min_valid_fen)
        end = iso_ms(event.ends_at)
        return f"{plates} 号报价同为 {price} 元，进入第 {event.round} 轮密封报价，至 {end} (AUC-10)"
    return f"进入{_PHASES[event.to]}，至 {iso_ms(event.ends_at)} (SM-G, AUC-06)"


def _paused(terms: Terms, event: e.Paused) -> str:
    return f"自 {iso_ms(event.since)} 起暂停 (AUC-15)"


def _resume_scheduled(terms: Terms, event: e.ResumeScheduled) -> str:
    return f"故障超时，定于 {iso_ms(event.resumes_at)} 恢复 (AUC-15)"


def _resumed(terms: Terms, event: e.Resumed) -> str:
    return f"恢复{_PHASES[event.phase]}，至 {iso_ms(event.ends_at)} (AUC-15)"


def _cap_reached(terms: Terms, event: e.CapReached) -> str:
    return f"报价达到最高限价 {format_yuan(event.amount_fen)} 元，停止加价 (AUC-07)"


def _quotes_opened(terms: Terms, event: e.QuotesOpened) -> str:
    shape = FORMATS[terms.format]
    rule = "AUC-08" if shape.average else "AUC-10"
    if not event.quotes:
        return f"无人报价 ({rule})"
    if event.average_fen is None:
        return f"公开 {len(event.quotes)} 人的报价，价{'低' if shape.falls else '高'}者得 ({rule})"
    return f"平均价 {format_yuan(event.average_fen)} 元，最接近者得 (AUC-08)"


def _drawn(terms: Terms, event: e.Drawn) -> str:
    return f"{'、'.join(event.plates)} 号报价相同，抽取 {event.plate} 号 (AUC-10)"


def _closed(terms: Terms, event: e.Closed) -> str:
    return f"{iso_ms(event.ends_at)} 截止 (AUC-04)"


def _hammered(terms: Terms, event: e.Hammered) -> str:
    return f"{event.plate} 号以 {format_yuan(event.price_fen)} 元成交 (AUC-05)"


def _passed_in(terms: Terms, event: e.PassedIn) -> str:
    why = "无有效报价" if event.reason == "no_offer" else "未达保留价"
    return f"{why}，流拍 (AUC-05)"


_LINES: dict[type, Callable[[Terms, Any], str]] = {
    e.Opened: _opened,
    e.OfferPlaced: _offer_placed,
    e.Extended: _extended,
    e.PhaseChanged: _phase_changed,
    e.Paused: _paused,
    e.ResumeScheduled: _resume_scheduled,
    e.Resumed: _resumed,
    e.CapReached: _cap_reached,
    e.QuotesOpened: _quotes_opened,
    e.Drawn: _drawn,
    e.Closed: _closed,
    e.Hammered: _hammered,
    e.PassedIn: _passed_in,
}
