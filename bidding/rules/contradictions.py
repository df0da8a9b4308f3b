"""Terms that cannot all hold. Each finding names the term and why, as a stable word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bidding.rules.terms import Terms

LISTED = frozenset({"listing", "fujian", "multi_quote"})
"""Free quoting until the listing end, then a countdown that each quote restarts."""
FALLING = frozenset({"reverse", "dutch", "one_quote_low"})
"""Prices go down from a ceiling."""
BY_AVERAGE = frozenset({"near_average"})
"""A guide price takes the place of start price and step."""
ONE_QUOTE = frozenset({"one_quote", "one_quote_low"})
"""The best sealed quote wins; equal ones lead to further rounds."""

SEEN = frozenset({"ascending", "reverse"})
"""Every quote is public from the opening on, and no listing stage comes first."""

MOST_ROUNDS = 10
"""More sealed rounds than that settle nothing: then a draw."""

Finding = tuple[str, str]


def contradictions(terms: Terms) -> Iterator[Finding]:
    """Yields (term, reason) for every pair of figures that contradict each other."""
    yield from _times(terms)
    yield from _listing(terms)
    yield from _prices(terms)
    yield from _rounds(terms)


def _times(terms: Terms) -> Iterator[Finding]:
    end = "listing_ends_at" if terms.format in LISTED else "ends_at"
    if terms.ends_at <= terms.opens_at:
        yield end, "ends_before_it_opens"
    if terms.format == "dutch" and not terms.interval:
        yield "interval_s", "zero"


def _listing(terms: Terms) -> Iterator[Finding]:
    if terms.format not in LISTED:
        return
    length = terms.ends_at - terms.opens_at
    if not terms.countdown:
        yield "countdown_s", "zero"
    if terms.inquiry >= length:
        yield "inquiry_s", "leaves_no_free_quoting"
    if terms.free_stop >= length:
        yield "free_stop_s", "leaves_no_free_quoting"
    if terms.format == "fujian" and not terms.prep:
        yield "prep_s", "zero"


def _prices(terms: Terms) -> Iterator[Finding]:
    if terms.format in BY_AVERAGE:
        return
    if terms.format in FALLING:
        yield from _falling(terms)
    elif terms.cap_fen is not None and terms.cap_fen < terms.start_fen:
        yield "cap_fen", "below_start"
    if terms.multiple and terms.step_fen % terms.unit_fen:
        yield "step_fen", "no_whole_unit"
    if terms.start_fen % terms.unit_fen:
        yield "start_fen", "no_whole_unit"


def _falling(terms: Terms) -> Iterator[Finding]:
    if terms.cap_fen is not None:
        yield "cap_fen", "prices_fall_here"
    if terms.step_fen >= terms.start_fen:
        yield "step_fen", "not_below_the_ceiling"
    if terms.floor_fen > terms.start_fen:
        yield "floor_fen", "above_the_ceiling"


def _rounds(terms: Terms) -> Iterator[Finding]:
    if terms.format not in ONE_QUOTE:
        return
    if terms.tie_rounds and not terms.tie_round:
        yield "tie_round_s", "zero"
    if terms.tie_rounds > MOST_ROUNDS:
        yield "tie_rounds", "no_end_in_sight"
    if terms.soft_close or terms.countdown:
        yield "soft_close_s" if terms.soft_close else "countdown_s", "a_sealed_quote_moves_no_end"
