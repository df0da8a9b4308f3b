"""Decides the abort of a room (中止), which takes two people: a host asks with a reason, a second
person confirms or declines in time. Until then the room goes on as if nobody had asked."""

from bidding import events as e
from bidding.rules import commands as c
from bidding.rules.codes import StaffCode
from bidding.rules.passing import Steps
from bidding.rules.staff import FAULTS
from bidding.rules.state import FINAL, AbortRequest


def ask(steps: Steps, command: c.AskAbort) -> str | None:
    """One request at a time. The record of the act is the request; see `fold`."""
    known = steps.state.sealed.abort
    if not command.by:
        return StaffCode.NAMELESS
    if not command.reason.strip() or command.reason in FAULTS:
        return StaffCode.REASON_REQUIRED
    if steps.state.phase in FINAL:
        return StaffCode.NOT_OPEN
    if known is not None and known.is_open(steps.at):
        return StaffCode.ALREADY_ASKED
    return None


def confirm(steps: Steps, command: c.ConfirmAbort) -> str | None:
    """Whoever asked never confirms, whatever roles he holds. What the clock had already ended
    stays ended."""
    request = steps.state.sealed.abort
    code = _why_not(steps, command, request)
    if code is None and request is not None:
        steps.add(e.Aborted(steps.at, request.reason))
    return code


def decline(steps: Steps, command: c.DeclineAbort) -> str | None:
    if not command.reason.strip():
        return StaffCode.REASON_REQUIRED
    return _why_not(steps, command, steps.state.sealed.abort)


def withdraw(steps: Steps, command: c.WithdrawAbort) -> str | None:
    request = steps.state.sealed.abort
    if request is None or request.answer:
        return StaffCode.NO_REQUEST
    if not command.by or command.by != request.by:
        return StaffCode.NOT_THE_ASKER
    return _too_late(steps, request)


def _why_not(
    steps: Steps, command: c.ConfirmAbort | c.DeclineAbort, request: AbortRequest | None
) -> str | None:
    """Why this person cannot answer the request, if so."""
    if not command.by:
        return StaffCode.NAMELESS
    if request is None or request.answer or request.at != command.asked_at:
        return StaffCode.NO_REQUEST
    if command.by == request.by:
        return StaffCode.SAME_PERSON
    return _too_late(steps, request)


def _too_late(steps: Steps, request: AbortRequest) -> str | None:
    if steps.state.phase in FINAL:
        return StaffCode.NOT_OPEN
    return None if request.is_open(steps.at) else StaffCode.REQUEST_EXPIRED
