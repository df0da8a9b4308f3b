"""What happens in a room, in the words of the public protocol.

Instants are aware and whole milliseconds. `body()` is what stands in the ledger and in frames
beside `seq`, `kind` and `at`; `parse_event()` is its inverse, so a record can be folded again.
Kinds with `sealed` go to `room/<code>/sealed`, which nobody sees before the close.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, cast, get_args

from kernel.clock import iso_ms, parse_instant


@dataclass(frozen=True, slots=True)
class Opened:
    kind: ClassVar[str] = "opened"
    sealed: ClassVar[bool] = False
    at: datetime
    preset: str
    preset_version: str
    format: str
    terms: Mapping[str, object]
    phase: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class OfferPlaced:
    """`priority_rank` stands only where a priority holder (优先购买权人) quoted."""

    kind: ClassVar[str] = "offer_placed"
    sealed: ClassVar[bool] = False
    at: datetime
    plate: str
    amount_fen: int
    receipt_no: str
    priority_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Extended:
    """Next after the offer that moved the end, at the same instant."""

    kind: ClassVar[str] = "extended"
    sealed: ClassVar[bool] = False
    at: datetime
    ends_at: datetime
    cause_seq: int
    extensions: int


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """`round` and `plates` stand only where a tie round of sealed quotes begins: its number, and
    whose equal quotes led to it."""

    kind: ClassVar[str] = "phase_changed"
    sealed: ClassVar[bool] = False
    at: datetime
    from_: str
    to: str
    ends_at: datetime
    min_valid_fen: int | None
    round: int | None = None
    plates: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """`since` is the instant from which time does not count: before `at` after an outage."""

    kind: ClassVar[str] = "paused"
    sealed: ClassVar[bool] = False
    at: datetime
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ResumeScheduled:
    """A long fault was repaired: the room goes on after the notice the preset asks for."""

    kind: ClassVar[str] = "resume_scheduled"
    sealed: ClassVar[bool] = False
    at: datetime
    resumes_at: datetime


@dataclass(frozen=True, slots=True)
class Resumed:
    kind: ClassVar[str] = "resumed"
    sealed: ClassVar[bool] = False
    at: datetime
    phase: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Announced:
    kind: ClassVar[str] = "announced"
    sealed: ClassVar[bool] = False
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class CapReached:
    kind: ClassVar[str] = "cap_reached"
    sealed: ClassVar[bool] = False
    at: datetime
    amount_fen: int


@dataclass(frozen=True, slots=True)
class QuotesOpened:
    """The sealed quotes of a one-quote room, shown when it closes; the average in fen, null where
    it decides nothing."""

    kind: ClassVar[str] = "quotes_opened"
    sealed: ClassVar[bool] = False
    at: datetime
    quotes: list[dict[str, object]]
    average_fen: int | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """Equal sealed quotes were told apart by lot, from a seed that anybody can work out again."""

    kind: ClassVar[str] = "drawn"
    sealed: ClassVar[bool] = False
    at: datetime
    plates: list[str]
    seed: str
    plate: str


@dataclass(frozen=True, slots=True)
class Closed:
    """`ends_at` is the end that passed, which is the lawful instant; `at` is when it was seen."""

    kind: ClassVar[str] = "closed"
    sealed: ClassVar[bool] = False
    at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Hammered:
    """Rates are percentages over the start price. `reserve_met` is None without a reserve."""

    kind: ClassVar[str] = "hammered"
    sealed: ClassVar[bool] = False
    at: datetime
    plate: str
    price_fen: int
    premium_rate: str | None = None
    saving_rate: str | None = None
    reserve_met: bool | None = None


@dataclass(frozen=True, slots=True)
class PassedIn:
    """`reason` is `no_offer` or `below_reserve`."""

    kind: ClassVar[str] = "passed_in"
    sealed: ClassVar[bool] = False
    at: datetime
    reason: str
    reserve_met: bool | None = None


@dataclass(frozen=True, slots=True)
class Aborted:
    kind: ClassVar[str] = "aborted"
    sealed: ClassVar[bool] = False
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class OfferRefused:
    kind: ClassVar[str] = "offer_refused"
    sealed: ClassVar[bool] = True
    at: datetime
    plate: str
    amount_fen: int
    code: str
    min_valid_fen: int | None = None


@dataclass(frozen=True, slots=True)
class JoinRefused:
    kind: ClassVar[str] = "join_refused"
    sealed: ClassVar[bool] = True
    at: datetime
    plate: str
    code: str


@dataclass(frozen=True, slots=True)
class Joined:
    kind: ClassVar[str] = "joined"
    sealed: ClassVar[bool] = True
    at: datetime
    plate: str


@dataclass(frozen=True, slots=True)
class OfferSealed:
    """A quote nobody may see before the close. `round` stands only in a tie round."""

    kind: ClassVar[str] = "offer_sealed"
    sealed: ClassVar[bool] = True
    at: datetime
    plate: str
    amount_fen: int
    receipt_no: str
    round: int | None = None


@dataclass(frozen=True, slots=True)
class ReserveSet:
    """Only the commitment to the reserve price (保留价); the value lies encrypted elsewhere."""

    kind: ClassVar[str] = "reserve_set"
    sealed: ClassVar[bool] = True
    at: datetime
    commitment: str


DONE = "done"


@dataclass(frozen=True, slots=True)
class HostActed:
    """Who did what (`open pause resume announce`, `ask_abort confirm_abort decline_abort
    withdraw_abort`) with which words, whether it was `done` or the code of its refusal, and the
    number of the public entry that came of it. `until`: how long a request waits for its answer."""

    kind: ClassVar[str] = "host_acted"
    sealed: ClassVar[bool] = True
    at: datetime
    actor: str
    action: str
    words: str
    result: str
    public_seq: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry of the room's streams that changes nothing in the room but takes a number."""

    at: datetime
    kind: str
    sealed: bool


