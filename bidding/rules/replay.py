"""Replays logs of past auctions through the engine of live rooms: same rules, no database.

A log row is one bid; amounts are whole cents, taken as fen. The room opens at the first instant
of the log's time axis and ends after `days`, with a step of one fen and own outbid on.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bidding.rules import commands as c
from bidding.rules.decide import decide
from bidding.rules.presets import Preset
from bidding.rules.state import State, initial
from bidding.rules.terms import Terms, parse_terms
from kernel.clock import iso_ms

COLUMNS = ("auction", "days", "opening_cents", "closing_cents", "bidder", "amount_cents")
ELAPSED = "elapsed_days"
OPENS_AT = datetime(2000, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"\d{1,12}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,5}(?:\.\d{1,15})?", re.ASCII)


class BadLog(ValueError):
    """One sentence that names the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Bid:
    bidder: str
    amount_fen: int
    elapsed_days: Decimal


@dataclass(frozen=True, slots=True)
class Log:
    """One auction. `opening_fen` is the figure of its first row."""

    auction: str
    days: int
    opening_fen: int
    closing_fen: int
    bids: list[Bid] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Report:
    """What the engine made of one log. `agrees`: the hammer price is the log's closing price."""

    auction: str
    accepted: int
    refused: dict[str, int]
    winner: str | None
    price_fen: int | None
    closing_fen: int

    @property
    def agrees(self) -> bool:
        return self.price_fen == self.closing_fen


def parse_logs(rows: Iterable[Mapping[str, str | None]]) -> list[Log]:
    """Returns the auctions in file order. BadLog names the first bad line (the header is 1)."""
    logs: dict[str, Log] = {}
    for line, row in enumerate(rows, 2):
        auction = _text(row, "auction", line)
        days, closing = _whole(row, "days", line), _whole(row, "closing_cents", line)
        opening = _whole(row, "opening_cents", line)
        log = logs.setdefault(auction, Log(auction, days, opening, closing))
        if days == 0:
            raise BadLog(f"line {line}: an auction lasts at least one day")
        if (log.days, log.closing_fen) != (days, closing):
            raise BadLog(f"line {line}: auction {auction} has another length or closing price")
        bid = Bid(_text(row, "bidder", line), _whole(row, "amount_cents", line), _days(row, line))
        log.bids.append(bid)
    if not logs:
        raise BadLog("the file holds no bids")
    return list(logs.values())


def replay(log: Log, preset: Preset) -> Report:
    """Runs one auction to its end. Bids at the same instant keep the order of the file."""
    terms = _terms(log, preset)
    state, refused, accepted = initial(terms, code=log.auction), Counter[str](), 0
    for bid in sorted(log.bids, key=lambda bid: bid.elapsed_days):
        decision = decide(terms, state, c.Offer(bid.bidder, bid.amount_fen), _instant(bid))
        state = decision.state
        if decision.refusal:
            refused[decision.refusal.code] += 1
        else:
            accepted += 1
    return _report(log, _closed(terms, state), accepted, dict(sorted(refused.items())))


def _terms(log: Log, preset: Preset) -> Terms:
    ends_at = OPENS_AT + timedelta(days=log.days)
    return parse_terms(
        preset,
        {
            "start_fen": max(log.opening_fen, 1),
            "step_fen": 1,
            "step_mode": "at_least",
            "own_outbid": True,
            "soft_close_s": 0,
            "opens_at": iso_ms(OPENS_AT),
            "ends_at": iso_ms(ends_at),
        },
    )


def _closed(terms: Terms, state: State) -> State:
    return decide(terms, state, c.Tick(), terms.ends_at).state


def _report(log: Log, state: State, accepted: int, refused: dict[str, int]) -> Report:
    result = state.result
    return Report(
        log.auction,
        accepted,
        refused,
        result.plate if result else None,
        result.price_fen if result else None,
        log.closing_fen,
    )


def _instant(bid: Bid) -> datetime:
    # Cut, never rounded, to whole milliseconds.
    return OPENS_AT + timedelta(milliseconds=int(bid.elapsed_days * 86_400_000))


def _text(row: Mapping[str, str | None], column: str, line: int) -> str:
    text = (row.get(column) or "").strip()
    if not text:
        raise BadLog(f"line {line}: {column} is missing")
    return text


def _whole(row: Mapping[str, str | None], column: str, line: int) -> int:
    text = _text(row, column, line)
    if not _NUMBER.fullmatch(text):
        raise BadLog(f"line {line}: {column} is not a whole number")
    return int(text)


def _days(row: Mapping[str, str | None], line: int) -> Decimal:
    text = _text(row, ELAPSED, line)
    if not _DECIMAL.fullmatch(text):
        raise BadLog(f"line {line}: {ELAPSED} is not a decimal number")
    return Decimal(text)
