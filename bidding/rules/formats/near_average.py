"""一次报价: one sealed quote a seat, the one nearest to the average wins; preset SZ1. AUC-08."""

from datetime import datetime
from decimal import Decimal

from bidding.rules.codes import Code
from bidding.rules.commands import Offer
from bidding.rules.formats import shape
from bidding.rules.state import Phase, State
from bidding.rules.terms import Terms
from kernel.money import FEN_IN_YUAN, half_up


def is_too_low(terms: Terms, amount_fen: int) -> bool:
    """A quote stands strictly above 125 % of the guide price (市场指导价)."""
    return amount_fen * 4 <= terms.guide_fen * 5


def is_too_high(terms: Terms, amount_fen: int) -> bool:
    """And at most 150 % of it."""
    return amount_fen * 2 > terms.guide_fen * 3


def least(terms: Terms, state: State, now: datetime) -> int | None:
    """The lowest whole yuan above 125 %; which prices are taken stays secret."""
    return (terms.guide_fen * 5 // 4 // FEN_IN_YUAN + 1) * FEN_IN_YUAN


def refusal(terms: Terms, state: State, offer: Offer, now: datetime) -> Code | None:
    quotes = state.sealed.quotes
    reasons = (
        (is_too_low(terms, offer.amount_fen), Code.BELOW_START),
        (any(quote.amount_fen == offer.amount_fen for quote in quotes.values()), Code.EQUAL_OFFER),
        (offer.amount_fen % FEN_IN_YUAN != 0, Code.OFF_STEP),
        (is_too_high(terms, offer.amount_fen), Code.ABOVE_CAP),
        (offer.plate in quotes, Code.ALREADY_LEADING),
    )
    return next((code for applies, code in reasons if applies), None)


def average_fen(state: State) -> int | None:
    """The mean of the quotes made, half-up to the fen."""
    amounts = [quote.amount_fen for quote in state.sealed.quotes.values()]
    return int(half_up(Decimal(sum(amounts)) / len(amounts), 0)) if amounts else None


def winner(terms: Terms, state: State) -> shape.Winner | None:
    """The quote nearest to the average; of two equally near the lower."""
    average = average_fen(state)
    if average is None:
        return None
    quotes = ((plate, quote.amount_fen) for plate, quote in state.sealed.quotes.items())
    plate, price = min(quotes, key=lambda item: (abs(item[1] - average), item[1]))
    return shape.Winner(plate, price)


FORMAT = shape.Format(
    first=Phase.FREE,
    follows=shape.closes,
    length=shape.no_length,
    refusal=refusal,
    least=least,
    end_after=shape.end_stands,
    goes_on=shape.moved_on,
    winner=winner,
    takes_quotes=shape.whenever_open,
    is_sealed=True,
    average=average_fen,
)
