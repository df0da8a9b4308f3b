"""Decides a quote (报价) and the answer to the inquiry (参加). Returns the refusal code or None."""

from bidding import events as e
from bidding.rules import commands as c
from bidding.rules.codes import Code
from bidding.rules.formats.registry import FORMATS
from bidding.rules.formats.shape import Format
from bidding.rules.passing import Steps, close
from bidding.rules.prices import reaches_cap
from bidding.rules.state import Phase


def offer(steps: Steps, command: c.Offer) -> Code | None:
    """A quote counts if its sender may quote now and its amount is valid. AUC-03, AUC-04."""
    if c.is_malformed(command):
        return Code.MALFORMED
    if command.plate is None:
        return Code.NOT_SEATED
    shape = FORMATS[steps.terms.format]
    code = _refusal_by_phase(steps, shape, command.plate)
    code = code or shape.refusal(steps.terms, steps.state, command, steps.at)
    if code is None:
        _accept(steps, shape, command, command.plate)
    return code


def join(steps: Steps, command: c.Join) -> Code | None:
    """Taken in the inquiry only; joining twice changes nothing and is answered alike."""
    if command.plate is None:
        return Code.NOT_SEATED
    state = steps.state
    if state.phase is Phase.PAUSED:
        return Code.PAUSED
    if state.phase is not Phase.INQUIRY or steps.at >= state.ends_at:
        return Code.NOT_OPEN
    steps.add(e.Joined(steps.at, command.plate))
    return None


def _refusal_by_phase(steps: Steps, shape: Format, plate: str) -> Code | None:
    state = steps.state
    if state.phase is Phase.PAUSED:
        return Code.PAUSED
    if not shape.takes_quotes(steps.terms, state, steps.at) or steps.at >= state.ends_at:
        return Code.NOT_OPEN
    if shape.asks_who_joins and state.phase is Phase.LIMITED and plate not in state.sealed.joined:
        return Code.NOT_JOINED
    return None


def _accept(steps: Steps, shape: Format, command: c.Offer, plate: str) -> None:
    state, at, amount = steps.state, steps.at, command.amount_fen
    if shape.is_sealed:
        # One quote a seat and round, so these make the receipt unique; a number of the sealed
        # stream would tell its reader how many others have quoted. AUC-01.
        turn = state.book.round if state.book.round > 1 else None
        receipt = f"R-{state.code}-S{plate}" + (f"-{turn}" if turn else "")
        steps.add(e.OfferSealed(at, plate, amount, receipt, turn))
        return
    ends_at = shape.end_after(steps.terms, state, at)
    caps = reaches_cap(steps.terms, state, amount) and not state.book.is_capped
    seq = state.seq + 1
    receipt = f"R-{state.code}-{seq:06d}"
    steps.add(e.OfferPlaced(at, plate, amount, receipt, command.priority_rank))
    if ends_at > state.ends_at:
        steps.add(e.Extended(at, ends_at, seq, state.extensions + 1))
    if caps:
        steps.add(e.CapReached(at, amount))
    if shape.first_wins:
        close(steps, at, None)
