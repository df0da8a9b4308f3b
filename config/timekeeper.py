"""Acts on what is due: rooms by the clock, then the apps' due rows. Every act is idempotent, and
every deadline holds even if nobody comes, because the services ask it themselves."""

import logging
import threading

from django.db import close_old_connections, connection

from audit.clock import system_clock
from bidding import selectors as rooms
from bidding.rules.commands import Tick
from bidding.sequencer.batches import settle_alone
from bidding.sequencer.books import Act
from config.wiring import DUE
from kernel.errors import DomainError

logger = logging.getLogger(__name__)
LIMIT = 100
TURN_SECONDS = 0.2


def take_turn() -> int:
    """Acts once on everything due; returns how many acts were done."""
    clock = system_clock()
    done = tick_rooms()
    for rows in DUE:
        for key in rows.find(clock.now(), LIMIT):
            try:
                rows.act(key, clock)
            except DomainError:
                logger.exception("a due row could not be acted on", extra={"due": rows.name})
            else:
                done += 1
    return done


def tick_rooms() -> int:
    """Lets time pass in every room in which something is due."""
    codes = rooms.list_due(system_clock().now(), LIMIT)
    for code in codes:
        settle_alone(code, Act(Tick()))
    return len(codes)


def run_until(stop: threading.Event) -> None:
    """Takes turns until told to stop; a broken database costs a rest, no more."""
    while not stop.is_set():
        try:
            take_turn()
        except Exception:
            logger.exception("the timekeeper could not take its turn")
            connection.close()
            close_old_connections()
            stop.wait(1)
        stop.wait(TURN_SECONDS)
