"""Working days over a calendar value. A day's own file or year never matters, only its date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR = 2007
"""The State Council's list has been kept in this form since then; before it is an error."""
SATURDAY = 5
ONE = timedelta(days=1)


@dataclass(frozen=True)
class FixedDays:
    """Legal holidays with a fixed date, as (month, day), and the day from which they hold."""

    from_on: date
    days: frozenset[tuple[int, int]]


@dataclass(frozen=True)
class WorkCalendar:
    """Off-days and make-up working days; `years` are those whose list is official. `fixed`, oldest
    first, holds in the other years."""

    off: frozenset[date] = frozenset()
    makeup: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()
    fixed: tuple[FixedDays, ...] = ()

    def is_workday(self, on: date) -> bool:
        """Monday to Friday less the list, plus make-up days. ValueError before 2007. CAL-1."""
        if on.year < FIRST_YEAR:
            raise ValueError(f"no calendar before {FIRST_YEAR}")
        if on in self.makeup:
            return True
        if on.weekday() >= SATURDAY or on in self.off:
            return False
        return on.year in self.years or not self.is_fixed_off(on)

    def is_fixed_off(self, on: date) -> bool:
        """Whether the day is a legal holiday by its date alone, published list or not. CAL-1."""
        held = [item.days for item in self.fixed if item.from_on <= on]
        return bool(held) and (on.month, on.day) in held[-1]

    def is_provisional(self, *days: date) -> bool:
        """Whether one of the days lies in a year whose list is not published."""
        return any(on.year not in self.years for on in days)

    def roll(self, on: date) -> date:
        """The day itself, or the next working day when it is a rest day. CAL-3."""
        while not self.is_workday(on):
            on += ONE
        return on

    def next_workday(self, on: date) -> date:
        """The first working day after the day."""
        return self.roll(on + ONE)

    def due(self, on: date, count: int) -> date:
        """The count-th working day after the day, which is not counted itself. CAL-2, CAL-7."""
        if count < 0:
            raise ValueError("a number of working days is not negative")
        for _step in range(count):
            on = self.next_workday(on)
        return on

    def before(self, on: date, count: int) -> date:
        """The last day with so many working days in (day, on]; `on` counts if it is one. CAL-6."""
        while count > 0:
            count -= self.is_workday(on)
            on -= ONE
        return on

    def count(self, start: date, end: date) -> int:
        """How many working days lie in (start, end]; zero when end is not after start."""
        return sum(self.is_workday(on) for on in days_between(start, end))


def days_between(start: date, end: date) -> Iterator[date]:
    """The days in (start, end]."""
    on = start
    while on < end:
        on += ONE
        yield on
