"""Working days against brute force over every published year."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from law.data import fixed_holidays, shipped
from law.rules.rows import calendar_of

WORK = shipped().work
FIRST, LAST = date(2007, 1, 1), date(2026, 12, 31)
DAYS = st.dates(FIRST, date(2026, 11, 1))
BEFORE_2007 = {on for on in WORK.makeup | WORK.off if on < FIRST}
"""The list of 2007 begins in the last days of 2006; the calendar does not."""
NEAR_MAKEUP = {on + timedelta(days=n) for on in WORK.makeup for n in (-1, 0, 1)}
MAKEUP_NEIGHBOURS = st.sampled_from(sorted(on for on in NEAR_MAKEUP if FIRST <= on <= LAST))
LATER = st.dates(date(2007, 6, 1), date(2026, 11, 1))


BY_DATE = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}
"""The holidays whose date the regulation names itself; no more is known of a year without list."""


def plain(on: date) -> bool:
    """The definition, written again: Monday to Friday less the list, plus make-up days; after the
    last list, less the holidays that need none."""
    if on > LAST:
        return on.weekday() < 5 and (on.month, on.day) not in BY_DATE
    return on in WORK.makeup or (on.weekday() < 5 and on not in WORK.off)


def counted(start: date, end: date) -> int:
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(plain(on) for on in days)


def test_the_years_have_their_official_number_of_working_days() -> None:
    totals = {year: WORK.count(date(year - 1, 12, 31), date(year, 12, 31)) for year in (2025, 2026)}
    assert totals == {2025: 248, 2026: 248}


def test_2027_is_not_published() -> None:
    assert 2027 not in WORK.years
    assert set(range(2007, 2027)) <= WORK.years


@example(start=date(2026, 10, 12), count=59)
@given(start=DAYS | MAKEUP_NEIGHBOURS, count=st.integers(0, 60))
def test_due_is_the_nth_working_day_after(start: date, count: int) -> None:
    on = WORK.due(start, count)
    assert counted(start, on) == count
    assert count == 0 or plain(on)


@example(start=date(2026, 10, 9), length=84)
@given(start=DAYS | MAKEUP_NEIGHBOURS, length=st.integers(-5, 90))
def test_count_is_what_it_says(start: date, length: int) -> None:
    end = start + timedelta(days=length)
    assert WORK.count(start, end) == counted(start, end)


@given(target=LATER, count=st.integers(0, 30))
def test_before_is_the_latest_lawful_day(target: date, count: int) -> None:
    on = WORK.before(target, count)
    assert counted(on, target) >= count
    assert counted(on + timedelta(days=1), target) < count or count == 0


@given(on=DAYS | MAKEUP_NEIGHBOURS)
def test_roll_goes_to_the_next_working_day(on: date) -> None:
    rolled = WORK.roll(on)
    assert plain(rolled)
    assert rolled == on or not plain(on)


@pytest.mark.parametrize("on", sorted({date(2006, 12, 31), date(1, 1, 1), *BEFORE_2007}))
def test_before_2007_is_an_error(on: date) -> None:
    with pytest.raises(ValueError, match="2007"):
        WORK.is_workday(on)


def test_counting_back_into_2006_is_an_error() -> None:
    with pytest.raises(ValueError, match="2007"):
        WORK.before(date(2007, 1, 8), 30)


def test_ten_thousand_random_cases_agree_with_brute_force() -> None:
    """Over the whole time of the lists; the sums are made beforehand, day by day."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    working = [on for on in days if plain(on)]
    place, passed = {}, 0
    for on in days:
        passed += plain(on)
        place[on] = passed
    luck = random.Random(2007)
    for _case in range(10_000):
        start, other = luck.choice(days), luck.choice(days)
        count = luck.randint(0, 90)
        rank = place[start] + count
        if count and rank <= len(working):
            assert WORK.due(start, count) == working[rank - 1]
        near = min(start, other), min(max(start, other), min(start, other) + timedelta(days=400))
        assert WORK.count(*near) == place[near[1]] - place[near[0]]


def test_no_disagreement_beside_any_make_up_day() -> None:
    wrong = [on for on in sorted(NEAR_MAKEUP) if on >= FIRST and WORK.is_workday(on) != plain(on)]
    assert not wrong


def test_only_dates_of_unpublished_years_are_provisional() -> None:
    assert WORK.is_provisional(date(2027, 1, 4))
    assert WORK.is_provisional(date(2026, 12, 31), date(2027, 1, 4))
    assert not WORK.is_provisional(date(2007, 1, 1), date(2026, 12, 31))


def test_a_list_may_name_days_of_another_year() -> None:
    """A day's own date counts, not the file it stands in."""
    papers = [
        {"year": 2030, "days": [{"date": "2029-12-31", "isOffDay": True}]},
        {"year": 2029, "days": []},
    ]
    work = calendar_of(papers)
    assert not work.is_workday(date(2029, 12, 31))
    assert work.is_provisional(date(2029, 12, 31))
    assert not work.is_provisional(date(2030, 1, 2))


@pytest.mark.parametrize(("month", "day"), [(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)])
def test_fixed_holidays_hold_in_an_unpublished_year(month: int, day: int) -> None:
    assert not WORK.is_workday(date(2027, month, day))


def test_a_fixed_holiday_holds_from_its_own_day_on() -> None:
    """2 May is a holiday since 2025 (State Council Decree 795)."""
    bare = calendar_of([], fixed_holidays())
    assert bare.is_workday(date(2024, 5, 2))
    assert not bare.is_workday(date(2025, 5, 2))
    assert not bare.is_workday(date(2024, 5, 1))
    assert bare.is_workday(date(2007, 10, 1))  # no row holds yet: only a published list tells
