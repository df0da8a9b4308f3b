"""What a format is: a handful of pure functions, and the ones most formats share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from bidding.rules.codes import Code
from bidding.rules.commands import Offer
from bidding.rules.state import Phase, State
from bidding.rules.terms import Terms


class Winner(NamedTuple):
    """Who would win if the room closed now, before the reserve is looked at."""

    plate: str
    price_fen: int


class Going(NamedTuple):
    """Where a halted room goes on, and the end of that phase."""

    phase: Phase
    ends_at: datetime


class Tie(NamedTuple):
    """Whose equal quotes lead to one more sealed round, and the price of those quotes."""

    plates: tuple[str, ...]
    price_fen: int


class Draw(NamedTuple):
    """Equal quotes told apart by lot: among whom, from which seed, and who was drawn."""

    plates: tuple[str, ...]
    seed: str
    plate: str


def no_tie(terms: Terms, state: State) -> Tie | None:
    """Equal quotes are refused, or the format itself tells them apart."""
    return None


def no_draw(terms: Terms, state: State) -> Draw | None:
    """Nothing is left to chance."""
    return None


@dataclass(frozen=True, slots=True)
class Format:
    """`follows` names the phase after the one whose end has passed, or None to close.

    `tie` and `draw` say what becomes of equal sealed quotes, `average` what decides among quotes
    where an average does. `length` gives the length of a following phase, `refusal` why a quote
    is not valid (None: it is), `least` the nearest valid amount, `end_after` the end that an
    accepted quote leaves.
    """

    first: Phase
    follows: Callable[[Terms, State], Phase | None]
    refusal: Callable[[Terms, State, Offer, datetime], Code | None]
    least: Callable[[Terms, State, datetime], int | None]
    end_after: Callable[[Terms, State, datetime], datetime]
    length: Callable[[Terms, Phase], timedelta]
    goes_on: Callable[[Terms, State, datetime], Going]
    winner: Callable[[Terms, State], Winner | None]
    takes_quotes: Callable[[Terms, State, datetime], bool]
    asks_who_joins: bool = False
    falls: bool = False
    is_sealed: bool = False
    first_wins: bool = False
    tie: Callable[[Terms, State], Tie | None] = no_tie
    draw: Callable[[Terms, State], Draw | None] = no_draw
    average: Callable[[State], int | None] | None = None


def closes(terms: Terms, state: State) -> Phase | None:
    """The first phase is the only one."""
    return None


def no_length(terms: Terms, phase: Phase) -> timedelta:
    """No phase follows another."""
    return timedelta(0)


def end_stands(terms: Terms, state: State, now: datetime) -> datetime:
    """Quotes never move the end."""
    return state.ends_at


def end_is_soft(terms: Terms, state: State, now: datetime) -> datetime:
    """A quote in the last minutes leaves a full window again. JA 20, AUC-06."""
    return max(state.ends_at, now + terms.soft_close)


def end_rolls(terms: Terms, state: State, now: datetime) -> datetime:
    """Each limited quote starts the countdown anew; free quotes move nothing. AUC-06."""
    if state.phase is not Phase.LIMITED:
        return state.ends_at
    return max(state.ends_at, now + terms.countdown)


def moved_on(terms: Terms, state: State, now: datetime) -> Going:
    """The end moves on by the time lost, never to less than the soft-close window. AUC-15."""
    if state.halt is None:
        return Going(state.phase, state.ends_at)
    left = state.ends_at - state.halt.since
    return Going(state.halt.phase, now + max(left, terms.soft_close))


def restarted(terms: Terms, state: State, now: datetime) -> Going:
    """A rolling countdown restarts in full, any other end moves on. AUC-15."""
    if state.halt is not None and state.halt.phase is Phase.LIMITED:
        return Going(Phase.LIMITED, now + terms.countdown)
    return moved_on(terms, state, now)


def leader(terms: Terms, state: State) -> Winner | None:
    """The best quote wins, of equal ones the earlier. AUC-05."""
    book = state.book
    if book.top_plate is None or book.top_fen is None:
        return None
    return Winner(book.top_plate, book.top_fen)


def whenever_open(terms: Terms, state: State, now: datetime) -> bool:
    """Quotes are taken in free and in limited bidding."""
    return state.phase is Phase.LIMITED or state.phase is Phase.FREE
