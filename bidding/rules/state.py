"""What is known of a room: its phase, who leads, how it ended. Values only; see fold.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bidding.rules.terms import Terms


class Phase(StrEnum):
    """Stored phases. `closing` is only ever shown: between the end and its `closed`."""

    SCHEDULED = "scheduled"
    FREE = "free"
    INQUIRY = "inquiry"
    PREPARING = "preparing"
    LIMITED = "limited"
    PAUSED = "paused"
    SOLD = "sold"
    UNSOLD = "unsold"
    ABORTED = "aborted"


LIVE = frozenset({Phase.FREE, Phase.INQUIRY, Phase.PREPARING, Phase.LIMITED})
FINAL = frozenset({Phase.SOLD, Phase.UNSOLD, Phase.ABORTED})


@dataclass(frozen=True, slots=True)
class Quote:
    """The last valid quote of a seat."""

    amount_fen: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SealedQuote:
    """The last sealed quote of a seat. `round` is 1 but for what was quoted in a tie round."""

    amount_fen: int
    at: datetime
    round: int = 1


@dataclass(frozen=True, slots=True)
class Book:
    """Who leads, at what price, and each seat's last quote. Its size is the number of seats.

    `round`, `tied` and `least_fen`: which round of sealed quotes is on, and from the second on
    who takes part in it and the equal price that nobody may fall behind. AUC-10.
    """

    top_fen: int | None = None
    top_plate: str | None = None
    top_rank: int | None = None
    offers: int = 0
    is_capped: bool = False
    seats: Mapping[str, Quote] = field(default_factory=dict)
    round: int = 1
    tied: tuple[str, ...] = ()
    least_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Halt:
    """Why and since when a room is paused, and where it goes on."""

    phase: Phase
    since: datetime
    reason: str
    resumes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How the room ended. Without a sale plate and price are None."""

    plate: str | None = None
    price_fen: int | None = None
    rate: str | None = None
    reserve_met: bool | None = None
    reason: str | None = None
    average_fen: int | None = None


ABORT_ANSWERS = frozenset({"confirm_abort", "decline_abort", "withdraw_abort"})


@dataclass(frozen=True, slots=True)
class AbortRequest:
    """A host's request to abort the sale. `answer`: the act that settled it, with its words."""

    by: str
    reason: str
    at: datetime
    until: datetime
    answer: str = ""
    words: str = ""

    def is_open(self, now: datetime) -> bool:
        return not self.answer and now < self.until


@dataclass(frozen=True, slots=True)
class Sealed:
    """What nobody outside the engine may see before the close. `is_declared`: the host has
    declared the room open, which stands there beside his name. `abort`: the last request."""

    seq: int = 0
    joined: frozenset[str] = frozenset()
    quotes: Mapping[str, SealedQuote] = field(default_factory=dict)
    has_reserve: bool = False
    is_declared: bool = False
    abort: AbortRequest | None = None


@dataclass(frozen=True, slots=True)
class State:
    """`ends_at` is the end of the phase in force (while scheduled: the planned one; while paused:
    the one that stood). `began_at` is when this phase began, moved on by the time it was halted.
    """

    code: str
    phase: Phase
    ends_at: datetime
    began_at: datetime
    seq: int = 0
    extensions: int = 0
    book: Book = Book()
    halt: Halt | None = None
    result: Result | None = None
    sealed: Sealed = Sealed()

    @property
    def sealed_seq(self) -> int:
        return self.sealed.seq


def initial(terms: Terms, *, code: str = "") -> State:
    """Returns the room before its first event. `code` goes into the receipt numbers."""
    return State(code, Phase.SCHEDULED, planned_end(terms), terms.opens_at)


def planned_end(terms: Terms) -> datetime:
    """Returns the end of the first phase as announced: the inquiry ends with the listing."""
    return terms.ends_at - terms.inquiry if terms.format == "listing" else terms.ends_at


def next_due(state: State) -> datetime | None:
    """Returns the next instant at which something happens by itself, or None."""
    if state.phase in LIVE:
        return state.ends_at
    if state.phase is Phase.SCHEDULED:
        return state.began_at
    return state.halt.resumes_at if state.halt else None
