"""An abort takes two people: what each may do, when, and what nobody can."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bidding import events as e
from bidding.data import presets
from bidding.rules import commands as c
from bidding.rules.decide import Decision, decide
from bidding.rules.fold import fold
from bidding.rules.state import Phase, State, initial
from bidding.rules.terms import Terms, parse_terms

OPENS = datetime(2026, 5, 11, 2, tzinfo=UTC)
ENDS = OPENS + timedelta(hours=1)
ASKED = OPENS + timedelta(minutes=5)
VALID = timedelta(minutes=15)
HOST, OTHER, SUPERVISOR = "u:HOST", "u:OTHER", "u:SUPERVISOR"
LAST = timedelta(milliseconds=1)


@pytest.fixture
def terms() -> Terms:
    given = {"opens_at": OPENS.isoformat(), "ends_at": ENDS.isoformat()}
    return parse_terms(presets()["ASC"], {**given, "start_fen": 1000, "step_fen": 100})


@pytest.fixture
def asked(terms: Terms) -> State:
    """An open room with one offer, whose abort a host has asked for."""
    state = initial(terms, code="7KQ2MX9D")
    state = decide(terms, state, c.Tick(), OPENS).state
    state = decide(terms, state, c.Offer("A83", 1000), OPENS + LAST).state
    return ask(terms, state).state


def ask(terms: Terms, state: State, at: datetime = ASKED, by: str = HOST) -> Decision:
    return decide(terms, state, c.AskAbort("权属争议", VALID, by), at)


def confirm(terms: Terms, state: State, at: datetime, by: str = SUPERVISOR) -> Decision:
    return decide(terms, state, c.ConfirmAbort(ASKED, by), at)


def code_of(decision: Decision) -> str:
    assert decision.refusal is not None
    assert not any(isinstance(event, e.Aborted) for event in decision.events)
    return decision.refusal.code


def test_a_request_changes_nothing_that_anybody_sees(terms: Terms, asked: State) -> None:
    bare = decide(terms, asked, c.WithdrawAbort(HOST), ASKED).state
    assert replace(bare, sealed=asked.sealed) == asked
    assert (asked.phase, asked.seq) == (Phase.LIMITED, 2)
    placed = decide(terms, asked, c.Offer("K27", 1100), ASKED + LAST)
    assert placed.refusal is None
    assert [event.kind for event in placed.events] == ["offer_placed"]


def test_the_second_person_s_word_aborts_the_room(terms: Terms, asked: State) -> None:
    at = ASKED + VALID - LAST
    decision = confirm(terms, asked, at)
    assert decision.refusal is None
    assert decision.events == (e.Aborted(at, "权属争议"),)
    assert decision.sealed == (
        e.HostActed(at, SUPERVISOR, "confirm_abort", "", "done", decision.state.seq),
    )
    assert decision.state.phase is Phase.ABORTED
    assert decision.state.result is not None
    assert (decision.state.result.plate, decision.state.result.reason) == (None, "权属争议")


def test_who_asked_never_confirms(terms: Terms, asked: State) -> None:
    decision = confirm(terms, asked, ASKED + LAST, HOST)
    assert code_of(decision) == "same_person"
    assert code_of(confirm(terms, asked, ASKED + LAST, "")) == "nameless"
    # the attempt itself stands in the record, and the request still waits
    assert [event.result for event in decision.sealed if isinstance(event, e.HostActed)] == [
        "same_person"
    ]
    assert confirm(terms, decision.state, ASKED + 2 * LAST).refusal is None


def test_nobody_confirms_at_or_after_the_time_limit(terms: Terms, asked: State) -> None:
    for late in (timedelta(0), LAST, timedelta(minutes=30)):
        assert code_of(confirm(terms, asked, ASKED + VALID + late)) == "request_expired"


def test_nobody_confirms_what_the_clock_has_ended(terms: Terms, asked: State) -> None:
    """The end comes before the word: the sale stands."""
    near = ENDS - timedelta(minutes=1)
    state = decide(terms, asked, c.WithdrawAbort(HOST), ASKED + LAST).state
    state = ask(terms, state, near).state
    decision = decide(terms, state, c.ConfirmAbort(near, SUPERVISOR), ENDS)
    assert code_of(decision) == "not_open"
    assert decision.state.phase is Phase.SOLD
    assert [type(event) for event in decision.events] == [e.Closed, e.Hammered]


def test_an_abort_is_confirmed_once(terms: Terms, asked: State) -> None:
    state = confirm(terms, asked, ASKED + LAST).state
    again = confirm(terms, state, ASKED + 2 * LAST, "u:THIRD")
    assert code_of(again) == "no_request"
    assert again.state.seq == state.seq
    assert code_of(ask(terms, state, ASKED + 3 * LAST)) == "not_open"


def test_one_request_at_a_time(terms: Terms, asked: State) -> None:
    for by in (HOST, OTHER):
        assert code_of(ask(terms, asked, ASKED + LAST, by)) == "already_asked"
    later = ask(terms, asked, ASKED + VALID, OTHER)
    assert later.refusal is None
    # a word that was meant for the first request confirms no other
    assert code_of(confirm(terms, later.state, ASKED + VALID + LAST)) == "no_request"


def test_a_declined_request_is_over(terms: Terms, asked: State) -> None:
    decline = c.DeclineAbort(ASKED, "可以继续", SUPERVISOR)
    declined = decide(terms, asked, decline, ASKED + LAST)
    assert declined.refusal is None
    assert declined.events == ()
    assert declined.state.phase is Phase.LIMITED
    assert code_of(confirm(terms, declined.state, ASKED + 2 * LAST)) == "no_request"
    assert ask(terms, declined.state, ASKED + 3 * LAST).refusal is None


def test_no_request_and_no_refusal_without_a_reason(terms: Terms, asked: State) -> None:
    decline = c.DeclineAbort(ASKED, " ", SUPERVISOR)
    assert code_of(decide(terms, asked, decline, ASKED + LAST)) == "reason_required"
    state = decide(terms, asked, c.WithdrawAbort(HOST), ASKED + LAST).state
    empty = c.AskAbort("  ", VALID, HOST)
    assert code_of(decide(terms, state, empty, ASKED + 2 * LAST)) == "reason_required"


def test_only_the_asker_withdraws(terms: Terms, asked: State) -> None:
    for by in (OTHER, SUPERVISOR, ""):
        assert code_of(decide(terms, asked, c.WithdrawAbort(by), ASKED + LAST)) == "not_the_asker"
    state = decide(terms, asked, c.WithdrawAbort(HOST), ASKED + LAST).state
    assert code_of(confirm(terms, state, ASKED + 2 * LAST)) == "no_request"
    assert code_of(decide(terms, state, c.WithdrawAbort(HOST), ASKED + 2 * LAST)) == "no_request"


def test_a_room_is_aborted_before_its_opening_or_in_a_pause(terms: Terms) -> None:
    early = OPENS - timedelta(hours=1)
    state = ask(terms, initial(terms, code="7KQ2MX9D"), early).state
    decision = decide(terms, state, c.ConfirmAbort(early, SUPERVISOR), early + LAST)
    assert decision.state.phase is Phase.ABORTED
    state = decide(terms, initial(terms, code="7KQ2MX9D"), c.Pause("设备", HOST), ASKED).state
    state = ask(terms, state).state
    assert confirm(terms, state, ASKED + LAST).state.phase is Phase.ABORTED


def test_an_offer_counts_if_it_was_decided_before_the_word(terms: Terms, asked: State) -> None:
    placed = decide(terms, asked, c.Offer("K27", 1100), ASKED + LAST)
    after = confirm(terms, placed.state, ASKED + LAST).state
    late = decide(terms, after, c.Offer("A83", 1200), ASKED + LAST)
    assert placed.refusal is None
    assert late.refusal is not None
    assert late.refusal.code == "not_open"


def test_the_request_is_read_back_from_the_record(terms: Terms, asked: State) -> None:
    written = e.HostActed(ASKED, HOST, "ask_abort", "权属争议", "done", None, ASKED + VALID)
    body = e.body(written)
    assert body["until"] == "2026-05-11T10:20:00.000+08:00"
    read = e.parse_event("host_acted", ASKED, body, sealed=True)
    assert fold(initial(terms), [read]).sealed.abort == asked.sealed.abort
    pause = e.HostActed(ASKED, HOST, "pause", "设备", "done", 3)
    assert "until" not in e.body(pause)
