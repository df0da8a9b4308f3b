"""Reading rooms. What a room has seen comes from its record; nothing here tells who sits there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from audit.selectors import entries_after, find_entry
from bidding.models import Room, Seat
from bidding.rules import staff
from bidding.rules.snapshot import shown_phase
from bidding.rules.state import FINAL, AbortRequest, Phase, Quote
from bidding.sequencer.books import open_stream, sealed_stream
from bidding.sequencer.shown import View, current
from kernel.actors import Actor
from kernel.clock import iso_ms
from kernel.errors import NotFound

PAGE = 500
ATTEMPTS, ATTEMPTS_LOOKED_THROUGH = 20, 200


def access_room(code: str) -> Room:
    """Every room is public to watch; NotFound if there is none of that code."""
    room = Room.objects.filter(code=code).first()
    if room is None:
        raise NotFound("room_unknown", _("没有这个竞价室，请核对房号。"))
    return room


def takes_reserve(code: str) -> bool:
    """Whether a reserve may still be sealed in the room: none was, and its stage allows it."""
    room = Room.objects.filter(code=code, reserve_box=None).first()
    if room is None:
        return False
    view = current(room)
    return staff.takes_reserve(view.terms, view.state)


def has_reserve_box(code: str) -> bool:
    """Whether a reserve lies sealed in the room; for the unit that typed it, nobody else."""
    return Room.objects.filter(code=code, reserve_box__isnull=False).exists()


def find_seat(room: Room, actor: Actor) -> Seat | None:
    """The actor's own seat, if any."""
    if actor.user_id is None:
        return None
    rows = Seat.objects.filter(room=room, user_id=actor.user_id, is_barred=False)
    return rows.first()


def read_book(room: Room) -> View:
    """The room's committed state, as of its row or newer, with its last offers."""
    return current(room)


def find_abort_request(room: Room, now: datetime) -> AbortRequest | None:
    """The request to abort that waits for its answer, if any; for the two desks, nobody else."""
    state = current(room).state
    request = state.sealed.abort
    is_open = request is not None and request.is_open(now) and state.phase not in FINAL
    return request if is_open else None


def find_abort_answer(room: Room, now: datetime) -> AbortRequest | None:
    """The last request, once it was declined or ran out."""
    request = current(room).state.sealed.abort
    if request is None or request.is_open(now) or request.answer not in {"", "decline_abort"}:
        return None
    return request


@dataclass(frozen=True, slots=True)
class Abort:
    """When and why a room was aborted, as everybody reads it."""

    at: datetime
    reason: str


def find_abort(code: str) -> Abort | None:
    """The abort that ended a room, from its public record."""
    room = Room.objects.filter(code=code, phase=Phase.ABORTED).first()
    last = find_entry(open_stream(code), room.seq) if room else None
    return Abort(last.at, str(last.body["reason"])) if last else None


def list_abort_requests(now: datetime) -> list[tuple[Room, AbortRequest]]:
    """Every request that waits for its answer, with its room; the first to expire first."""
    rooms = Room.objects.exclude(phase__in=[phase.value for phase in FINAL])
    found = [(room, find_abort_request(room, now)) for room in rooms]
    waiting = [(room, request) for room, request in found if request is not None]
    return sorted(waiting, key=lambda item: item[1].until)


def list_events(room: Room, after: int, limit: int = PAGE) -> tuple[list[dict[str, object]], bool]:
    """Public events after `seq`, as frames carry them, and whether there are more."""
    entries = entries_after(open_stream(room.code), after, limit + 1)
    shown = [
        {"seq": item.seq, "kind": item.kind, "at": iso_ms(item.at), **item.body}
        for item in entries[:limit]
    ]
    return shown, len(entries) > limit


def sealed_streams() -> QuerySet[Room, str]:
    """Names of the ledger's streams that nobody reads yet: their rooms have not ended."""
    waiting = Room.objects.exclude(phase__in=[phase.value for phase in FINAL])
    return waiting.values_list(Concat(Value("room/"), "code", Value("/sealed")), flat=True)


def list_due(now: datetime, limit: int) -> Sequence[str]:
    """Codes of rooms in which something is due by the clock."""
    rows = Room.objects.filter(due_at__lte=now).order_by("due_at")
    return list(rows.values_list("code", flat=True)[:limit])


def list_live_codes() -> Sequence[str]:
    """Rooms that something can still happen in by the clock."""
    return list(Room.objects.exclude(due_at=None).values_list("code", flat=True))


def read_seq(codes: Sequence[str]) -> dict[str, int]:
    """Where each room's open record stands; one query."""
    return dict(Room.objects.filter(code__in=codes).values_list("code", "seq"))


def find_seat_of(room: Room, user_id: int) -> Seat | None:
    """A person's own seat."""
    return Seat.objects.filter(room=room, user_id=user_id, is_barred=False).first()


def list_recent_offers(room: Room) -> list[dict[str, object]]:
    """The last offers, oldest of them first, as the snapshot lists them."""
    return list(current(room).offers)


def list_recent_news(room: Room, limit: int = 100) -> list[dict[str, object]]:
    """What else happened of late than offers, oldest first: who reloads misses no announcement."""
    events = list_events(room, max(0, room.seq - 2 * limit), 2 * limit)[0]
    return [event for event in events if event["kind"] != "offer_placed"][-limit:]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A refused offer of a plate that everybody has seen offer."""

    at: datetime
    plate: str
    amount_fen: int
    code: str


def list_attempts(room: Room, limit: int = ATTEMPTS) -> list[Attempt]:
    """The last refused offers, newest first. Of plates alone that have offered for all to see: the
    host, too, must not learn who else is there (AUC-01). One query."""
    known = current(room).state.book.seats
    after = max(0, room.sealed_seq - ATTEMPTS_LOOKED_THROUGH)
    entries = entries_after(sealed_stream(room.code), after, ATTEMPTS_LOOKED_THROUGH)
    refused = [item for item in reversed(entries) if item.kind == "offer_refused"]
    found = [
        Attempt(
            item.at,
            str(item.body["plate"]),
            int(str(item.body["amount_fen"])),
            str(item.body["code"]),
        )
        for item in refused
        if item.body["plate"] in known
    ]
    return found[:limit]


def list_quotes(room: Room) -> list[tuple[str, Quote]]:
    """Each plate that has offered with its last valid offer, the latest first."""
    seats = current(room).state.book.seats
    return sorted(seats.items(), key=lambda item: item[1].at, reverse=True)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a room stands for everybody; `ends_at` is None while it is paused."""

    phase: str
    top_fen: int | None
    top_plate: str | None
    ends_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.phase in FINAL


def list_standings(codes: Sequence[str], now: datetime) -> dict[str, Standing]:
    """How the rooms stand, by code. One query for the rooms; what happened in them is remembered
    by this process or read from their record."""
    found = {}
    for room in Room.objects.filter(code__in=codes):
        state = current(room).state
        ends_at = None if state.phase is Phase.PAUSED else state.ends_at
        phase = shown_phase(state, now)
        found[room.code] = Standing(phase, state.book.top_fen, state.book.top_plate, ends_at)
    return found
