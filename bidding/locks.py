"""Row locks of rooms: after project and lot, before accounts; in the order of their keys."""

from collections.abc import Iterable

from bidding.models import PresetProposal, Room
from kernel.errors import NotFound


def lock_rooms(pks: Iterable[int]) -> list[Room]:
    """Returns the rooms, locked in one order until the transaction ends."""
    rows = Room.objects.select_for_update(of=("self",), no_key=True)
    return list(rows.filter(pk__in=list(pks)).order_by("pk"))


def lock_room(code: str) -> Room:
    rows = Room.objects.select_for_update(of=("self",), no_key=True)
    found = rows.filter(code=code).first()
    if found is None:
        raise NotFound("room_unknown")
    return found


def lock_proposal(pk: int) -> PresetProposal:
    """Returns the proposal of a preset, locked until the transaction ends."""
    found = PresetProposal.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise NotFound("proposal_unknown")
    return found
