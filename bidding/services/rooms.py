"""Making rooms, seating bidders; everything that happens inside a room goes by the sequencer."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import open_stream, record
from bidding import permissions
from bidding.catalogue import preset as preset_row
from bidding.catalogue import presets
from bidding.locks import lock_room
from bidding.models import Room, Seat
from bidding.rules import commands as c
from bidding.rules.state import initial, next_due
from bidding.rules.terms import parse_terms, terms_json
from bidding.sequencer import reserve
from bidding.sequencer.batches import settle_alone
from bidding.sequencer.books import Act
from kernel.actors import Actor
from kernel.clock import Clock, parse_instant
from kernel.errors import Conflict, Invalid, NotFound, Refusal
from law.data import setting

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 8
PLATE_TRIES = 200
MAX_TEXT = 300


@dataclass(frozen=True, slots=True)
class RoomCreated:
    """Stream `room/<code>/sealed`: seq 1 of the open stream is the opening itself."""

    kind: ClassVar[str] = "room_created"
    preset: str
    preset_version: str
    terms: dict[str, object]


@dataclass(frozen=True, slots=True)
class BidderSeated:
    """Stream `room/<code>/sealed`: how many sit there is nobody's business before the end."""

    kind: ClassVar[str] = "bidder_seated"
    plate: str


def create_room(
    *,
    title: str,
    preset: str,
    terms: Mapping[str, object],
    unit: str,
    origin_no: str,
    actor: Actor,
    clock: Clock,
    version: str = "",
) -> Room:
    """Makes a room with its frozen terms, inside the caller's transaction. Without a version the
    newest one in force."""
    row = preset_row(preset, version) if version else presets()[preset]
    parsed = parse_terms(row, terms)
    code = "".join(secrets.choice(CROCKFORD) for _i in range(CODE_LENGTH))
    now = clock.now()
    room = Room.objects.create(
        code=code,
        title=title,
        origin_no=origin_no,
        unit=unit,
        preset=preset,
        preset_version=row.version,
        terms=terms_json(parsed),
        due_at=next_due(initial(parsed, code=code)),
        sealed_seq=1,
        created_at=now,
    )
    open_stream(f"room/{code}")
    event = RoomCreated(preset, row.version, room.terms)
    record(stream=f"room/{code}/sealed", event=event, actor=actor, at=now)
    return room


def seat_bidder(
    *, room_code: str, user_id: int, organisation_id: int, actor: Actor, clock: Clock
) -> Seat:
    """Seats a bidder under a random plate, inside the caller's transaction. Once per bidder."""
    room = lock_room(room_code)
    known = Seat.objects.filter(room=room, organisation_id=organisation_id).first()
    if known is not None:
        return known
    seat = Seat.objects.create(
        room=room, user_id=user_id, organisation_id=organisation_id, plate=free_plate(room)
    )
    stream = f"room/{room.code}/sealed"
    record(stream=stream, event=BidderSeated(seat.plate), actor=actor, at=clock.now())
    room.sealed_seq += 1
    room.save(update_fields=["sealed_seq"])
    return seat


def free_plate(room: Room) -> str:
    """A random plate that nobody in the room bears."""
    taken = set(Seat.objects.filter(room=room).values_list("plate", flat=True))
    for _try in range(PLATE_TRIES):
        plate = f"{secrets.choice(PLATE_LETTERS)}{secrets.randbelow(100):02d}"
        if plate not in taken:
            return plate
    raise Conflict("plates_spent", _("竞买号牌已用尽。"))


@transaction.atomic(durable=True)
def bar_seat(*, room_code: str, plate: str) -> None:
    """Bars a seat at once; its next command is refused."""
    room = lock_room(room_code)
    Seat.objects.filter(room=room, plate=plate).update(is_barred=True)


def open_room(*, room_code: str, actor: Actor) -> Refusal | None:
    """Declares the room open, once, as soon as its announced time has come. Nobody's hand opens it
    early, and without any hand it opens by the clock."""
    permissions.require(actor, "open_room")
    return settle_alone(room_code, Act(c.Open(actor.id)))


def announce(*, room_code: str, text: str, actor: Actor) -> Refusal | None:
    """Tells everybody in the room something; part of the record."""
    permissions.require(actor, "announce")
    return settle_alone(room_code, Act(c.Announce(require_text(text, "text"), actor.id)))


def pause_room(*, room_code: str, reason: str, actor: Actor) -> Refusal | None:
    """Pauses the room with a reason that everybody reads."""
    permissions.require(actor, "pause_room")
    return settle_alone(room_code, Act(c.Pause(require_text(reason, "reason"), actor.id)))


def resume_room(*, room_code: str, actor: Actor) -> Refusal | None:
    """Lets a paused room go on with a full fresh period (AUC-15)."""
    permissions.require(actor, "resume_room")
    return settle_alone(room_code, Act(c.Resume(actor.id)))


def ask_abort(*, room_code: str, reason: str, actor: Actor) -> Refusal | None:
    """Asks that the sale be aborted; the room goes on until a second person agrees in time."""
    permissions.require(actor, "ask_abort")
    valid = timedelta(minutes=int(setting("abort_confirm_minutes")))
    text = require_text(reason, "abort_reason")
    return settle_alone(room_code, Act(c.AskAbort(text, valid, actor.id)))


def withdraw_abort(*, room_code: str, actor: Actor) -> Refusal | None:
    """Takes one's own request back while nobody has answered it."""
    permissions.require(actor, "withdraw_abort")
    return settle_alone(room_code, Act(c.WithdrawAbort(actor.id)))


def confirm_abort(*, room_code: str, asked_at: str, actor: Actor) -> Refusal | None:
    """Agrees to the request made at that instant: the room is aborted at once and for good."""
    permissions.require(actor, "confirm_abort")
    return settle_alone(room_code, Act(c.ConfirmAbort(require_instant(asked_at), actor.id)))


def decline_abort(*, room_code: str, asked_at: str, reason: str, actor: Actor) -> Refusal | None:
    """Says no to the request made at that instant, with a reason the host reads."""
    permissions.require(actor, "decline_abort")
    text = require_text(reason, "decline_reason")
    answer = c.DeclineAbort(require_instant(asked_at), text, actor.id)
    return settle_alone(room_code, Act(answer))


def set_reserve(*, room_code: str, fen: int, clock: Clock | None = None) -> Refusal | None:
    """Puts the reserve into its box and its commitment into the sealed record, both or neither.
    The caller has checked who may: the assignor's side, never the host."""
    if not Room.objects.filter(code=room_code).exists():
        raise NotFound("room_unknown")
    box, commitment = reserve.seal_box(room_code, fen)
    return settle_alone(room_code, Act(c.SetReserve(commitment), box=box), clock)


def require_text(text: str, field: str) -> str:
    """Invalid unless a reason or announcement is there."""
    kept = text.strip()
    if not kept:
        raise Invalid(fields={field: _("请写明内容。")})
    if len(kept) > MAX_TEXT:
        raise Invalid(fields={field: _("内容过长，最多 300 字。")})
    return kept


def require_instant(text: str) -> datetime:
    """Which request is meant. Invalid unless it is an instant."""
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):
        raise Invalid(fields={"": _("请刷新本页，核对申请后再操作。")}) from None
