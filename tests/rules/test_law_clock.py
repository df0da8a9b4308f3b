"""The case clock: the worked examples, and what must hold for every case."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from law.data import shipped
from law.rules.clock import CaseFacts, ClockAnswer, Extension, Suspension, ask

DAYS = st.dates(date(2008, 1, 1), date(2026, 6, 30))


def answer(facts: CaseFacts) -> ClockAnswer:
    return ask(facts, shipped().work, shipped().clock)


def case(as_of: str, *, decided: str | None = None, profile: str = "A") -> ClockAnswer:
    """RB1: accepted on Monday 2025-09-22, law 20, promise 7 working days."""
    return answer(
        CaseFacts(
            statutory_wd=20,
            committed_wd=7,
            as_of=date.fromisoformat(as_of),
            accepted_on=date(2025, 9, 22),
            decided_on=date.fromisoformat(decided) if decided else None,
            profile=profile,
        )
    )


def test_rb1_dues_cross_the_make_up_sunday() -> None:
    found = case("2025-09-22")
    assert (found.due_com, found.due_stat) == (date(2025, 9, 30), date(2025, 10, 24))


def test_rb1_lights() -> None:
    lights = {day: case(day).light_com for day in ("2025-09-28", "2025-09-29", "2025-09-30")}
    assert lights == {"2025-09-28": "GREEN", "2025-09-29": "YELLOW", "2025-09-30": "YELLOW"}
    assert case("2025-10-01").light_com == "RED"


def test_rb1_decided_late_against_the_promise_only() -> None:
    found = case("2025-10-09", decided="2025-10-09")
    assert (found.used_com, found.saved) == (8, -1)
    assert (found.on_time_com, found.on_time_stat) == (False, True)
    assert (found.light_com, found.light_stat) == ("DONE_LATE", "DONE_ON_TIME")


def test_rb2_a_notice_in_time_and_papers_later() -> None:
    found = answer(
        CaseFacts(
            statutory_wd=20,
            committed_wd=8,
            as_of=date(2025, 5, 8),
            received_at=datetime(2025, 4, 25, 8, 0, tzinfo=UTC),
            notice_on=date(2025, 4, 28),
            accepted_on=date(2025, 5, 8),
        )
    )
    assert (found.notice_limit, found.deemed) == (date(2025, 5, 6), False)
    assert (found.due_com, found.due_stat) == (date(2025, 5, 20), date(2025, 6, 6))


def test_rb2_silence_accepts_from_the_day_of_receipt() -> None:
    found = answer(
        CaseFacts(
            statutory_wd=20,
            committed_wd=8,
            as_of=date(2025, 5, 7),
            received_at=datetime(2025, 4, 25, 8, 0, tzinfo=UTC),
            notice_on=date(2025, 5, 7),
        )
    )
    assert (found.deemed, found.accepted_on) == (True, date(2025, 4, 25))
    assert (found.due_com, found.due_stat) == (date(2025, 5, 9), date(2025, 5, 27))


def test_after_closing_time_the_next_working_day_counts() -> None:
    late = datetime(2025, 4, 25, 9, 31, tzinfo=UTC)
    facts = CaseFacts(statutory_wd=20, committed_wd=8, as_of=date(2025, 4, 28), received_at=late)
    assert answer(facts).effective_received == date(2025, 4, 27)


@given(accepted=DAYS, promise=st.integers(0, 30), extra=st.integers(0, 30))
def test_due_and_count_are_inverse(accepted: date, promise: int, extra: int) -> None:
    law = promise + extra
    found = answer(
        CaseFacts(statutory_wd=law, committed_wd=promise, as_of=accepted, accepted_on=accepted)
    )
    assert found.due_com is not None
    assert found.due_stat is not None
    assert shipped().work.count(accepted, found.due_com) == promise
    assert shipped().work.count(accepted, found.due_stat) == law


@given(
    accepted=DAYS,
    promise=st.integers(1, 20),
    start=st.integers(0, 60),
    length=st.integers(0, 40),
    planned=st.integers(0, 20),
    extension=st.none() | st.tuples(st.integers(0, 60), st.integers(1, 12)),
    seen=st.integers(0, 120),
)
def test_a_red_clock_never_becomes_green(
    accepted: date,
    promise: int,
    start: int,
    length: int,
    planned: int,
    extension: tuple[int, int] | None,
    seen: int,
) -> None:
    """R11: what begins after the due day moves nothing; a later look is never greener."""

    def at(offset: int, *, with_events: bool) -> ClockAnswer:
        begun = accepted + timedelta(days=start)
        spans = (Suspension("鉴定", begun, begun + timedelta(days=length), planned),)
        moved = (
            Extension(accepted + timedelta(days=extension[0]), extension[1]) if extension else None
        )
        return answer(
            CaseFacts(
                statutory_wd=promise,
                committed_wd=promise,
                as_of=accepted + timedelta(days=offset),
                accepted_on=accepted,
                suspensions=spans if with_events else (),
                extension=moved if with_events else None,
            )
        )

    bare = at(seen, with_events=False)
    first_event = min(start, extension[0] if extension else start)
    begun_late = accepted + timedelta(days=first_event) > (bare.due_stat or accepted)
    if bare.light_stat == "RED" and begun_late:
        assert at(seen, with_events=True).light_stat == "RED"
    today, later = at(seen, with_events=True), at(seen + 1, with_events=True)
    assert not (today.light_stat == "RED" and later.light_stat in {"GREEN", "YELLOW"})


@given(accepted=DAYS, starts=st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_overlapping_spans_are_united(accepted: date, starts: list[int]) -> None:
    begun = [accepted + timedelta(days=item) for item in starts]
    spans = tuple(Suspension("检测", on, on + timedelta(days=5), 20) for on in begun)
    found = answer(
        CaseFacts(
            statutory_wd=40,
            committed_wd=40,
            as_of=accepted,
            accepted_on=accepted,
            suspensions=spans,
        )
    )
    work = shipped().work
    days = {on + timedelta(days=n) for on in begun for n in range(1, 6)}
    assert found.excl_stat == sum(work.is_workday(on) for on in days)
