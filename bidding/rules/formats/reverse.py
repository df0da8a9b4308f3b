"""反向竞价: quotes fall from the ceiling, lowest wins; otherwise as the ascending room. AUC-12."""

from dataclasses import replace

from bidding.rules import prices
from bidding.rules.formats import ascending

FORMAT = replace(
    ascending.FORMAT,
    refusal=prices.falling_refusal,
    least=prices.falling_least,
    falls=True,
)
