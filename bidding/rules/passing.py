"""What time alone does to a room: it opens, its phases follow each other, it closes, once."""

from dataclasses import replace
from datetime import datetime

from bidding import events as e
from bidding.rules.fold import evolve
from bidding.rules.formats.registry import FORMATS
from bidding.rules.formats.shape import Format, Tie, Winner
from bidding.rules.state import Phase, State, next_due
from bidding.rules.terms import Terms, terms_json
from kernel.money import rate_percent


class Steps:
    """Gathers the events of one decision and the state they lead to."""

    __slots__ = ("at", "public", "sealed", "state", "terms")

    def __init__(self, terms: Terms, state: State, at: datetime) -> None:
        self.terms = terms
        self.state = state
        self.at = at
        self.public: list[e.Event] = []
        self.sealed: list[e.Event] = []

    def add(self, event: e.Event) -> None:
        (self.sealed if event.sealed else self.public).append(event)
        self.state = evolve(self.state, event)


def pass_time(steps: Steps, until: datetime, reserve_fen: int | None) -> None:
    """Takes every step that is due at `until`. Without a reserve that was set, the close waits."""
    while True:
        due = next_due(steps.state)
        if due is None or due > until:
            return
        if steps.state.phase is Phase.SCHEDULED:
            open_room(steps)
        elif steps.state.phase is Phase.PAUSED:
            go_on(steps)
        elif not _turn(steps, reserve_fen):
            return


def open_room(steps: Steps) -> None:
    terms = steps.terms
    phase = FORMATS[terms.format].first
    steps.add(
        e.Opened(
            at=steps.at,
            preset=terms.preset,
            preset_version=terms.preset_version,
            format=terms.format,
            terms=terms_json(terms),
            phase=phase.value,
            ends_at=steps.state.ends_at,
        )
    )


def go_on(steps: Steps) -> None:
    """A halted room goes on with the period its format gives. AUC-15."""
    going = FORMATS[steps.terms.format].goes_on(steps.terms, steps.state, steps.at)
    steps.add(e.Resumed(steps.at, going.phase.value, going.ends_at))


def close(steps: Steps, ends_at: datetime, reserve_fen: int | None) -> bool:
    """Closes with the winner's price or passes in. False if the reserve is not known yet."""
    if steps.state.sealed.has_reserve and reserve_fen is None:
        return False
    shape = FORMATS[steps.terms.format]
    winner, drawn = shape.winner(steps.terms, steps.state), shape.draw(steps.terms, steps.state)
    end = _end(steps.terms, winner, reserve_fen, steps.at)
    if shape.is_sealed:
        _show_quotes(steps, shape)
    if drawn is not None and isinstance(end, e.Hammered):
        steps.add(e.Drawn(steps.at, list(drawn.plates), drawn.seed, drawn.plate))
    steps.add(e.Closed(steps.at, ends_at))
    steps.add(end)
    return True


def _turn(steps: Steps, reserve_fen: int | None) -> bool:
    shape, state = FORMATS[steps.terms.format], steps.state
    phase = shape.follows(steps.terms, state)
    tie = shape.tie(steps.terms, state)
    if phase is None and tie is not None:
        steps.add(_next_round(steps, tie))
        return True
    if phase is None:
        return close(steps, state.ends_at, reserve_fen)
    ends_at = state.ends_at + shape.length(steps.terms, phase)
    changed = e.PhaseChanged(steps.at, state.phase.value, phase.value, ends_at, None)
    least = shape.least(steps.terms, evolve(state, changed), steps.at)
    steps.add(replace(changed, min_valid_fen=least))
    return True


def _next_round(steps: Steps, tie: Tie) -> e.PhaseChanged:
    """Another sealed round among the tied; only they and their equal price become known. AUC-10."""
    state = steps.state
    return e.PhaseChanged(
        at=steps.at,
        from_=state.phase.value,
        to=state.phase.value,
        ends_at=state.ends_at + steps.terms.tie_round,
        min_valid_fen=tie.price_fen,
        round=state.book.round + 1,
        plates=list(tie.plates),
    )


def _show_quotes(steps: Steps, shape: Format) -> None:
    quotes: list[dict[str, object]] = [
        {"plate": plate, "amount_fen": quote.amount_fen}
        for plate, quote in sorted(steps.state.sealed.quotes.items())
    ]
    average = shape.average(steps.state) if shape.average else None
    steps.add(e.QuotesOpened(steps.at, quotes, average))


def _end(
    terms: Terms, winner: Winner | None, reserve_fen: int | None, at: datetime
) -> e.Hammered | e.PassedIn:
    if winner is None:
        return e.PassedIn(at, "no_offer")
    falls = FORMATS[terms.format].falls
    price = winner.price_fen
    if reserve_fen is not None and (price > reserve_fen if falls else price < reserve_fen):
        return e.PassedIn(at, "below_reserve", reserve_met=False)
    gain = terms.start_fen - price if falls else price - terms.start_fen
    rate = rate_percent(gain, terms.start_fen) if terms.start_fen else None
    return e.Hammered(
        at,
        winner.plate,
        price,
        premium_rate=None if falls else rate,
        saving_rate=rate if falls else None,
        reserve_met=None if reserve_fen is None else True,
    )


def is_due(state: State, now: datetime) -> bool:
    """Whether something happens by itself at `now`: then the reserve, if any, is needed."""
    due = next_due(state)
    return due is not None and due <= now
