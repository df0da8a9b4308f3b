"""Answers the `room` question: the very engine of live rooms, run over a list of commands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bidding import events as e
from bidding.rules import commands as c
from bidding.rules.codes import Code
from bidding.rules.decide import Decision, decide
from bidding.rules.explain import explain
from bidding.rules.fold import evolve
from bidding.rules.formats.registry import FORMATS
from bidding.rules.presets import Preset
from bidding.rules.state import Phase, State, initial, next_due
from bidding.rules.terms import Terms, parse_terms
from kernel.clock import iso_ms, parse_instant
from kernel.errors import Invalid

ENDED = frozenset({Phase.SOLD, Phase.UNSOLD})
ACCEPTED, REFUSED, IGNORED = "accepted", "refused", "ignored"


@dataclass
class Run:
    """One room on its way through the commands; `log` holds its public events."""

    terms: Terms
    state: State
    seats: Mapping[str, int | None]
    reserve_fen: int | None
    log: list[e.Event] = field(default_factory=list)

    def take(self, command: c.Command, now: datetime) -> Decision:
        decision = decide(self.terms, self.state, command, now, reserve_fen=self.reserve_fen)
        self.state = decision.state
        self.log += decision.events
        return decision

    def run_to(self, until: datetime | None) -> bool:
        """Lets time pass, each step at its own instant. Says whether anything happened."""
        before = len(self.log)
        while (due := next_due(self.state)) is not None and (until is None or due <= until):
            self.take(c.Tick(), due)
        return len(self.log) > before


def room(question: Mapping[str, object], presets: Mapping[str, Preset]) -> dict[str, object]:
    """Returns answers[], events[], outcome; or `ok` false with `error` and `field`.

    In a question the inquiry lasts 0 s unless it says otherwise, and seats given as `joined` have
    joined. Amounts in fen, instants in Beijing time.
    """
    asked = {"id": question["id"]} if "id" in question else {}
    try:
        return {**asked, "ok": True, **_answer(question, presets)}
    except Invalid as refused:
        code = "missing" if refused.code == "missing" else "bad_value"
        return {**asked, "ok": False, "error": code, "field": str(refused.params["field"])}


def _answer(question: Mapping[str, object], presets: Mapping[str, Preset]) -> dict[str, object]:
    run = _prepare(question, presets)
    answers: list[dict[str, object]] = []
    last: datetime | None = None
    for row in _rows(question, "commands"):
        at = _instant(row, "at")
        if last is not None and at < last:
            raise _bad("at")
        last = at
        answers.append(_one(run, row, at))
    run.run_to(None)
    return {
        "answers": answers,
        "events": [
            {"seq": seq, "kind": event.kind, "at": iso_ms(event.at), **e.body(event)}
            for seq, event in enumerate(run.log, 1)
        ],
        "outcome": _outcome(run),
        "explain": explain(run.terms, run.log),
    }


def _prepare(question: Mapping[str, object], presets: Mapping[str, Preset]) -> Run:
    preset = presets.get(str(_needed(question, "preset")))
    if preset is None:
        raise _bad("preset")
    terms = _needed(question, "terms")
    if not isinstance(terms, dict):
        raise _bad("terms")
    reserve = question.get("reserve_fen")
    if reserve is not None and (type(reserve) is not int or reserve < 1):
        raise _bad("reserve_fen")
    given = {"inquiry_s": 0, **terms} if preset.format == "listing" else dict(terms)
    if preset.format == "dutch" and reserve is not None:
        given.setdefault("floor_fen", reserve)
        reserve = None
    parsed = parse_terms(preset, given)
    run = Run(parsed, initial(parsed, code="EVALUATE"), {}, reserve)
    _seat(run, question)
    return run


def _seat(run: Run, question: Mapping[str, object]) -> None:
    seats: dict[str, int | None] = {}
    for row in _rows(question, "seats"):
        plate, rank = str(_needed(row, "plate")), row.get("priority_rank")
        if plate in seats:
            raise _bad("plate")
        if rank is not None and (type(rank) is not int or rank < 1):
            raise _bad("priority_rank")
        if row.get("joined") not in (None, True, False):
            raise _bad("joined")
        seats[plate] = rank
        if row.get("joined") and FORMATS[run.terms.format].asks_who_joins:
            run.state = evolve(run.state, e.Joined(run.terms.opens_at, plate))
    run.seats = seats
    if run.reserve_fen is not None:
        run.state = evolve(run.state, e.ReserveSet(run.terms.opens_at, ""))


def _one(run: Run, row: Mapping[str, object], at: datetime) -> dict[str, object]:
    happened = run.run_to(at)
    result, code = _KINDS[_kind(row)](run, row, at)
    if result == IGNORED and happened and _kind(row) == "tick":
        result = ACCEPTED
    is_halted = run.state.phase is Phase.PAUSED
    return {
        "result": result,
        "code": code,
        "ends_at": None if is_halted else iso_ms(run.state.ends_at),
    }


def _kind(row: Mapping[str, object]) -> str:
    kind = str(_needed(row, "kind"))
    if kind not in _KINDS:
        raise _bad("kind")
    return kind


Verdict = tuple[str, str | None]


def _said(decision: Decision) -> Verdict:
    return (REFUSED, decision.refusal.code) if decision.refusal else (ACCEPTED, None)


def _plate(run: Run, row: Mapping[str, object]) -> str | None:
    plate = str(row.get("plate"))
    return plate if plate in run.seats else None


def _offer(run: Run, row: Mapping[str, object], at: datetime) -> Verdict:
    plate, amount = _plate(run, row), row.get("amount_fen")
    if type(amount) is not int:
        return REFUSED, Code.MALFORMED.value
    rank = run.seats[plate] if plate else None
    return _said(run.take(c.Offer(plate, amount, rank), at))


def _join(run: Run, row: Mapping[str, object], at: datetime) -> Verdict:
    if not FORMATS[run.terms.format].asks_who_joins:
        return IGNORED, None
    return _said(run.take(c.Join(_plate(run, row)), at))


def _reserve(run: Run, row: Mapping[str, object], at: datetime) -> Verdict:
    amount = _needed(row, "amount_fen")
    if type(amount) is not int or amount < 1:
        raise _bad("amount_fen")
    verdict = _said(run.take(c.SetReserve(""), at))
    if verdict[0] == ACCEPTED:
        run.reserve_fen = amount
    return verdict


def _pause(run: Run, row: Mapping[str, object], at: datetime) -> Verdict:
    return _said(run.take(c.Pause(str(row.get("reason") or "pause")), at))


def _freeze(run: Run, row: Mapping[str, object], at: datetime) -> Verdict:
    return _said(run.take(c.Freeze(at), at))


def _go_on(run: Run, row: Mapping[str, object], at: datetime) -> Verdict:
    if run.state.phase is not Phase.PAUSED:
        return IGNORED, None
    return _said(run.take(c.Repair() if row["kind"] == "repair" else c.Resume(), at))


def _tick(run: Run, row: Mapping[str, object], at: datetime) -> Verdict:
    return IGNORED, None


_KINDS: dict[str, Callable[[Run, Mapping[str, object], datetime], Verdict]] = {
    "offer": _offer,
    "join": _join,
    "reserve": _reserve,
    "pause": _pause,
    "resume": _go_on,
    "freeze": _freeze,
    "repair": _go_on,
    "tick": _tick,
}


def _outcome(run: Run) -> dict[str, object]:
    result, falls = run.state.result, FORMATS[run.terms.format].falls
    rate = result.rate if result else None
    outcome: dict[str, object] = {
        "phase": run.state.phase.value,
        "plate": result.plate if result else None,
        "price_fen": result.price_fen if result else None,
        "ended_at": iso_ms(run.state.ends_at) if run.state.phase in ENDED else None,
        "premium_rate": None if falls else rate,
        "saving_rate": rate if falls else None,
        "reserve_met": result.reserve_met if result else None,
    }
    if FORMATS[run.terms.format].average:
        outcome["average_fen"] = result.average_fen if result else None
    return outcome


def _rows(row: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    rows = _needed(row, key)
    if not isinstance(rows, list) or not all(isinstance(item, dict) for item in rows):
        raise _bad(key)
    return rows


def _needed(row: Mapping[str, object], key: str) -> object:
    if row.get(key) is None:
        raise _refused("missing", key)
    return row[key]


def _instant(row: Mapping[str, object], key: str) -> datetime:
    try:
        return parse_instant(str(_needed(row, key)))
    except (ValueError, OverflowError):
        raise _bad(key) from None


def _refused(code: str, key: str) -> Invalid:
    return Invalid(code, params={"field": key})


def _bad(key: str) -> Invalid:
    return _refused("bad_value", key)
