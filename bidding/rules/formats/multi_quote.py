"""多次报价: free quoting to the announced time, then a rolling countdown; preset MQ. AUC-10."""

from datetime import timedelta

from bidding.rules import prices
from bidding.rules.formats import shape
from bidding.rules.state import Phase, State
from bidding.rules.terms import Terms


def follows(terms: Terms, state: State) -> Phase | None:
    return Phase.LIMITED if state.phase is Phase.FREE else None


def length(terms: Terms, phase: Phase) -> timedelta:
    return terms.countdown


FORMAT = shape.Format(
    first=Phase.FREE,
    follows=follows,
    length=length,
    refusal=prices.rising_refusal,
    least=prices.rising_least,
    end_after=shape.end_rolls,
    goes_on=shape.restarted,
    winner=shape.leader,
    takes_quotes=shape.whenever_open,
)