PublicEvent = (
    Opened
    | OfferPlaced
    | Extended
    | PhaseChanged
    | Paused
    | ResumeScheduled
    | Resumed
    | Announced
    | CapReached
    | QuotesOpened
    | Drawn
    | Closed
    | Hammered
    | PassedIn
    | Aborted
)
SealedEvent = OfferRefused | JoinRefused | Joined | OfferSealed | ReserveSet | HostActed
Event = PublicEvent | SealedEvent | Noted

_CLASSES = (*get_args(PublicEvent), *get_args(SealedEvent))
_BY_KIND = {cls.kind: cls for cls in _CLASSES}
SEALED_KINDS = frozenset(cls.kind for cls in _CLASSES if cls.sealed)
_INSTANTS = frozenset({"ends_at", "since", "resumes_at", "until"})
_OPTIONAL = frozenset({"priority_rank", "premium_rate", "saving_rate", "round", "plates", "until"})
"""Figures that stand in a body only where they apply; every other unknown is null."""
_PLANS = {
    cls: tuple((field.name, field.name.rstrip("_")) for field in fields(cls) if field.name != "at")
    for cls in _CLASSES
}


def body(event: Event) -> dict[str, object]:
    """Returns what stands in the ledger: ISO text, integers, strings; never a float."""
    written: dict[str, object] = {}
    for name, key in _PLANS.get(type(event), ()):
        value = getattr(event, name)
        if isinstance(value, datetime):
            written[key] = iso_ms(value)
        elif value is not None or name not in _OPTIONAL:
            written[key] = value
    return written


def parse_event(
    kind: str, at: datetime, written: Mapping[str, object], *, sealed: bool = False
) -> Event:
    """Returns the event behind a ledger entry; a kind the engine does not know is only noted."""
    cls = _BY_KIND.get(kind)
    if cls is None:
        return Noted(at, kind, sealed)
    values = {name: written[key] for name, key in _PLANS[cls] if key in written}
    for name in _INSTANTS.intersection(values):
        values[name] = parse_instant(str(values[name]))
    return cast(Event, cls(at=at, **values))
