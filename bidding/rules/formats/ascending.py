"""增价拍卖: one open stage with a soft close; presets ASC and JA. SM-H, JA 20."""

from bidding.rules import prices
from bidding.rules.formats import shape
from bidding.rules.state import Phase

FORMAT = shape.Format(
    first=Phase.LIMITED,
    follows=shape.closes,
    length=shape.no_length,
    refusal=prices.rising_refusal,
    least=prices.rising_least,
    end_after=shape.end_is_soft,
    goes_on=shape.moved_on,
    winner=shape.leader,
    takes_quotes=shape.whenever_open,
)
