"""Decides what a host or a fault may do to a room. Nobody moves an end by hand. AUC-15, AUC-16."""

from collections.abc import Mapping
from datetime import datetime

from bidding import events as e
from bidding.rules import commands as c
from bidding.rules.codes import StaffCode
from bidding.rules.contradictions import LISTED, SEEN
from bidding.rules.passing import Steps, go_on, pass_time
from bidding.rules.state import FINAL, LIVE, Phase, State
from bidding.rules.terms import Terms

OUTAGE = "outage"
CLOCK = "clock"
"""The reasons of pauses that no person asked for: nothing was served, or the clock stepped."""
FAULTS = frozenset({OUTAGE, CLOCK})

ACTIONS: Mapping[type, str] = {
    c.Open: "open",
    c.Announce: "announce",
    c.Pause: "pause",
    c.Resume: "resume",
    c.AskAbort: "ask_abort",
    c.ConfirmAbort: "confirm_abort",
    c.DeclineAbort: "decline_abort",
    c.WithdrawAbort: "withdraw_abort",
}
"""How the record names each act."""
UNSHOWN = frozenset({c.AskAbort, c.DeclineAbort, c.WithdrawAbort})
"""Acts that leave nothing in public."""
OPENING_WORDS = "主持人宣布：竞价开始。"


def declare(steps: Steps, command: c.Open) -> str | None:
    """Once, and not before the announced time: no hand opens a room early, and one that is open
    is so without any hand."""
    state = steps.state
    if state.phase is Phase.SCHEDULED:
        return StaffCode.TOO_EARLY
    code = _no_pause(state)
    if code is None and state.sealed.is_declared:
        code = StaffCode.ALREADY_DECLARED
    if code is None:
        steps.add(e.Announced(steps.at, OPENING_WORDS))
    return code


def witness(steps: Steps, command: c.HostCommand, code: str | None) -> None:
    """Writes down who acted, and how it ended: what he did stands last in public, unless it is
    only asked for or refused."""
    is_shown = code is None and type(command) not in UNSHOWN
    seq = steps.state.seq if is_shown else None
    words = getattr(command, "reason", "") or getattr(command, "text", "")
    result = e.DONE if code is None else code
    action, until = ACTIONS[type(command)], None
    if code is None and isinstance(command, c.AskAbort):
        until = steps.at + command.valid
    steps.add(e.HostActed(steps.at, command.by, action, words, result, seq, until))


def pause(steps: Steps, command: c.Pause) -> str | None:
    """A host gives a reason of his own; the words for faults are the house's."""
    if not command.reason.strip() or (command.by and command.reason in FAULTS):
        return StaffCode.REASON_REQUIRED
    code = _no_pause(steps.state)
    if code is None:
        steps.add(e.Paused(steps.at, command.reason, steps.at))
    return code


def freeze(steps: Steps, command: c.Freeze, reserve_fen: int | None) -> str | None:
    """What fell due after the fault began is void, but for the opening itself: a room that should
    have opened meanwhile counts as halted from its opening."""
    since = min(max(command.since, _last_sign(steps.state)), steps.at)
    pass_time(steps, since, reserve_fen)
    code = _no_pause(steps.state)
    if code is None:
        steps.add(e.Paused(steps.at, OUTAGE, since))
    return code


def resume(steps: Steps, command: c.Resume | c.Repair) -> str | None:
    """At once with the period the format gives; after a long fault only after the notice that
    the terms name. FJ 55, 58."""
    halt = steps.state.halt
    if halt is None:
        return StaffCode.NOT_PAUSED
    if halt.resumes_at is not None:
        return StaffCode.PAUSED
    limit = steps.terms.repair_limit
    if halt.reason in FAULTS and limit is not None and steps.at - halt.since > limit:
        steps.add(e.ResumeScheduled(steps.at, steps.at + steps.terms.resume_notice))
    else:
        go_on(steps)
    return None


def announce(steps: Steps, command: c.Announce) -> str | None:
    if not command.text.strip():
        return StaffCode.REASON_REQUIRED
    if steps.state.phase in FINAL:
        return StaffCode.NOT_OPEN
    steps.add(e.Announced(steps.at, command.text))
    return None


def set_reserve(steps: Steps, command: c.SetReserve) -> str | None:
    """Once, before the auction stage, where there is no listing before the opening: whoever sees
    the price could set it just above. Some cities take it only shortly before the listing ends.
    Where prices fall to a first acceptance the floor of the terms is the reserve."""
    state, terms = steps.state, steps.terms
    if not takes_reserve(terms, state):
        return StaffCode.NOT_OPEN
    if state.sealed.has_reserve:
        return StaffCode.RESERVE_ALREADY_SET
    if terms.reserve_window is not None and steps.at < terms.ends_at - terms.reserve_window:
        return StaffCode.TOO_EARLY
    steps.add(e.ReserveSet(steps.at, command.commitment))
    return None


def takes_reserve(terms: Terms, state: State) -> bool:
    """Whether a reserve could still be set, if there is none."""
    return not (state.phase in FINAL or terms.format == "dutch" or _is_in_auction(terms, state))


def _is_in_auction(terms: Terms, state: State) -> bool:
    phase = state.halt.phase if state.halt else state.phase
    if state.book.round > 1:  # the equal price is known by now
        return True
    if terms.format in SEEN:
        return phase is not Phase.SCHEDULED
    return terms.format in LISTED and phase in (Phase.PREPARING, Phase.LIMITED)


def _no_pause(state: State) -> str | None:
    if state.phase is Phase.PAUSED:
        return StaffCode.PAUSED
    return None if state.phase in LIVE else StaffCode.NOT_OPEN


def _last_sign(state: State) -> datetime:
    """The last instant at which the room is known to have been alive."""
    top = state.book.seats.get(state.book.top_plate or "")
    return max(state.began_at, top.at) if top else state.began_at
