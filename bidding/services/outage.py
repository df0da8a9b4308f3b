"""Signs of life, and what follows when there were none for too long (AUC-15)."""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max

from bidding import selectors
from bidding.models import Heartbeat
from bidding.rules.commands import Tick
from bidding.sequencer import pulse
from bidding.sequencer.batches import settle_alone
from bidding.sequencer.books import Act
from bidding.sequencer.guard import Watched, guard

logger = logging.getLogger(__name__)
KEEP = timedelta(days=1)


def beat(process: str) -> None:
    """Writes a sign of life; before the first one after a silence, looks after every live room,
    because the new heartbeat would hide the silence from them. So it does at every beat while the
    clock is off: each room is then paused, also the one that nobody asks for anything."""
    seen = guard.look()
    pulse.note_clock(seen.now)
    last = Heartbeat.objects.aggregate(last=Max("at"))["last"]
    if seen.is_off or (last is not None and seen.bare - last > pulse.QUIET):
        seen = recover()
    write_beat(process, seen.bare)
    pulse.note_beat(seen.bare)


def write_beat(process: str, now: datetime) -> None:
    with transaction.atomic():
        Heartbeat.objects.update_or_create(process=process, defaults={"at": now})
        Heartbeat.objects.filter(at__lt=now - KEEP).delete()


def recover() -> Watched:
    """Lets time pass in every live room: those that nobody could reach for longer than their terms
    allow are frozen since the last sign of life, and go on by rule; those whose clock is off are
    paused. Idempotent. A room that cannot be recovered keeps no other from it, and no heartbeat
    from being written.

    Returns until when this process never stood still. The look itself may take longer than a
    silence and is none; but if all stood still over one room, those before it have lost that time,
    and the next beat looks again."""
    alive = guard.look()
    for code in selectors.list_live_codes():
        try:
            settle_alone(code, Act(Tick()))
        except Exception:
            logger.exception("a room could not be recovered", extra={"room": code})
            if not connection.is_usable():
                raise  # the database is away: the whole house is looked after again
        seen = guard.look()
        if seen.bare - alive.bare <= pulse.QUIET:
            alive = seen
    return alive
