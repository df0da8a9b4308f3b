"""From a lot's figures to a room's terms, and the terms in the words of the notice."""

from collections.abc import Iterator, Mapping

from bidding.rules.contradictions import FALLING, LISTED, ONE_QUOTE
from bidding.rules.presets import Preset
from bidding.rules.terms import parse_terms, terms_json
from kernel.money import format_yuan

OVERRIDES = (
    "countdown_s",
    "inquiry_s",
    "soft_close_s",
    "cap_fen",
    "own_outbid",
    "tie_rounds",
    "tie_round_s",
)


def room_terms(
    preset: Preset, values: Mapping[str, object], overrides: Mapping[str, object]
) -> dict[str, object]:
    """Returns the room's whole terms in canonical JSON. Invalid if they contradict each other."""
    given = dict(values)
    end = given.pop("ends_at")
    given["listing_ends_at" if preset.format in LISTED else "ends_at"] = end
    given.update({name: overrides[name] for name in OVERRIDES if name in overrides})
    return terms_json(parse_terms(preset, given))


def minutes(seconds: object) -> str:
    """A stretch of time in Chinese words: `4 分钟`, `90 秒`."""
    whole = int(str(seconds))
    return f"{whole // 60} 分钟" if whole >= 60 and whole % 60 == 0 else f"{whole} 秒"


def rules_text(preset: Preset, terms: Mapping[str, object]) -> str:
    """The bidding rules as the notice prints them (Chinese; binding text is not translated)."""
    step = format_yuan(int(str(terms["step_fen"])))
    is_falling = preset.format in FALLING
    if preset.format in ONE_QUOTE:
        return "\n".join(_one_quote_lines(terms, step, is_falling=is_falling))
    lines = []
    if preset.format in LISTED:
        lines.append("挂牌期内自由报价；挂牌截止时有符合条件的竞买人的，转入限时竞价。")
        if terms.get("inquiry_s"):
            text = f"挂牌截止前 {minutes(terms['inquiry_s'])}为询问期，确认参加的方可进入限时竞价。"
            lines.append(text)
    if preset.format in LISTED and terms.get("countdown_s"):
        wait = minutes(terms["countdown_s"])
        lines.append(f"限时竞价每次倒计时 {wait}，期间有新的有效报价的，重新计时 {wait}。")
    if terms.get("soft_close_s"):
        wait = minutes(terms["soft_close_s"])
        lines.append(f"截止前最后 {wait}内有有效报价的，截止时间顺延至该报价后 {wait}。")
    verb = "降价" if is_falling else "加价"
    mode = "的整数倍" if terms.get("step_mode") == "multiple" else "以上"
    lines.append(f"每次{verb}为 {step} 元{mode}。")
    lines.append("报价一经受理不得撤回；报价时间以平台服务器受理时刻为准，精确到毫秒。")
    lines.append("截止时刻及以后到达的报价无效。" + ("价低者得。" if is_falling else "价高者得。"))
    return "\n".join(lines)


def _one_quote_lines(terms: Mapping[str, object], step: str, *, is_falling: bool) -> Iterator[str]:
    best = "最低" if is_falling else "最高"
    yield "竞价时间内，每个竞买人密封报价一次；截止前报价金额、人数和竞买号均不公开。"
    bound, side = ("不高于最高限价", "低于") if is_falling else ("不低于起始价", "高出")
    yield f"报价{bound}，{side}部分为 {step} 元的整数倍。"
    yield f"截止时公开全部报价，{best}价者得。"
    rounds = int(str(terms.get("tie_rounds") or 0))
    if rounds:
        wait = minutes(terms["tie_round_s"])
        yield (
            f"{best}价相同的，由报价相同的竞买人再次密封报价，每轮 {wait}，最多 {rounds} 轮；"
            "再次报价不得劣于原报价，未再报价的以原报价为准。"
        )
    yield (
        f"{'仍' if rounds else f'{best}价'}相同的，由系统以全部密封报价的摘要为种子随机抽取，"
        "种子和结果当场公开，任何人可以复算。"
    )
    yield "报价一经受理不得撤回、不得更改；报价时间以平台服务器受理时刻为准，精确到毫秒。"
    yield "截止时刻及以后到达的报价无效。"
