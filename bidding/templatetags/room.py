"""What the room pages need beside the design system: amounts in the lot's unit, phases, rules.

Amounts are integer fen, instants the ISO texts of the protocol.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bidding.templatetags.room_texts import LINKS, PHASES, SEATS, TEXTS
from kernel import money
from kernel.clock import CHINA, parse_instant

register = template.Library()

Terms = Mapping[str, Any]

SECOND = timedelta(seconds=1)
ENDED = ("sold", "unsold", "aborted")
PHASE_CHIPS = {
    "scheduled": "waiting",
    "free": "live",
    "sealed": "live",
    "inquiry": "soon",
    "preparing": "waiting",
    "limited": "live",
    "paused": "paused",
    "closing": "waiting",
    "sold": "done",
    "unsold": "none",
    "aborted": "stopped",
}
SEAT_ICONS = {
    "none": "dash",
    "quoted": "tick",
    "leading": "tick",
    "outbid": "warn",
    "won": "tick",
    "lost": "dash",
}
LINK_ICONS = {
    "connected": "signal",
    "slow": "signal",
    "retrying": "refresh",
    "lost": "no-signal",
    "fallback": "signal",
}
STAGES = {
    "listing": ("free", "inquiry", "limited"),
    "fujian": ("free", "preparing", "limited"),
    "multi_quote": ("free", "limited"),
    "ascending": ("limited",),
    "reverse": ("limited",),
    "dutch": ("limited",),
}
SEALED = ("near_average", "one_quote", "one_quote_low")


# ── texts for the script ──────────────────────────────────────────────────────────────────────


@register.simple_tag
def room_texts() -> SafeString:
    """All sentences of the script in the reader's language, as inert markup."""
    pairs = ((key, str(text)) for key, text in TEXTS.items())
    texts = format_html_join("", '<data value="{}">{}</data>', pairs)
    return format_html('<template id="room-texts">{}</template>', texts)


@register.simple_tag
def phase_chips() -> list[dict[str, object]]:
    """Every phase with the kind of its chip and its word."""
    return [{"key": key, "kind": PHASE_CHIPS[key], "text": PHASES[key]} for key in PHASES]


@register.simple_tag
def seat_states() -> list[dict[str, object]]:
    """Every standing of a seat with its icon and word."""
    return [{"key": key, "icon": SEAT_ICONS[key], "text": SEATS[key]} for key in SEATS]


@register.simple_tag
def link_states() -> list[dict[str, object]]:
    """Every state of the line with its icon and word."""
    return [{"key": key, "icon": LINK_ICONS[key], "text": LINKS[key]} for key in LINKS]


@register.filter
def phase_word(phase: str) -> str:
    """The fixed word of a phase."""
    return str(PHASES.get(phase, phase))


@register.filter
def is_sealed(snapshot: Mapping[str, Any]) -> bool:
    """Quotes nobody sees before the close."""
    return snapshot["format"] in SEALED


@register.filter
def stage(snapshot: Mapping[str, Any]) -> str:
    """The phase as the page words it: free quotes that nobody sees are sealed ones."""
    phase = str(snapshot["phase"])
    return "sealed" if phase == "free" and is_sealed(snapshot) else phase


@register.filter
def phase_chip(phase: str) -> str:
    """The chip kind of a phase."""
    return PHASE_CHIPS.get(phase, "waiting")


@register.filter
def seat_word(me: Mapping[str, Any]) -> str:
    """The fixed word of a seat's standing."""
    return str(SEATS[_standing(me)])


@register.filter
def seat_icon(me: Mapping[str, Any]) -> str:
    """The icon of a seat's standing."""
    return SEAT_ICONS[_standing(me)]


def _standing(me: Mapping[str, Any]) -> str:
    """Who has quoted and neither leads nor follows has quoted sealed."""
    state = str(me["state"])
    return "quoted" if state == "none" and me["best_fen"] is not None else state


# ── figures ───────────────────────────────────────────────────────────────────────────────────


