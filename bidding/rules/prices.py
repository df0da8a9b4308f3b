"""Which amount is a valid quote where prices rise or fall from quote to quote. AUC-03, AUC-12."""

from datetime import datetime

from bidding.rules.codes import Code
from bidding.rules.commands import Offer
from bidding.rules.state import Book, Phase, State
from bidding.rules.terms import Terms


def step_of(terms: Terms, state: State) -> int:
    """Returns the step in force: the auction has its own where the terms name one. FJ 36."""
    phase = state.halt.phase if state.halt else state.phase
    if terms.auction_step_fen and phase in (Phase.PREPARING, Phase.LIMITED):
        return terms.auction_step_fen
    return terms.step_fen


def rising_refusal(terms: Terms, state: State, offer: Offer, now: datetime) -> Code | None:
    """Each quote at least a step above the top, the first at least the start price."""
    if offer.amount_fen < terms.start_fen:
        return Code.BELOW_START
    return (
        _refusal_by_step(terms, state, offer, sign=1)
        or _refusal_by_cap(terms, offer)
        or _refusal_of_leader(terms, state.book, offer)
    )


def falling_refusal(terms: Terms, state: State, offer: Offer, now: datetime) -> Code | None:
    """Each quote at least a step below the lowest, the first at most the ceiling."""
    if offer.amount_fen > terms.start_fen:
        return Code.BELOW_START
    return _refusal_by_step(terms, state, offer, sign=-1) or _refusal_of_leader(
        terms, state.book, offer
    )


def rising_least(terms: Terms, state: State, now: datetime) -> int | None:
    """The lowest valid quote; None once the cap leaves no room."""
    top = state.book.top_fen
    least = terms.start_fen if top is None else top + step_of(terms, state)
    return None if terms.cap_fen is not None and least > terms.cap_fen else least


def falling_least(terms: Terms, state: State, now: datetime) -> int | None:
    """The highest valid quote; None once nothing above zero is left."""
    top = state.book.top_fen
    most = terms.start_fen if top is None else top - step_of(terms, state)
    return most if most > 0 else None


def reaches_cap(terms: Terms, state: State, amount_fen: int) -> bool:
    """Whether no higher quote is possible after this one. AUC-07."""
    return terms.cap_fen is not None and amount_fen + step_of(terms, state) > terms.cap_fen


def may_equal(book: Book, offer: Offer) -> bool:
    """Whether a priority holder may take the lead at the same price. AUC-09.

    Different ranks: the higher one (smaller number); same rank: the earlier quote stands.
    """
    if offer.priority_rank is None or offer.plate == book.top_plate:
        return False
    return book.top_rank is None or offer.priority_rank < book.top_rank


def _refusal_by_step(terms: Terms, state: State, offer: Offer, sign: int) -> Code | None:
    top = state.book.top_fen
    if top is not None and offer.amount_fen == top:
        return None if may_equal(state.book, offer) else Code.EQUAL_OFFER
    step = step_of(terms, state)
    gain = sign * (offer.amount_fen - (terms.start_fen if top is None else top))
    if top is not None and gain < step:
        return Code.BELOW_MINIMUM
    if (terms.multiple and gain % step) or offer.amount_fen % terms.unit_fen:
        return Code.OFF_STEP
    return None


def _refusal_by_cap(terms: Terms, offer: Offer) -> Code | None:
    return (
        Code.ABOVE_CAP if terms.cap_fen is not None and offer.amount_fen > terms.cap_fen else None
    )


def _refusal_of_leader(terms: Terms, book: Book, offer: Offer) -> Code | None:
    if offer.plate == book.top_plate and not terms.own_outbid:
        return Code.ALREADY_LEADING
    return None
