"""What can be asked of a room. A command is a value; whether it is lawful, `decide()` says."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kernel.money import LARGEST_FEN


@dataclass(frozen=True, slots=True)
class Offer:
    """A quote (报价) of the seat with this plate; None is a watcher without a seat.

    `priority_rank`: 1 is the first rank of the holders of a priority right (优先购买权).
    """

    plate: str | None
    amount_fen: int
    priority_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Join:
    """The answer to the inquiry (询问): this seat takes part in limited bidding."""

    plate: str | None


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing but the passing of time."""


@dataclass(frozen=True, slots=True)
class Open:
    """The host declares an open room open (宣布开始). Rooms open by the announced time alone: the
    declaration begins nothing early and moves no end.

    `by`, here and in every other act of a host: who acts; the record says so.
    """

    by: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    """The host lets a paused room go on, with a full fresh period."""

    by: str = ""


@dataclass(frozen=True, slots=True)
class Freeze:
    """A fault made the room unreachable since that instant (冻结)."""

    since: datetime


@dataclass(frozen=True, slots=True)
class Repair:
    """The fault is mended; when the room goes on, the preset says."""


@dataclass(frozen=True, slots=True)
class AskAbort:
    """The host asks that the sale be aborted (申请中止). Nothing changes in the room: a second
    person has `valid` long to say yes or no."""

    reason: str
    valid: timedelta
    by: str


@dataclass(frozen=True, slots=True)
class ConfirmAbort:
    """The second person agrees, and the room is aborted. `asked_at` names the request that was
    read, so no other can be meant."""

    asked_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class DeclineAbort:
    asked_at: datetime
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class WithdrawAbort:
    by: str


@dataclass(frozen=True, slots=True)
class SetReserve:
    """Commits to a reserve price (保留价) that lies encrypted elsewhere."""

    commitment: str


@dataclass(frozen=True, slots=True)
class Announce:
    text: str
    by: str = ""


HostCommand = (
    Open | Pause | Resume | Announce | AskAbort | ConfirmAbort | DeclineAbort | WithdrawAbort
)
Command = Offer | Join | Tick | Freeze | Repair | SetReserve | HostCommand


def is_malformed(command: Command) -> bool:
    """Whether an offer names no amount a room could ever accept."""
    if not isinstance(command, Offer):
        return False
    amount = command.amount_fen
    return type(amount) is not int or not 0 < amount <= LARGEST_FEN
