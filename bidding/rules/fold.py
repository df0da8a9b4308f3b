"""Folds events into the state of a room; total, and the same on every machine.

Public events touch only the public fields and sealed events only `state.sealed`, so the two
streams of a room may be folded in any interleaving and always give the same state.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from bidding import events as e
from bidding.rules.state import (
    ABORT_ANSWERS,
    AbortRequest,
    Book,
    Halt,
    Phase,
    Quote,
    Result,
    Sealed,
    SealedQuote,
    State,
)
from bidding.rules.terms import ZERO


def evolve(state: State, event: e.Event) -> State:
    """Returns the state after one event. Total: what it does not know only takes a number."""
    if event.sealed:
        sealed = _SEALED.get(type(event), _sealed_noted)(state.sealed, event)
        return _with_sealed(state, sealed)
    return _PUBLIC.get(type(event), _noted)(state, event)


def fold(state: State, events: Iterable[e.Event]) -> State:
    """Returns the state after all of them."""
    for event in events:
        state = evolve(state, event)
    return state


def _noted(state: State, event: e.Event) -> State:
    return replace(state, seq=state.seq + 1)


def _offer_placed(state: State, event: e.OfferPlaced) -> State:
    # Spelled out, not replace(): offers, extensions and refusals are the hot path of a room.
    book = state.book
    seats = {**book.seats, event.plate: Quote(event.amount_fen, event.at)}
    return State(
        state.code,
        state.phase,
        state.ends_at,
        state.began_at,
        state.seq + 1,
        state.extensions,
        Book(
            event.amount_fen,
            event.plate,
            event.priority_rank,
            book.offers + 1,
            book.is_capped,
            seats,
            book.round,
            book.tied,
            book.least_fen,
        ),
        state.halt,
        state.result,
        state.sealed,
    )


def _extended(state: State, event: e.Extended) -> State:
    return State(
        state.code,
        state.phase,
        event.ends_at,
        state.began_at,
        state.seq + 1,
        event.extensions,
        state.book,
        state.halt,
        state.result,
        state.sealed,
    )


def _with_sealed(state: State, sealed: Sealed) -> State:
    return State(
        state.code,
        state.phase,
        state.ends_at,
        state.began_at,
        state.seq,
        state.extensions,
        state.book,
        state.halt,
        state.result,
        sealed,
    )


def _opened(state: State, event: e.Opened) -> State:
    phase = _PHASES.get(event.phase, state.phase)
    return replace(state, seq=state.seq + 1, phase=phase, ends_at=event.ends_at)


def _phase_changed(state: State, event: e.PhaseChanged) -> State:
    book = state.book
    if event.round is not None:
        tied = tuple(event.plates or ())
        book = replace(book, round=event.round, tied=tied, least_fen=event.min_valid_fen)
    return replace(
        state,
        book=book,
        seq=state.seq + 1,
        phase=_PHASES.get(event.to, state.phase),
        began_at=state.ends_at,
        ends_at=event.ends_at,
    )


def _paused(state: State, event: e.Paused) -> State:
    phase = state.halt.phase if state.halt else state.phase
    halt = Halt(phase, event.since, event.reason)
    return replace(state, seq=state.seq + 1, phase=Phase.PAUSED, halt=halt)


def _resume_scheduled(state: State, event: e.ResumeScheduled) -> State:
    halt = replace(state.halt, resumes_at=event.resumes_at) if state.halt else None
    return replace(state, seq=state.seq + 1, halt=halt)


def _resumed(state: State, event: e.Resumed) -> State:
    lost = event.at - state.halt.since if state.halt else ZERO
    return replace(
        state,
        seq=state.seq + 1,
        phase=_PHASES.get(event.phase, state.phase),
        began_at=state.began_at + lost,
        ends_at=event.ends_at,
        halt=None,
    )


def _cap_reached(state: State, event: e.CapReached) -> State:
    return replace(state, seq=state.seq + 1, book=replace(state.book, is_capped=True))


def _quotes_opened(state: State, event: e.QuotesOpened) -> State:
    return replace(state, seq=state.seq + 1, result=Result(average_fen=event.average_fen))


def _closed(state: State, event: e.Closed) -> State:
    return replace(state, seq=state.seq + 1, ends_at=event.ends_at)


def _hammered(state: State, event: e.Hammered) -> State:
    result = Result(
        plate=event.plate,
        price_fen=event.price_fen,
        rate=event.premium_rate or event.saving_rate,
        reserve_met=event.reserve_met,
        average_fen=state.result.average_fen if state.result else None,
    )
    return replace(state, seq=state.seq + 1, phase=Phase.SOLD, result=result)


def _passed_in(state: State, event: e.PassedIn) -> State:
    result = Result(
        reason=event.reason,
        reserve_met=event.reserve_met,
        average_fen=state.result.average_fen if state.result else None,
    )
    return replace(state, seq=state.seq + 1, phase=Phase.UNSOLD, result=result)


def _aborted(state: State, event: e.Aborted) -> State:
    result = Result(reason=event.reason)
    return replace(state, seq=state.seq + 1, phase=Phase.ABORTED, halt=None, result=result)


def _sealed_noted(sealed: Sealed, event: e.Event) -> Sealed:
    seq, declared = sealed.seq + 1, sealed.is_declared
    return Sealed(seq, sealed.joined, sealed.quotes, sealed.has_reserve, declared, sealed.abort)


def _joined(sealed: Sealed, event: e.Joined) -> Sealed:
    return replace(sealed, seq=sealed.seq + 1, joined=sealed.joined | {event.plate})


def _offer_sealed(sealed: Sealed, event: e.OfferSealed) -> Sealed:
    quote = SealedQuote(event.amount_fen, event.at, event.round or 1)
    quotes = {**sealed.quotes, event.plate: quote}
    return replace(sealed, seq=sealed.seq + 1, quotes=quotes)


def _reserve_set(sealed: Sealed, event: e.ReserveSet) -> Sealed:
    return replace(sealed, seq=sealed.seq + 1, has_reserve=True)


def _host_acted(sealed: Sealed, event: e.HostActed) -> Sealed:
    sealed = replace(sealed, seq=sealed.seq + 1)
    if event.result != e.DONE:
        return sealed
    if event.action == "open":
        return replace(sealed, is_declared=True)
    if event.action == "ask_abort":
        until = event.until or event.at
        return replace(sealed, abort=AbortRequest(event.actor, event.words, event.at, until))
    if event.action in ABORT_ANSWERS and sealed.abort is not None:
        answered = replace(sealed.abort, answer=event.action, words=event.words)
        return replace(sealed, abort=answered)
    return sealed


_PHASES = {str(phase): phase for phase in Phase}
_PUBLIC: dict[type, Callable[[State, Any], State]] = {
    e.Opened: _opened,
    e.OfferPlaced: _offer_placed,
    e.Extended: _extended,
    e.PhaseChanged: _phase_changed,
    e.Paused: _paused,
    e.ResumeScheduled: _resume_scheduled,
    e.Resumed: _resumed,
    e.CapReached: _cap_reached,
    e.QuotesOpened: _quotes_opened,
    e.Closed: _closed,
    e.Hammered: _hammered,
    e.PassedIn: _passed_in,
    e.Aborted: _aborted,
}
_SEALED: dict[type, Callable[[Sealed, Any], Sealed]] = {
    e.Joined: _joined,
    e.OfferSealed: _offer_sealed,
    e.ReserveSet: _reserve_set,
    e.HostActed: _host_acted,
}