@register.filter
def in_unit(fen: int | None, unit: str) -> str:
    """The amount in the lot's unit, without the word: `8,160.00`."""
    if fen is None:
        return "—"
    return money.format_wan(fen) if unit == "万元" else money.format_yuan(fen)


@register.filter
def unit_word(unit: str) -> str:
    """万元 or 元 in the reader's language."""
    return _(unit)


@register.filter
def at(instant: str | None) -> datetime | None:
    """The aware instant of a protocol text, for the filters of the design system."""
    return parse_instant(instant) if instant else None


@register.filter
def clock_time(instant: str | None) -> str:
    """`10:07:51`, with the date before it when it is asked for as a day of its own elsewhere."""
    return parse_instant(instant).astimezone(CHINA).strftime("%H:%M:%S") if instant else "—"


@register.filter
def clock_time_ms(instant: str) -> str:
    """`10:02:51.204`: the time of an offer, cut and never rounded."""
    return parse_instant(instant).astimezone(CHINA).strftime("%H:%M:%S.%f")[:-3]


@register.filter
def other_form(fen: int | None, unit: str) -> str:
    """The amount in the other unit beside the lot's own: yuan for 万元, 万元 for yuan."""
    if fen is None:
        return ""
    other = "元" if unit == "万元" else "万元"
    return f"{in_unit(fen, other)} {_(other)}"


@register.filter
def signed_in(fen: int, unit: str) -> str:
    """The difference to the offer before, with its sign."""
    return f"{'−' if fen < 0 else '+'}{in_unit(abs(fen), unit)}"


# ── where the room stands ─────────────────────────────────────────────────────────────────────


@register.filter
def is_over(snapshot: Mapping[str, Any]) -> bool:
    """Sold, passed in or aborted."""
    return snapshot["phase"] in ENDED


@register.filter
def is_running(snapshot: Mapping[str, Any]) -> bool:
    """Open and not paused."""
    return not is_over(snapshot) and snapshot["phase"] not in ("scheduled", "paused")


@register.filter
def countdown_word(snapshot: Mapping[str, Any]) -> str:
    """What the countdown counts to."""
    is_ended = is_over(snapshot) and snapshot["phase"] != "aborted"  # aborted, the end never came
    return str(TEXTS[f"countdown.{'ended' if is_ended else stage(snapshot)}"])


@register.filter
def countdown_target(snapshot: Mapping[str, Any]) -> str | None:
    """The instant it counts to: the opening, the end in force, none while time stands still."""
    at = snapshot["opens_at"] if snapshot["phase"] == "scheduled" else snapshot["ends_at"]
    return str(at) if at else None


@register.filter
def time_left(snapshot: Mapping[str, Any]) -> str:
    """The countdown as the page is made; never negative."""
    target = countdown_target(snapshot)
    if target is None:
        return "—"
    if is_over(snapshot):
        return clock_time(target)
    left = max(0, ceil((parse_instant(target) - parse_instant(snapshot["server_at"])) / SECOND))
    days, rest = divmod(left, 86_400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days}{_('天')} {clock}" if days else clock


@register.filter
def price_word(snapshot: Mapping[str, Any]) -> str:
    """What the big figure is."""
    if snapshot["phase"] == "sold":
        return str(TEXTS["price.hammer"])
    key = "price.lowest" if is_falling(snapshot) else "price.highest"
    return str(TEXTS[f"{key}.ended" if is_over(snapshot) else key])


@register.filter
def no_price_word(snapshot: Mapping[str, Any]) -> str:
    """What stands in its place while there is none."""
    if is_over(snapshot):
        return str(TEXTS["price.nobody"])
    return str(TEXTS["price.sealed" if is_sealed(snapshot) else "price.none"])


@register.filter
def leader_word(snapshot: Mapping[str, Any]) -> str:
    """What the plate beside it has done."""
    return str(TEXTS["leader.won" if snapshot["phase"] == "sold" else "leader.leads"])


