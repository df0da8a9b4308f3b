"""What the portal and the statistics show, gathered from the apps below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.selectors import has_open_faults
from bidding.selectors import Standing, list_standings
from kernel.money import rate_percent
from notices.selectors import NoticeQuery, search
from trading import selectors as trading

LATEST = 8


@dataclass(frozen=True, slots=True)
class Portal:
    """The front page: live, coming, newest notices, newest results."""

    live: Sequence[Any]
    coming: Sequence[Any]
    notices: Sequence[Any]
    awards: Sequence[Any]
    is_sound: bool


def portal(now: datetime) -> Portal:
    """Everything on the front page; five queries, and one for the rooms that are live."""
    return Portal(
        live=live_lots(now),
        coming=trading.list_coming_lots(now),
        notices=list(search(NoticeQuery())[:LATEST]),
        awards=trading.list_recent_awards(),
        is_sound=not has_open_faults(),
    )


def live_lots(now: datetime, limit: int = 6) -> list[tuple[Any, Standing | None]]:
    """Lots whose room is open, nearest end first, each with how its room stands."""
    lots = trading.list_live_lots(limit)
    standings = list_standings([lot.room_code for lot in lots], now) if lots else {}
    return [(lot, standings.get(lot.room_code)) for lot in lots]


def savings_rate(totals: trading.Totals) -> str | None:
    """Σ saving ÷ Σ control price, never a mean of rates. SAV-01."""
    control = totals.purchase_control_fen
    if not control:
        return None
    return rate_percent(control - totals.purchase_award_fen, control)


def premium_rate(totals: trading.Totals) -> str | None:
    """Σ premium ÷ Σ start price. SAV-02."""
    start = totals.sale_start_fen
    return rate_percent(totals.sale_award_fen - start, start) if start else None
