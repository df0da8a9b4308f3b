"""What a hammer price means: premium of a sale, savings of a purchase (SAV-01, SAV-02)."""

from dataclasses import dataclass

from kernel.money import rate_percent


@dataclass(frozen=True, slots=True)
class Outcome:
    """Money in fen, rates in percent with two decimals. The figure that does not apply is None."""

    price_fen: int
    premium_fen: int | None = None
    premium_rate: str | None = None
    saving_fen: int | None = None
    saving_rate: str | None = None


def sale_outcome(*, price_fen: int, start_fen: int) -> Outcome:
    """A sale: premium over the start price. SAV-02."""
    premium = price_fen - start_fen
    return Outcome(price_fen, premium_fen=premium, premium_rate=rate_percent(premium, start_fen))


def purchase_outcome(*, price_fen: int, control_fen: int) -> Outcome:
    """A purchase: savings under the control price, which the award may not exceed. SAV-01, SAV-04.

    ValueError if the award is above the control price.
    """
    saving = control_fen - price_fen
    if saving < 0:
        raise ValueError("an award above its control price is no saving")
    return Outcome(price_fen, saving_fen=saving, saving_rate=rate_percent(saving, control_fen))
