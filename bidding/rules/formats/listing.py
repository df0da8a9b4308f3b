"""挂牌: free quoting, inquiry, limited bidding among those who joined; presets TC and SIP.

The inquiry is the last part of the listing; limited bidding starts exactly at the listing end,
if at least two joined, whether they quoted before or not. TC 21-24, AUC-05, AUC-06.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bidding.rules.formats import multi_quote
from bidding.rules.state import Phase, State
from bidding.rules.terms import Terms

NEEDED = 2


def follows(terms: Terms, state: State) -> Phase | None:
    if state.phase is Phase.FREE and terms.inquiry:
        return Phase.INQUIRY
    if state.phase is Phase.LIMITED or len(state.sealed.joined) < NEEDED:
        return None
    return Phase.LIMITED


def length(terms: Terms, phase: Phase) -> timedelta:
    return terms.inquiry if phase is Phase.INQUIRY else terms.countdown


def takes_quotes(terms: Terms, state: State, now: datetime) -> bool:
    """Some cities stop free quoting before the listing ends (园区 rule 21): `free_stop_s`."""
    if state.phase is Phase.FREE:
        return now < state.ends_at + terms.inquiry - terms.free_stop
    return state.phase is Phase.LIMITED


FORMAT = replace(
    multi_quote.FORMAT,
    follows=follows,
    length=length,
    takes_quotes=takes_quotes,
    asks_who_joins=True,
)
