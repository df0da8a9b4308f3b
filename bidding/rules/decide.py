"""Decides one command: which events follow, or why not. Total: no command raises.

What is due by the clock comes first, so an offer at or after the end closes the room itself
and is then refused. Accept iff `now` < the end. AUC-04, realtime pages of the plan.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bidding import events as e
from bidding.rules import aborting, offers, staff
from bidding.rules import commands as c
from bidding.rules.codes import UNCHAINED, Code, StaffCode
from bidding.rules.passing import Steps, is_due, pass_time
from bidding.rules.snapshot import min_valid_fen
from bidding.rules.state import LIVE, Phase, State
from bidding.rules.terms import Terms
from kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Decision:
    """The public and the sealed events in order, the state after them, and the answer.

    `answer` is the event that the sender's acknowledgement names, None where there is none.
    Events may stand beside a refusal: the room closed, and then the offer came too late.
    """

    state: State
    events: tuple[e.Event, ...] = ()
    sealed: tuple[e.Event, ...] = ()
    refusal: Refusal | None = None
    answer: e.Event | None = None


def decide(
    terms: Terms,
    state: State,
    command: c.Command,
    now: datetime,
    *,
    reserve_fen: int | None = None,
) -> Decision:
    """Returns what follows from the command at the instant `now`.

    `reserve_fen` is needed only when `is_due(state, now)`; a room that has a reserve and is not
    told it stays unclosed.
    """
    steps = Steps(terms, state, now)
    if isinstance(command, c.Freeze):
        return _answered(steps, command, staff.freeze(steps, command, reserve_fen))
    if is_due(state, now):
        pass_time(steps, now, reserve_fen)
    return _answered(steps, command, _DECIDERS[type(command)](steps, command))


def refuse(
    terms: Terms, state: State, command: c.Command, code: Code | StaffCode, now: datetime
) -> Decision:
    """Returns the refusal that the sequencer decides itself (`token_reused`, `clock_unsure`), as
    evidence."""
    return _answered(Steps(terms, state, now), command, code)


def outage(terms: Terms, state: State, alive_at: datetime, now: datetime) -> c.Freeze | None:
    """Returns the freeze that is due on recovery, if nothing could have been accepted for longer
    than the terms allow since the last sign of life."""
    if state.phase is Phase.SCHEDULED:
        alive_at = max(alive_at, state.began_at)
    elif state.phase not in LIVE:
        return None
    return c.Freeze(alive_at) if now - alive_at > terms.outage_limit else None


def _answered(steps: Steps, command: c.Command, code: str | None) -> Decision:
    if isinstance(command, c.HostCommand) and command.by:
        staff.witness(steps, command, None if code is None else str(code))
    if code is None:
        answer = _answer(steps, command)
        return Decision(steps.state, tuple(steps.public), tuple(steps.sealed), None, answer)
    code, params = str(code), dict[str, object]()
    least: int | None = None
    if isinstance(command, c.Offer):
        least = params["min_valid_fen"] = min_valid_fen(steps.terms, steps.state, steps.at)
    if isinstance(command, c.Offer | c.Join) and code not in UNCHAINED:
        steps.add(_refused(command, code, steps.at, least))
    refusal = Refusal(code, params)
    return Decision(steps.state, tuple(steps.public), tuple(steps.sealed), refusal)


def _answer(steps: Steps, command: c.Command) -> e.Event | None:
    if isinstance(command, c.Offer):
        wanted: tuple[type, ...] = (e.OfferPlaced, e.OfferSealed)
    elif isinstance(command, c.Join):
        wanted = (e.Joined,)
    else:
        return None
    return next(event for event in (*steps.public, *steps.sealed) if isinstance(event, wanted))


def _refused(command: c.Offer | c.Join, code: str, at: datetime, least: int | None) -> e.Event:
    if isinstance(command, c.Join):
        return e.JoinRefused(at, command.plate or "", code)
    return e.OfferRefused(at, command.plate or "", command.amount_fen, code, least)


def _tick(steps: Steps, command: c.Tick) -> str | None:
    return StaffCode.RESERVE_UNKNOWN if is_due(steps.state, steps.at) else None


_DECIDERS: dict[type, Callable[[Steps, Any], str | None]] = {
    c.Offer: offers.offer,
    c.Join: offers.join,
    c.Tick: _tick,
    c.Open: staff.declare,
    c.Pause: staff.pause,
    c.Resume: staff.resume,
    c.Repair: staff.resume,
    c.AskAbort: aborting.ask,
    c.ConfirmAbort: aborting.confirm,
    c.DeclineAbort: aborting.decline,
    c.WithdrawAbort: aborting.withdraw,
    c.SetReserve: staff.set_reserve,
    c.Announce: staff.announce,
}
