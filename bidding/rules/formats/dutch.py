"""荷兰式: the price falls by the step each interval, the first to accept it wins. AUC-12.

The price never falls below `floor_fen`; it stays at the last step above it until the end.
"""

from dataclasses import replace
from datetime import datetime

from bidding.rules.codes import Code
from bidding.rules.commands import Offer
from bidding.rules.formats import ascending, shape
from bidding.rules.state import State
from bidding.rules.terms import Terms


def price_at(terms: Terms, state: State, now: datetime) -> int:
    """Returns the price on offer in fen. Halted time does not count."""
    instant = state.halt.since if state.halt else now
    falls = max((instant - state.began_at) // terms.interval, 0)
    lowest = (terms.start_fen - max(terms.floor_fen, 1)) // terms.step_fen
    return terms.start_fen - min(falls, lowest) * terms.step_fen


def least(terms: Terms, state: State, now: datetime) -> int | None:
    return price_at(terms, state, now)


def refusal(terms: Terms, state: State, offer: Offer, now: datetime) -> Code | None:
    price = price_at(terms, state, now)
    if offer.amount_fen > terms.start_fen:
        return Code.BELOW_START
    if offer.amount_fen < price:
        return Code.BELOW_MINIMUM
    return Code.OFF_STEP if offer.amount_fen > price else None


FORMAT = replace(
    ascending.FORMAT,
    refusal=refusal,
    least=least,
    end_after=shape.end_stands,
    first_wins=True,
)
