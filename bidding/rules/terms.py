"""The terms of one room: a preset's defaults with the lot's own figures, checked as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bidding.rules.contradictions import contradictions
from bidding.rules.presets import Preset
from kernel.clock import iso_ms, parse_instant
from kernel.errors import Invalid
from kernel.money import LARGEST_FEN

ZERO = timedelta(0)
LONGEST_S = 10 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class Terms:
    """What was announced and frozen. Zero or None means that the format has no such figure.

    `start_fen` is the ceiling where prices fall. `ends_at` is the first announced end: of the
    listing where free quoting comes first, else of the room. `multiple`: AUC-03 mode.
    `refusals_per_s` 0 is no limit. `named`: the keys that were given, as they are written.
    """

    preset: str
    preset_version: str
    format: str
    opens_at: datetime
    ends_at: datetime
    start_fen: int = 0
    step_fen: int = 0
    auction_step_fen: int = 0
    guide_fen: int = 0
    unit_fen: int = 1
    floor_fen: int = 0
    cap_fen: int | None = None
    multiple: bool = False
    own_outbid: bool = False
    inquiry: timedelta = ZERO
    countdown: timedelta = ZERO
    soft_close: timedelta = ZERO
    free_stop: timedelta = ZERO
    contest: timedelta = ZERO
    prep: timedelta = ZERO
    interval: timedelta = ZERO
    tie_rounds: int = 0
    tie_round: timedelta = ZERO
    resume_notice: timedelta = ZERO
    repair_limit: timedelta | None = None
    reserve_window: timedelta | None = None
    outage_limit: timedelta = timedelta(seconds=10)
    refusals_per_s: int = 5
    named: tuple[str, ...] = ()


def _refused(code: str, field: str, reason: str) -> Invalid:
    return Invalid(code, f"{field}: {reason}", fields={field: reason}, params={"field": field})


def _fen(field: str, value: object) -> int:
    if type(value) is not int or not 0 < value <= LARGEST_FEN:
        raise _refused("bad_value", field, "not_whole_fen")
    return value


def _seconds(field: str, value: object) -> timedelta:
    if type(value) is not int or not 0 <= value <= LONGEST_S:
        raise _refused("bad_value", field, "not_whole_seconds")
    return timedelta(seconds=value)


def _count(field: str, value: object) -> int:
    if type(value) is not int or not 0 <= value <= 1_000_000:
        raise _refused("bad_value", field, "not_a_count")
    return value


def _flag(field: str, value: object) -> bool:
    if type(value) is not bool:
        raise _refused("bad_value", field, "not_true_or_false")
    return value


def _mode(field: str, value: object) -> bool:
    if value not in ("multiple", "at_least"):
        raise _refused("bad_value", field, "not_a_step_mode")
    return value == "multiple"


def _instant(field: str, value: object) -> datetime:
    try:
        return parse_instant(str(value))
    except (ValueError, OverflowError):
        raise _refused("bad_value", field, "not_an_instant") from None


_SPELLING = {
    "start_fen": ("start_fen", _fen),
    "step_fen": ("step_fen", _fen),
    "auction_step_fen": ("auction_step_fen", _fen),
    "guide_fen": ("guide_fen", _fen),
    "unit_fen": ("unit_fen", _fen),
    "floor_fen": ("floor_fen", _fen),
    "cap_fen": ("cap_fen", _fen),
    "step_mode": ("multiple", _mode),
    "own_outbid": ("own_outbid", _flag),
    "inquiry_s": ("inquiry", _seconds),
    "countdown_s": ("countdown", _seconds),
    "soft_close_s": ("soft_close", _seconds),
    "free_stop_s": ("free_stop", _seconds),
    "contest_s": ("contest", _seconds),
    "prep_s": ("prep", _seconds),
    "interval_s": ("interval", _seconds),
    "tie_rounds": ("tie_rounds", _count),
    "tie_round_s": ("tie_round", _seconds),
    "resume_notice_s": ("resume_notice", _seconds),
    "repair_limit_s": ("repair_limit", _seconds),
    "reserve_window_s": ("reserve_window", _seconds),
    "outage_limit_s": ("outage_limit", _seconds),
    "refusals_per_s": ("refusals_per_s", _count),
    "opens_at": ("opens_at", _instant),
    "ends_at": ("ends_at", _instant),
    "listing_ends_at": ("ends_at", _instant),
}
"""How each term is written outside, its name inside, and how it is read."""


def parse_terms(preset: Preset, given: Mapping[str, object]) -> Terms:
    """Returns the checked terms. Unknown keys are ignored; null means not given.

    Invalid with code `missing`, `bad_value` or `contradiction`, and the field with the reason.
    """
    written = {**preset.terms, **{key: value for key, value in given.items() if value is not None}}
    end = "listing_ends_at" if "listing_ends_at" in preset.required else "ends_at"
    other = "ends_at" if end == "listing_ends_at" else "listing_ends_at"
    if other in written:
        written.setdefault(end, written[other])
    for key in sorted(preset.required - written.keys(), key=list(_SPELLING).index):
        raise _refused("missing", key, "missing")
    read: dict[str, Any] = {}
    for key, (name, reader) in _SPELLING.items():
        if key in written:
            value = reader(key, written[key])
            if read.setdefault(name, value) != value:
                raise _refused("contradiction", key, "two_different_ends")
    if end not in written:
        _add_last_fall(read, written)
    named = tuple(key for key in _SPELLING if key in written and key != other)
    terms = Terms(preset.preset, preset.version, preset.format, named=named, **read)
    for field, reason in contradictions(terms):
        raise _refused("contradiction", field, reason)
    return terms


def _add_last_fall(read: dict[str, Any], written: dict[str, object]) -> None:
    """Without an announced end a falling price ends one interval after its lowest. AUC-12."""
    falls = max((read["start_fen"] - read.get("floor_fen", 1)) // read["step_fen"], 0)
    seconds = (falls + 1) * int(read["interval"].total_seconds())
    if not 0 < seconds <= LONGEST_S:
        raise _refused("contradiction", "interval_s", "no_end_in_sight")
    read["ends_at"] = read["opens_at"] + timedelta(seconds=seconds)
    written["ends_at"] = iso_ms(read["ends_at"])


def terms_json(terms: Terms) -> dict[str, object]:
    """Returns the terms as they are published and frozen; `parse_terms` reads them back."""
    return {key: _written(key, getattr(terms, _SPELLING[key][0])) for key in terms.named}


def _written(key: str, value: object) -> object:
    if isinstance(value, datetime):
        return iso_ms(value)
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if key == "step_mode":
        return "multiple" if value else "at_least"
    return value
