"""What a lot's figures are called on pages of every app."""

from datetime import date, datetime
from typing import Any

from django import template

from law import selectors as law
from law.projection import law_words
from trading.projection import lots

register = template.Library()


@register.filter
def start_word(lot: Any) -> str:
    """起始价 of a sale, 最高限价 of a purchase."""
    return lots.start_word(lot)


@register.inclusion_tag("components/provisional.html")
def provisional(at: date | None) -> dict[str, bool]:
    """The mark of an instant or a day whose year's calendar is still to come (CAL-1)."""
    on = law.china_date(at) if isinstance(at, datetime) else at
    return {"is_provisional": on is not None and law.is_provisional(on)}


register.filter("law_words", law_words)
