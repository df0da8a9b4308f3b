"""The project's unit types the reserve (底价) of its lot: once, sealed at once, never shown."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from bidding import catalogue
from bidding.rules.contradictions import SEEN
from bidding.selectors import has_reserve_box, takes_reserve
from bidding.services import rooms as bidding
from kernel.actors import Actor
from kernel.clock import Clock
from kernel.errors import Conflict, Invalid, NotFound
from kernel.money import LARGEST_FEN
from trading import events, permissions
from trading.models import Lot
from trading.rules.lot_states import LotState
from trading.selectors import list_room_standings

TYPING = frozenset({LotState.ANNOUNCED, LotState.OPEN})
REFUSALS = {
    "too_early": gettext_noop("尚未到录入底价的时间。"),
    "not_open": gettext_noop("竞价已经开始或已经结束，不能再录入底价；未录入的，以起始价为底价。"),
    "reserve_already_set": gettext_noop("底价已经录入，不能更改。"),
}


def access_reserve_lot(actor: Actor, lot: Lot) -> Lot:
    """The lot if the actor belongs to the unit that sells it and its notice announced a reserve;
    to everybody else, the centre's staff too, there is no such page (LD-08, AUC-05)."""
    is_own = actor.organisation_id is not None and actor.organisation_id == lot.project.unit_id
    if not (is_own and lot.has_reserve and permissions.may(actor, "type_reserve")):
        raise NotFound("reserve_unknown")
    return lot


def may_type(lot: Lot) -> bool:
    """Whether the reserve is still to come and there is time for it by the room's own end."""
    return lot.has_reserve and lot.state in TYPING and takes_reserve(lot.room_code)


@dataclass(frozen=True, slots=True)
class OwnReserve:
    """A lot of the actor's own unit and how its reserve stands; `starts_at` while it is too
    early to type it. `until` is the last moment for it: the opening where everybody sees the quotes
    from then on, else the room's own end, None in a paused one."""

    lot: Lot
    is_typed: bool
    may_type: bool
    starts_at: datetime | None
    until: datetime | None

    @property
    def is_before_opening(self) -> bool:
        return is_before_opening(self.lot)


def standing_of(lot: Lot, clock: Clock) -> OwnReserve:
    now, start = clock.now(), typing_from(lot)
    is_early = start is not None and now < start
    room = list_room_standings([lot], now).get(lot.room_code)
    return OwnReserve(
        lot,
        is_typed=has_reserve_box(lot.room_code),
        may_type=may_type(lot) and not is_early,
        starts_at=start if is_early else None,
        until=lot.opens_at if is_before_opening(lot) else room.ends_at if room else lot.ends_at,
    )


def is_before_opening(lot: Lot) -> bool:
    """Whether the reserve must lie sealed before the first quote can be seen."""
    return catalogue.preset(lot.preset, lot.preset_version).format in SEEN


def typing_from(lot: Lot) -> datetime | None:
    """From when the reserve may be typed, where the lot's rules take it only shortly before the
    end (LD-08); None where any time will do."""
    window = lot.terms.get("reserve_window_s")
    return None if window is None else lot.ends_at - timedelta(seconds=window)


def list_own(actor: Actor, clock: Clock) -> list[OwnReserve]:
    """The unit's announced and running lots with a reserve, the first to end first."""
    if actor.organisation_id is None or not permissions.may(actor, "type_reserve"):
        return []
    rows = Lot.objects.select_related("project").filter(
        project__unit_id=actor.organisation_id, has_reserve=True, state__in=TYPING
    )
    return [standing_of(lot, clock) for lot in rows.order_by("ends_at", "pk")]


def type_reserve(*, lot_no: str, fen: int, actor: Actor, clock: Clock) -> None:
    """Seals the reserve in the room. Conflict when it was typed before or the time is not right;
    Invalid below the start price. The amount is in no record; who typed it is."""
    lot = Lot.objects.select_related("project").filter(no=lot_no).first()
    if lot is None:
        raise NotFound("lot_unknown")
    access_reserve_lot(actor, lot)
    if not lot.start_fen <= fen <= LARGEST_FEN:
        raise Invalid(fields={"reserve": _("底价不能低于起始价，请核对金额和单位。")})
    if lot.state not in TYPING:
        raise Conflict("not_open", _(REFUSALS["not_open"]))
    refusal = bidding.set_reserve(room_code=lot.room_code, fen=fen, clock=clock)
    if refusal is not None:
        raise Conflict(refusal.code, _(REFUSALS.get(refusal.code, REFUSALS["not_open"])))
    with transaction.atomic(durable=True):
        event = events.ReserveTyped(lot.no)
        record(stream=f"lot/{lot.no}", event=event, actor=actor, at=clock.now())
