"""When the people of the demo work: what they did lies in the office hours of working days, by the
product's own calendar, on whatever day and at whatever hour the demo starts."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from kernel.clock import CHINA
from kernel.workdays import ONE, WorkCalendar
from law import selectors as law

OFFICE_OPENS = time(9)


def is_office_time(at: datetime, work: WorkCalendar) -> bool:
    """Whether somebody is at work at that instant."""
    local = at.astimezone(CHINA)
    hour = local.time().replace(tzinfo=None)
    return work.is_workday(local.date()) and OFFICE_OPENS <= hour <= law.closing_time()


def on_day(on: date, hour: int, minute: int = 0) -> datetime:
    """A Beijing day and hour as an instant."""
    return datetime.combine(on, time(hour, minute), CHINA)


@dataclass(frozen=True)
class Diary:
    """Looks from one instant to working days before and after it."""

    now: datetime
    work: WorkCalendar

    @classmethod
    def of(cls, now: datetime) -> "Diary":
        return cls(now, law.calendar())

    @property
    def today(self) -> date:
        return self.now.astimezone(CHINA).date()

    def workday(self, on: date) -> date:
        """The day itself, or the last working day before it."""
        while not self.work.is_workday(on):
            on -= ONE
        return on

    def before(self, count: int, since: date | None = None) -> date:
        """The count-th working day before the day, today if none is named."""
        on = since or self.today
        for _step in range(count):
            on = self.workday(on - ONE)
        return on

    def after(self, count: int, since: date | None = None) -> date:
        """The count-th working day after the day, today if none is named."""
        return self.work.due(since or self.today, count)

    def last(self, hour: int, minute: int = 0) -> datetime:
        """That hour on the last working day on which it has passed."""
        on = self.workday(self.today)
        if on_day(on, hour, minute) > self.now:
            on = self.before(1, on)
        return on_day(on, hour, minute)

    def scheduled_today(self) -> datetime:
        """When a publication fixed beforehand came out today, which needs nobody at work: at nine,
        before that at midnight."""
        at_nine = on_day(self.today, OFFICE_OPENS.hour)
        return at_nine if at_nine <= self.now else on_day(self.today, 0)

    def soon(self, ahead: timedelta) -> datetime:
        """So far ahead if somebody is at work then, else ten o'clock of the next working day."""
        at = self.now + ahead
        if is_office_time(self.now, self.work) and is_office_time(at, self.work):
            return at
        morning = on_day(self.work.roll(self.today), 10)
        return morning if morning >= at else on_day(self.after(1), 10)

    def notice_day(self, opens_on: date) -> date:
        """When the notice of a sale that opens on that day came out: nine days and four working
        days before, so that the period is kept and bidders have time to pay between holidays."""
        return min(self.workday(opens_on - timedelta(days=9)), self.before(4, opens_on))
