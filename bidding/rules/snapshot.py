"""What may be shown of a room at an instant: public figures, and what a seat knows of itself."""

from datetime import datetime

from bidding.rules.formats.registry import FORMATS
from bidding.rules.prices import step_of
from bidding.rules.state import FINAL, LIVE, Phase, State
from bidding.rules.terms import Terms, terms_json
from kernel.clock import iso_ms

CLOSING = "closing"


def min_valid_fen(terms: Terms, state: State, now: datetime) -> int | None:
    """Returns the nearest valid amount (the highest where prices fall), None if there is none."""
    if state.phase in FINAL:
        return None
    return FORMATS[terms.format].least(terms, state, now)


def shown_phase(state: State, now: datetime) -> str:
    """A live room whose end has passed is closing until its `closed` is known."""
    return CLOSING if state.phase in LIVE and now >= state.ends_at else state.phase.value


def snapshot_fields(terms: Terms, state: State, now: datetime) -> dict[str, object]:
    """Returns the room's part of the snapshot, ready for JSON. What is unknown is None."""
    halt, result, book = state.halt, state.result, state.book
    return {
        "phase": shown_phase(state, now),
        "top_fen": result.price_fen if result and result.price_fen else book.top_fen,
        "top_plate": result.plate if result and result.plate else book.top_plate,
        "min_valid_fen": min_valid_fen(terms, state, now),
        "step_fen": step_of(terms, state) or None,
        "ends_at": None if state.phase is Phase.PAUSED else iso_ms(state.ends_at),
        "extensions": state.extensions,
        "offer_count": book.offers,
        "round": book.round,
        "tied": list(book.tied),
        "preset": terms.preset,
        "preset_version": terms.preset_version,
        "format": terms.format,
        "terms": terms_json(terms),
        "opens_at": iso_ms(terms.opens_at),
        "resumes_to": halt.phase.value if halt else None,
        "resumes_at": iso_ms(halt.resumes_at) if halt and halt.resumes_at else None,
        "reason": halt.reason if halt else result.reason if result else None,
        "reserve_met": result.reserve_met if result else None,
    }


def seat_fields(terms: Terms, state: State, plate: str) -> dict[str, object]:
    """Returns `me` of the snapshot: what this seat may know of itself and nobody else."""
    quote = state.book.seats.get(plate)
    sealed = state.sealed.quotes.get(plate)
    best = quote.amount_fen if quote else sealed.amount_fen if sealed else None
    fields: dict[str, object] = {
        "plate": plate,
        "joined": plate in state.sealed.joined,
        "best_fen": best,
        "state": _standing(terms, state, plate, best),
    }
    return fields if sealed is None else {**fields, "quote_round": sealed.round}


def _standing(terms: Terms, state: State, plate: str, best: int | None) -> str:
    if state.phase in FINAL:
        won = state.result is not None and state.result.plate == plate
        return "won" if won else "none" if best is None else "lost"
    if best is None or FORMATS[terms.format].is_sealed:
        return "none"
    return "leading" if plate == state.book.top_plate else "outbid"
