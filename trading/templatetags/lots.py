"""What a lot's figures are called on pages of every app."""

from typing import Any

from django import template

from law.projection import law_words
from trading.projection import lots

register = template.Library()


@register.filter
def start_word(lot: Any) -> str:
    """起始价 of a sale, 最高限价 of a purchase."""
    return lots.start_word(lot)


register.filter("law_words", law_words)
