"""福建挂牌: two bidders in the last hour turn the listing into an auction; preset FJ. FJ 33-42.

The auction opens after a preparation with a price one auction step above the listing's top.
After a halt it starts again from the preparation. FJ 55, AUC-15.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bidding.rules.formats import multi_quote, shape
from bidding.rules.state import Phase, State
from bidding.rules.terms import Terms

NEEDED = 2
AUCTION = (Phase.PREPARING, Phase.LIMITED)


def follows(terms: Terms, state: State) -> Phase | None:
    if state.phase is Phase.FREE:
        since = state.ends_at - terms.contest
        late = sum(quote.at >= since for quote in state.book.seats.values())
        return Phase.PREPARING if late >= NEEDED else None
    return Phase.LIMITED if state.phase is Phase.PREPARING else None


def length(terms: Terms, phase: Phase) -> timedelta:
    return terms.prep if phase is Phase.PREPARING else terms.countdown


def goes_on(terms: Terms, state: State, now: datetime) -> shape.Going:
    if state.halt is not None and state.halt.phase in AUCTION:
        return shape.Going(Phase.PREPARING, now + terms.prep)
    return shape.moved_on(terms, state, now)


FORMAT = replace(multi_quote.FORMAT, follows=follows, length=length, goes_on=goes_on)
