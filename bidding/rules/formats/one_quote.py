"""一次报价: one sealed quote a seat, the highest wins, the lowest in a purchase; preset OQ. AUC-10.

Equal best quotes lead to a further sealed round among those who made them, each again one quote
that may not fall behind the equal price; who stays silent stands by the quote already made. When
the rounds are spent a draw decides, from a seed made of all sealed quotes: nobody knows it before
the close, everybody can work it out again afterwards.
"""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from bidding.rules.codes import Code
from bidding.rules.commands import Offer
from bidding.rules.contradictions import FALLING
from bidding.rules.formats import near_average, shape
from bidding.rules.state import State
from bidding.rules.terms import Terms
from kernel.clock import iso_ms


def least(terms: Terms, state: State, now: datetime) -> int | None:
    """The start price, in a tie round the equal price; no quote made so far changes it."""
    return terms.start_fen if state.book.least_fen is None else state.book.least_fen


def refusal(terms: Terms, state: State, offer: Offer, now: datetime) -> Code | None:
    book, amount = state.book, offer.amount_fen
    sign = -1 if terms.format in FALLING else 1
    gain = sign * (amount - terms.start_fen)
    is_off_step = terms.multiple and terms.step_fen and gain % terms.step_fen
    own = state.sealed.quotes.get(offer.plate or "")
    reasons = (
        (book.round > 1 and offer.plate not in book.tied, Code.NOT_JOINED),
        (gain < 0, Code.BELOW_START),
        (book.least_fen is not None and sign * (amount - book.least_fen) < 0, Code.BELOW_MINIMUM),
        (is_off_step or amount % terms.unit_fen, Code.OFF_STEP),
        (terms.cap_fen is not None and amount > terms.cap_fen, Code.ABOVE_CAP),
        (own is not None and own.round == book.round, Code.ALREADY_LEADING),
    )
    return next((code for applies, code in reasons if applies), None)


def best(terms: Terms, state: State) -> shape.Tie | None:
    """The best price and everybody who quoted it, by plate."""
    quotes = state.sealed.quotes
    if not quotes:
        return None
    pick = min if terms.format in FALLING else max
    price = pick(quote.amount_fen for quote in quotes.values())
    plates = (plate for plate, quote in quotes.items() if quote.amount_fen == price)
    return shape.Tie(tuple(sorted(plates)), price)


def tie(terms: Terms, state: State) -> shape.Tie | None:
    """A further round while equal quotes lead and the terms leave one. AUC-10."""
    found = best(terms, state)
    is_tied = found is not None and len(found.plates) > 1
    return found if is_tied and state.book.round <= terms.tie_rounds else None


def draw(terms: Terms, state: State) -> shape.Draw | None:
    """The tied plate whose digest with the seed is the smallest."""
    found = best(terms, state)
    if found is None or len(found.plates) < 2:
        return None
    seed = _digest("\n".join([state.code, *_lines(state)]))
    drawn = min(found.plates, key=lambda plate: _digest(f"{seed} {plate}"))
    return shape.Draw(found.plates, seed, drawn)


def winner(terms: Terms, state: State) -> shape.Winner | None:
    found, drawn = best(terms, state), draw(terms, state)
    if found is None:
        return None
    return shape.Winner(drawn.plate if drawn else found.plates[0], found.price_fen)


def _lines(state: State) -> list[str]:
    """Each seat's last quote as the record has it, by plate."""
    return [
        f"{plate} {quote.amount_fen} {iso_ms(quote.at)} {quote.round}"
        for plate, quote in sorted(state.sealed.quotes.items())
    ]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


FORMAT = replace(
    near_average.FORMAT,
    refusal=refusal,
    least=least,
    winner=winner,
    tie=tie,
    draw=draw,
    average=None,
)
LOWEST = replace(FORMAT, falls=True)