@register.filter
def least_word(snapshot: Mapping[str, Any]) -> str:
    """The nearest valid amount: the highest one where prices fall."""
    return str(TEXTS["min.falling" if is_falling(snapshot) else "min.rising"])


@register.filter
def reason_word(snapshot: Mapping[str, Any]) -> str:
    """Why it is paused or ended: the host's own words, or ours for what the system decided."""
    reason = snapshot.get("reason") or ""
    return str(TEXTS.get(f"log.reason.{reason}", reason))


@register.simple_tag
def verdict_line(snapshot: Mapping[str, Any], unit: str) -> str:
    """How the sale ended, in one sentence."""
    if snapshot["phase"] == "sold":
        amount = f"{in_unit(snapshot['top_fen'], unit)} {_(unit)}"
        text = str(TEXTS["log.hammered"])
        return text.replace("{plate}", snapshot["top_plate"]).replace("{amount}", amount)
    key = {"unsold": "log.passed_in", "aborted": "log.aborted"}.get(snapshot["phase"])
    return str(TEXTS[key]).replace("{reason}", reason_word(snapshot)) if key else ""


@register.filter
def is_falling(snapshot: Mapping[str, Any]) -> bool:
    """Prices fall in a purchase and in a Dutch sale."""
    return snapshot["format"] in ("reverse", "dutch", "one_quote_low")


@register.simple_tag
def change_rate(snapshot: Mapping[str, Any]) -> str:
    """The premium over the start price, or what was saved under the ceiling, in per cent."""
    start, top = snapshot["terms"].get("start_fen"), snapshot.get("top_fen")
    if not start or top is None:
        return ""
    saved = is_falling(snapshot)
    rate = money.rate_percent(start - top if saved else top - start, start)
    return (_("节约率 %(rate)s%%") if saved else _("溢价率 %(rate)s%%")) % {"rate": rate}


@register.simple_tag
def rows_of(snapshot: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The last offers, newest first, each with the difference to the one before."""
    rows: list[dict[str, Any]] = []
    before: int | None = None
    for offer in snapshot.get("offers") or []:
        amount: int = offer["amount_fen"]
        rows.append({**offer, "gain_fen": None if before is None else amount - before})
        before = amount
    return rows[::-1]


def _stage_word(snapshot: Mapping[str, Any], key: str) -> str:
    return _("成交") if key == "sold" else phase_word(stage({**snapshot, "phase": key}))


@register.simple_tag
def stage_rail(snapshot: Mapping[str, Any]) -> list[dict[str, object]]:
    """The stages of this format with what is done, current and to come."""
    stages = [*STAGES.get(snapshot["format"], ("free",)), "sold"]
    phase = snapshot.get("resumes_to") or snapshot["phase"]
    if phase in ("unsold", "aborted"):
        stages[-1] = phase
    here = stages.index(phase) if phase in stages else -1
    states = [
        "done" if i < here else "current" if i == here else "todo" for i in range(len(stages))
    ]
    return [
        {"key": key, "label": _stage_word(snapshot, key), "state": state}
        for key, state in zip(stages, states, strict=True)
    ]


# ── health of the house ───────────────────────────────────────────────────────────────────────


@register.filter
def is_healthy(health: Mapping[str, Any]) -> bool:
    """Frames go out, nothing is overdue and the clock agrees."""
    return health["channel_ok"] and not health["late_ms"] and health["clock"] == "agrees"


@register.filter
def channel_word(health: Mapping[str, Any]) -> str:
    """How frames reach other processes."""
    return str(TEXTS[f"health.channel.{health['channel'] if health['channel_ok'] else 'down'}"])


@register.filter
def late_word(health: Mapping[str, Any]) -> str:
    """Whether the clock is right, and what is due by it was done."""
    if health["clock"] != "agrees":
        return str(TEXTS[f"health.clock.{health['clock']}"])
    seconds = ceil(health["late_ms"] / 1000)
    return str(TEXTS["health.late" if seconds else "health.on_time"]).replace("{n}", str(seconds))
