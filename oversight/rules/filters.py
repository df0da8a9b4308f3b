"""What part of the ledger somebody looks at: the filter as a value, as an address, in words."""

from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from kernel.clock import CHINA
from oversight.rules.events import CLASS_NAMES, FAMILY_NAMES, EventClass, name_of

MONTHS = 12
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""No ledger is older or will last longer; the calendar's own ends have no midnight in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """Every part as it stands in the address; the empty text wants all. Dates are Beijing's."""

    month: str = ""
    from_on: str = ""
    until_on: str = ""
    family: str = ""
    stream: str = ""
    lot: str = ""
    room: str = ""
    event: str = ""
    kind: str = ""
    plate: str = ""
    q: str = ""

    def parts(self) -> dict[str, str]:
        """Returns the parts that ask for something, in one order."""
        return {name: value for name, value in asdict(self).items() if value}

    def query_string(self, **more: object) -> str:
        """Returns the address's query: equal filters give equal links."""
        return urlencode({**self.parts(), **{key: str(value) for key, value in more.items()}})

    def with_part(self, name: str, value: str) -> "LedgerFilter":
        """Returns the filter with one part changed."""
        return LedgerFilter(**{**asdict(self), name: value})

    def span(self) -> tuple[datetime | None, datetime | None]:
        """Returns [from, before) as instants; a month and days narrow each other."""
        starts, ends = [], []
        if self.month:
            first, after = month_of(self.month)
            starts, ends = [midnight(first)], [midnight(after)]
        if self.from_on:
            starts.append(midnight(date.fromisoformat(self.from_on)))
        if self.until_on:
            ends.append(midnight(date.fromisoformat(self.until_on) + timedelta(days=1)))
        return max(starts, default=None), min(ends, default=None)

    def words(self) -> list[tuple[str, str]]:
        """Returns the filter in Chinese, as the head of an export says it."""
        return [(LABELS[name], in_words(name, value)) for name, value in self.parts().items()]


LABELS = {
    "month": "月份",
    "from_on": "自",
    "until_on": "至",
    "family": "链类",
    "stream": "链",
    "lot": "标的编号",
    "room": "竞价室",
    "event": "事件类别",
    "kind": "事件",
    "plate": "竞买号牌",
    "q": "文字",
}


def in_words(name: str, value: str) -> str:
    """Returns one part of a filter in Chinese."""
    if name == "family":
        return FAMILY_NAMES.get(value, value)
    if name == "event":
        return CLASS_NAMES[EventClass(value)]
    return name_of(value) if name == "kind" else value


def month_of(text: str) -> tuple[date, date]:
    """Returns the first day of `2026-11` and of the month after. ValueError if it is none."""
    first = date.fromisoformat(f"{text}-01")
    if not FIRST_DAY <= first <= LAST_DAY:
        raise ValueError("no month of a ledger")
    year, month = (first.year + 1, 1) if first.month == MONTHS else (first.year, first.month + 1)
    return first, date(year, month, 1)


def midnight(on: date) -> datetime:
    """Returns the first instant of a day in Beijing."""
    return datetime.combine(on, time(), CHINA).astimezone(UTC)


def filter_of(parts: dict[str, Any]) -> LedgerFilter:
    """Returns the filter that was stored as `parts()`."""
    known = {item.name for item in fields(LedgerFilter)}
    return LedgerFilter(**{name: str(value) for name, value in parts.items() if name in known})
