"""Every format by the name that preset rows use."""

from bidding.rules.formats import (
    ascending,
    dutch,
    fujian,
    listing,
    multi_quote,
    near_average,
    one_quote,
    reverse,
)
from bidding.rules.formats.shape import Format

FORMATS: dict[str, Format] = {
    "ascending": ascending.FORMAT,
    "dutch": dutch.FORMAT,
    "fujian": fujian.FORMAT,
    "listing": listing.FORMAT,
    "multi_quote": multi_quote.FORMAT,
    "near_average": near_average.FORMAT,
    "one_quote": one_quote.FORMAT,
    "one_quote_low": one_quote.LOWEST,
    "reverse": reverse.FORMAT,
}
