"""What holds in every room, whatever is asked of it and whenever. Hypothesis invents the asking."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from bidding import events as e
from bidding.data import presets
from bidding.rules import commands as c
from bidding.rules.codes import Code, StaffCode
from bidding.rules.decide import Decision, decide
from bidding.rules.fold import evolve, fold
from bidding.rules.formats.registry import FORMATS
from bidding.rules.snapshot import min_valid_fen, seat_fields, snapshot_fields
from bidding.rules.state import FINAL, LIVE, Phase, State, initial, next_due
from bidding.rules.terms import Terms, parse_terms

OPENS = datetime(2026, 5, 11, 2, tzinfo=UTC)
MS = timedelta(milliseconds=1)
PLATES = ("A83", "K27", "P05")
SEATS = (*PLATES, None)
HOST, SUPERVISOR = "u:HOST", "u:SUPERVISOR"
QUIET = (c.AskAbort, c.DeclineAbort, c.WithdrawAbort)
STEPPED = {"start_fen": 1000, "step_fen": 10}
TERMS: dict[str, dict[str, object]] = {
    "TC": {**STEPPED, "inquiry_s": 60},
    "SIP": {**STEPPED, "inquiry_s": 0},
    "FJ": {**STEPPED, "auction_step_fen": 20, "contest_s": 600, "prep_s": 60, "repair_limit_s": 60},
    "MQ": STEPPED,
    "ASC": {**STEPPED, "cap_fen": 1055},
    "JA": STEPPED,
    "REV": STEPPED,
    "DUTCH": {**STEPPED, "interval_s": 60, "floor_fen": 700},
    "SZ1": {"guide_fen": 800},
    "OQ": {**STEPPED, "cap_fen": 1100, "tie_rounds": 2, "tie_round_s": 60},
    "OQL": {"start_fen": 1000, "tie_rounds": 1, "tie_round_s": 60},
}
LENGTH = timedelta(minutes=15)


class Ask(NamedTuple):
    command: c.Command
    at: datetime


class Played(NamedTuple):
    terms: Terms
    asks: list[Ask]
    decisions: list[Decision]
    states: list[State]

    @property
    def state(self) -> State:
        return self.states[-1]

    @property
    def public(self) -> list[e.Event]:
        return [event for decision in self.decisions for event in decision.events]

    @property
    def sealed(self) -> list[e.Event]:
        return [event for decision in self.decisions for event in decision.sealed]


def terms_of(preset: str) -> Terms:
    ends_at = OPENS + LENGTH
    given_terms = {"opens_at": OPENS.isoformat(), "ends_at": ends_at.isoformat(), **TERMS[preset]}
    return parse_terms(presets()[preset], given_terms)


def offer_of(played_state: State, terms: Terms, at: datetime, plate: int, gap: int) -> c.Offer:
    """An amount around the nearest valid one, now and then nonsense; one seat has a priority."""
    least = min_valid_fen(terms, played_state, at) or 1000
    top = played_state.book.top_fen or least
    offset = (0, 0, 0, 0, 0, 10, -10, 20, -20, 1, -1, 100, -100, 5000, 0, 0)[gap]
    base = (least,) * 14 + (top, 0)
    return c.Offer(SEATS[plate], base[gap] + offset, 1 if SEATS[plate] == "K27" else None)


def wait_of(state: State, at: datetime, wait: int) -> datetime:
    """Waits crowd around the instants that matter: this one, the next, an end."""
    due = next_due(state) or at
    later = (
        *(at, at + MS, at + 1000 * MS, at + 30_000 * MS, due - MS, due, due + MS, due),
        *(at + timedelta(hours=2), due + timedelta(minutes=1)),
    )
    return max(at, later[wait])


def command_of(state: State, terms: Terms, at: datetime, recipe: tuple) -> c.Command:
    what, plate, gap, _ = recipe
    if what < 12:
        return offer_of(state, terms, at, plate, gap)
    if what < 15 or state.phase is Phase.INQUIRY:
        return c.Join(SEATS[plate])
    others: tuple[c.Command, ...] = (
        *(c.Open(HOST), c.Pause("court", HOST), c.Resume(HOST), c.Resume()),
        *(c.Freeze(at - gap * 1000 * MS), c.Repair(), c.Repair(), c.SetReserve("c")),
        *(c.Announce("notice", HOST), c.Pause(" "), c.Tick(), c.Resume(HOST), c.Open(HOST)),
        c.Announce(""),
    )
    return abort_of(state, gap) or others[gap]


def abort_of(state: State, gap: int) -> c.Command | None:
    """Now and then an abort is asked for, with and without a reason, and answered by anybody."""
    request = state.sealed.abort
    asked_at = request.at if request else OPENS
    if gap == 13:
        return c.AskAbort("court" if state.sealed.seq % 3 else " ", timedelta(minutes=2), HOST)
    answers = (
        *(c.ConfirmAbort(asked_at, SUPERVISOR), c.ConfirmAbort(asked_at, HOST)),
        *(c.DeclineAbort(asked_at, "no", SUPERVISOR), c.WithdrawAbort(HOST)),
        *(c.DeclineAbort(asked_at, " ", SUPERVISOR), c.WithdrawAbort(SUPERVISOR)),
        *(c.ConfirmAbort(asked_at + MS, SUPERVISOR), c.ConfirmAbort(asked_at, "")),
    )
    return answers[(state.seq + state.sealed.seq) % len(answers)] if gap > 13 else None


def asks_of(preset: str, recipes: list[tuple]) -> list[Ask]:
    """Turns small numbers into asking that hits: it is shrunk by shrinking the numbers."""
    terms, at, asks = terms_of(preset), OPENS - timedelta(minutes=1), []
    state = initial(terms, code="7KQ2MX9D")
    for recipe in recipes:
        at = wait_of(state, at, recipe[3])
        state = decide(terms, state, c.Tick(), at, reserve_fen=1050).state
        asks.append(Ask(command_of(state, terms, at, recipe), at))
        state = decide(terms, state, asks[-1].command, at, reserve_fen=1050).state
    return asks


recipes = st.tuples(
    st.integers(0, 16), st.integers(0, len(SEATS) - 1), st.integers(0, 15), st.integers(0, 9)
)
askings = st.tuples(st.sampled_from(sorted(TERMS)), st.lists(recipes, min_size=4, max_size=40)).map(
    lambda drawn: (drawn[0], asks_of(*drawn))
)


def play(preset: str, asks: list[Ask]) -> Played:
    terms = terms_of(preset)
    states, decisions = [initial(terms, code="7KQ2MX9D")], []
    for command, at in asks:
        decisions.append(decide(terms, states[-1], command, at, reserve_fen=1050))
        states.append(decisions[-1].state)
    return Played(terms, asks, decisions, states)


every_room = given(askings)


def test_the_asking_reaches_every_event_and_every_refusal() -> None:
    dice = random.Random(20260511)
    kinds, codes = set[str](), set[str]()
    for _ in range(900):
        preset = dice.choice(sorted(TERMS))
        # Half of the rooms are in no hurry to end: a long fault needs time to be mended.
        tops = (16, 3, 15, dice.choice((3, 9)))
        asks = asks_of(preset, [tuple(dice.randint(0, top) for top in tops) for _ in "x" * 40])
        played = play(preset, asks)
        kinds |= {event.kind for event in (*played.public, *played.sealed)}
        codes |= {decision.refusal.code for decision in played.decisions if decision.refusal}
    assert kinds == {cls.kind for cls in (*get_args(e.PublicEvent), *get_args(e.SealedEvent))}
    decided_elsewhere = {"token_reused", "too_fast", "reserve_unknown", "clock_unsure"}
    assert codes == {*map(str, Code), *map(str, StaffCode)} - decided_elsewhere


@every_room
@settings(max_examples=200, deadline=None)
def test_a_command_is_always_answered_and_the_room_can_be_shown(asking: tuple) -> None:
    played = play(*asking)
    for decision, (_, at) in zip(played.decisions, played.asks, strict=True):
        json.dumps(snapshot_fields(played.terms, decision.state, at))
        json.dumps([seat_fields(played.terms, decision.state, plate) for plate in PLATES])
        assert (decision.refusal is None) or decision.answer is None


@every_room
@settings(max_examples=200, deadline=None)
def test_the_price_never_goes_the_wrong_way(asking: tuple) -> None:
    played = play(*asking)
    top: e.OfferPlaced | None = None
    falls = FORMATS[played.terms.format].falls
    for event in played.public:
        if not isinstance(event, e.OfferPlaced):
            continue
        if top is not None:
            gain = (top.amount_fen - event.amount_fen) * (1 if falls else -1)
            is_taken_over = gain == 0 and event.priority_rank is not None
            assert gain >= played.terms.step_fen or is_taken_over
        top = event
    assert played.state.book.top_plate == (top.plate if top else None)


@every_room
@settings(max_examples=200, deadline=None)
def test_there_is_one_leader_and_the_leader_wins(asking: tuple) -> None:
    played = play(*asking)
    terms, state = played.terms, played.state
    standings = [str(seat_fields(terms, state, plate)["state"]) for plate in PLATES]
    assert standings.count("leading") + standings.count("won") <= 1
    if state.phase is Phase.SOLD and not FORMATS[terms.format].is_sealed:
        assert state.result is not None
        assert state.result.plate == state.book.top_plate


@every_room
@settings(max_examples=200, deadline=None)
def test_a_room_closes_once_and_nothing_happens_afterwards(asking: tuple) -> None:
    played = play(*asking)
    kinds = [event.kind for event in played.public]
    assert kinds.count("closed") <= 1
    if "closed" in kinds:
        assert kinds[kinds.index("closed") + 1 :] in (["hammered"], ["passed_in"])
    for before, decision in zip(played.states, played.decisions, strict=False):
        if before.phase in FINAL:
            assert decision.events == ()
            assert decision.state == replace(before, sealed=decision.state.sealed)


@every_room
@settings(max_examples=200, deadline=None)
def test_an_offer_counts_only_before_the_end_in_force(asking: tuple) -> None:
    played = play(*asking)
    ends_at, phase = None, "scheduled"
    for event in played.public:
        if isinstance(event, e.OfferPlaced):
            assert phase in ("free", "limited")
            assert event.at < ends_at
        if isinstance(event, e.Opened | e.PhaseChanged | e.Extended | e.Resumed):
            ends_at = event.ends_at
        if isinstance(event, e.Opened | e.Resumed):
            phase = event.phase
        if isinstance(event, e.PhaseChanged):
            phase = event.to
        if isinstance(event, e.Paused):
            phase = "paused"


@every_room
@settings(max_examples=200, deadline=None)
def test_the_end_moves_only_by_rule(asking: tuple) -> None:
    played = play(*asking)
    terms, moves = played.terms, 0
    for seq, (before, event) in enumerate(
        zip([None, *played.public], played.public, strict=False), 1
    ):
        if not isinstance(event, e.Extended):
            continue
        moves += 1
        assert isinstance(before, e.OfferPlaced)
        assert (event.at, event.cause_seq, event.extensions) == (before.at, seq - 1, moves)
        assert event.ends_at == event.at + (terms.countdown or terms.soft_close)
    assert played.state.extensions == moves


@every_room
@settings(max_examples=200, deadline=None)
def test_the_end_never_comes_nearer(asking: tuple) -> None:
    played = play(*asking)
    for before, after in zip(played.states, played.states[1:], strict=False):
        is_same_phase = before.phase in LIVE and before.phase is after.phase
        assert not is_same_phase or after.ends_at >= before.ends_at


def through_the_ledger(event: e.Event) -> e.Event:
    text = json.dumps(e.body(event), sort_keys=True)
    body = json.loads(text, parse_float=lambda number: 1 / 0)
    return e.parse_event(event.kind, event.at, body, sealed=event.sealed)


@given(askings, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_record_gives_the_same_state_in_any_interleaving(asking: tuple, dice) -> None:
    played = play(*asking)
    streams = [played.public[::-1], played.sealed[::-1]]
    state = initial(played.terms, code="7KQ2MX9D")
    while streams[0] or streams[1]:
        stream = (
            streams[0] if not streams[1] or (streams[0] and dice.random() < 0.5) else streams[1]
        )
        state = evolve(state, through_the_ledger(stream.pop()))
    assert state == played.state
    assert (state.seq, state.sealed_seq) == (len(played.public), len(played.sealed))


@every_room
@settings(max_examples=200, deadline=None)
def test_refused_attempts_leave_no_trace(asking: tuple) -> None:
    preset, asks = asking
    played = play(preset, asks)
    kept = [
        # What was refused becomes a bare passing of time.
        Ask(c.Tick(), ask.at) if decision.refusal and _is_bidders(ask.command) else ask
        for ask, decision in zip(asks, played.decisions, strict=True)
    ]
    again = play(preset, kept)
    assert again.public == played.public
    assert _without_numbers(again.state) == _without_numbers(played.state)


@given(askings, st.lists(recipes, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_refused_attempts_does_not_matter(asking: tuple, extra, dice) -> None:
    preset, asks = asking
    played = play(preset, asks)
    terms, state, at = played.terms, played.state, asks[-1].at
    tried = [offer_of(state, terms, at, plate, gap) for _, plate, gap, _ in extra]
    refused = [offer for offer in tried if decide(terms, state, offer, at).refusal]
    one = play(preset, [*asks, *(Ask(offer, at) for offer in refused)])
    dice.shuffle(refused)
    other = play(preset, [*asks, *(Ask(offer, at) for offer in refused)])
    assert one.public == other.public
    assert one.state == other.state


@given(
    st.lists(st.tuples(st.sampled_from(sorted(e.SEALED_KINDS | {"opened"})), st.text(max_size=3)))
)
@settings(max_examples=50, deadline=None)
def test_entries_of_unknown_kinds_only_take_a_number(rows: list) -> None:
    state = initial(terms_of("ASC"))
    entries = [e.Noted(OPENS, f"x_{kind}_{text}", kind != "opened") for kind, text in rows]
    after = fold(state, entries)
    assert (after.seq, after.sealed_seq) == (
        sum(not entry.sealed for entry in entries),
        sum(entry.sealed for entry in entries),
    )
    assert _without_numbers(replace(after, seq=0)) == state


@every_room
@settings(max_examples=200, deadline=None)
def test_every_act_of_a_host_is_written_down_with_what_came_of_it(asking: tuple) -> None:
    played = play(*asking)
    for (command, _at), before, decision in zip(
        played.asks, played.states, played.decisions, strict=False
    ):
        found = [event for event in decision.sealed if isinstance(event, e.HostActed)]
        assert len(found) == bool(getattr(command, "by", ""))
        for event in found:
            is_done = decision.refusal is None
            assert event.result == (e.DONE if is_done else decision.refusal.code)
            is_shown = is_done and not isinstance(command, QUIET)
            assert event.public_seq == (decision.state.seq if is_shown else None)
            assert not is_shown or decision.state.seq > before.seq


@every_room
@settings(max_examples=200, deadline=None)
def test_no_room_is_aborted_but_by_a_second_person_in_time(asking: tuple) -> None:
    played = play(*asking)
    asked: tuple[str, str, datetime] | None = None
    for (command, at), decision in zip(played.asks, played.decisions, strict=True):
        for event in decision.events:
            if isinstance(event, e.Aborted):
                assert isinstance(command, c.ConfirmAbort)
                assert asked is not None
                assert asked[0] != command.by
                assert (event.reason, event.at) == (asked[1], at)
                assert at < asked[2]
        done = decision.refusal is None
        if done and isinstance(command, c.AskAbort):
            assert asked is None or at >= asked[2]
            asked = (command.by, command.reason, at + command.valid)
        elif done and isinstance(command, c.DeclineAbort | c.WithdrawAbort | c.ConfirmAbort):
            asked = None


@every_room
@settings(max_examples=100, deadline=None)
def test_a_request_that_nobody_confirms_changes_nothing_in_the_room(asking: tuple) -> None:
    """The same asking with the requests and refusals left out gives the same public record."""
    preset, asks = asking
    kept = [ask for ask in asks if not isinstance(ask.command, c.ConfirmAbort)]
    bare = [Ask(c.Tick(), ask.at) if isinstance(ask.command, QUIET) else ask for ask in kept]
    assert play(preset, kept).public == play(preset, bare).public


@every_room
@settings(max_examples=200, deadline=None)
def test_a_host_opens_nothing_early_and_declares_once(asking: tuple) -> None:
    played = play(*asking)
    declared = 0
    for (command, at), decision in zip(played.asks, played.decisions, strict=True):
        if not isinstance(command, c.Open) or decision.refusal is not None:
            continue
        declared += 1
        # What it adds is a word: the same instant without it leaves the room in the same phase.
        assert at >= played.terms.opens_at
        assert [event.kind for event in decision.events][-1] == "announced"
    assert declared <= 1


sealed_rooms = st.tuples(
    st.sampled_from(("OQ", "OQL", "SZ1")), st.lists(recipes, min_size=4, max_size=40)
).map(lambda drawn: (drawn[0], asks_of(*drawn)))


@given(sealed_rooms)
@settings(max_examples=200, deadline=None)
def test_a_sealed_quote_is_seen_nowhere_before_the_quotes_are_opened(asking: tuple) -> None:
    """What is shown is what a room shows in which nobody quoted, until a tie is made known."""
    preset, asks = asking
    played = play(preset, asks)
    empty = play(preset, [Ask(c.Tick(), at) if _is_bidders(ask) else (ask, at) for ask, at in asks])
    for left, right, (_, at) in zip(played.states[1:], empty.states[1:], asks, strict=True):
        if right.phase in FINAL or left.book.round > 1:
            break
        assert snapshot_fields(played.terms, left, at) == snapshot_fields(empty.terms, right, at)
        assert left.seq == right.seq


@given(sealed_rooms)
@settings(max_examples=200, deadline=None)
def test_a_tie_round_takes_the_tied_alone_and_no_quote_falls_behind_the_equal_price(
    asking: tuple,
) -> None:
    played = play(*asking)
    sign = -1 if FORMATS[played.terms.format].falls else 1
    for before, decision in zip(played.states, played.decisions, strict=False):
        for event in decision.sealed:
            if not isinstance(event, e.OfferSealed) or event.round is None:
                continue
            book = decision.state.book
            assert event.plate in book.tied
            assert book.least_fen is not None
            assert sign * (event.amount_fen - book.least_fen) >= 0
            earlier = before.sealed.quotes[event.plate]
            assert earlier.round < event.round
    rounds = [event.round for event in played.public if getattr(event, "round", None)]
    assert rounds == list(range(2, len(rounds) + 2))
    assert len(rounds) <= played.terms.tie_rounds


@given(sealed_rooms)
@settings(max_examples=200, deadline=None)
def test_the_best_of_the_opened_quotes_wins_and_equal_ones_were_drawn(asking: tuple) -> None:
    played = play(*asking)
    result, opened = played.state.result, [p for p in played.public if p.kind == "quotes_opened"]
    if played.state.phase is not Phase.SOLD or asking[0] == "SZ1":
        return
    pick = min if asking[0] == "OQL" else max
    price = pick(int(str(quote["amount_fen"])) for quote in opened[0].quotes)
    best = [quote["plate"] for quote in opened[0].quotes if quote["amount_fen"] == price]
    assert result is not None
    assert (result.price_fen, result.plate in best) == (price, True)
    drawn = [event for event in played.public if isinstance(event, e.Drawn)]
    assert [event.plates for event in drawn] == ([best] if len(best) > 1 else [])
    assert all(event.plate == result.plate for event in drawn)


def _is_bidders(command: c.Command) -> bool:
    return isinstance(command, c.Offer | c.Join)


def _without_numbers(state: State) -> State:
    return replace(state, sealed=replace(state.sealed, seq=0))
