"""The record of a room in words, an event a line, and the texts of its replay."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from bidding.templatetags.replay_texts import REPLAY_TEXTS
from bidding.templatetags.room import clock_time, in_unit, phase_word, stage

register = template.Library()

Event = Mapping[str, Any]


@register.simple_tag
def replay_texts() -> SafeString:
    """All sentences of the replay in the reader's language, as inert markup."""
    pairs = ((key, str(text)) for key, text in REPLAY_TEXTS.items())
    texts = format_html_join("", '<data value="{}">{}</data>', pairs)
    return format_html('<template id="room-texts">{}</template>', texts)


def _amount(fen: int | None, unit: str) -> str:
    return "" if fen is None else f"{in_unit(fen, unit)} {_(unit)}"


def _reason(event: Event) -> str:
    reason = str(event.get("reason") or "")
    return str(REPLAY_TEXTS.get(f"log.reason.{reason}", reason))


def _list(words: list[str]) -> str:
    comma = str(REPLAY_TEXTS["word.comma"])
    return (comma if comma == "、" else f"{comma} ").join(words)


def _quotes(event: Event, unit: str) -> str:
    quotes = [f"{row['plate']} {_amount(row['amount_fen'], unit)}" for row in event["quotes"]]
    return _list(quotes) or str(REPLAY_TEXTS["price.nobody"])


@register.filter
def is_quoted(event: Event) -> bool:
    """Whether a person wrote part of it: only our own words are in the reader's language."""
    reason = event.get("reason")
    return bool(event.get("text")) or (bool(reason) and f"log.reason.{reason}" not in REPLAY_TEXTS)


@register.simple_tag
def event_line(event: Event, snapshot: Mapping[str, Any], unit: str) -> str:
    """What happened, in one sentence: as the live room's log and the replay word it."""
    key = "log.tied" if event.get("round") else f"log.{event['kind']}"
    text = str(REPLAY_TEXTS.get(key, REPLAY_TEXTS["log.other"]))
    phase = event.get("to") or event.get("phase") or ""
    values = {
        "kind": event["kind"],
        "n": event.get("extensions") or event.get("round") or "",
        "end": clock_time(event.get("ends_at")),
        "at": clock_time(event.get("resumes_at")),
        "phase": phase_word(stage({**snapshot, "phase": phase})),
        "reason": _reason(event),
        "text": event.get("text", ""),
        "plate": event.get("plate", ""),
        "plates": _list(event.get("plates") or []),
        "quotes": _quotes(event, unit) if "quotes" in event else "",
        "amount": _amount(event.get("amount_fen") or event.get("price_fen"), unit),
    }
    # What a host wrote may hold braces of its own: each place of the sentence is filled once.
    parts = text.replace("}", "{").split("{")
    return "".join(
        str(values.get(part, part)) if index % 2 else part for index, part in enumerate(parts)
    )
