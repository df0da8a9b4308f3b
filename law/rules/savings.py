"""Savings of purchases and premiums of sales over many lots (SAV-01…SAV-05)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kernel.money import rate_percent

PURCHASE_CATEGORIES = frozenset({"01", "02"})


@dataclass(frozen=True, slots=True)
class LotFigures:
    """One lot; money in fen. `failed` counts only as a failure."""

    category: str
    control_fen: int = 0
    award_fen: int = 0
    start_fen: int = 0
    appraisal_fen: int | None = None
    notice_on: date | None = None
    failed: bool = False
    voided_on: date | None = None


@dataclass(slots=True)
class Purchase:
    control_fen: int = 0
    award_fen: int = 0

    @property
    def saving_fen(self) -> int:
        return self.control_fen - self.award_fen

    @property
    def saving_rate(self) -> str | None:
        return rate_percent(self.saving_fen, self.control_fen) if self.control_fen else None


@dataclass(slots=True)
class Sale:
    """`appraised_award_fen` sums the awards of lots that were appraised."""

    start_fen: int = 0
    award_fen: int = 0
    appraisal_fen: int = 0
    appraised_award_fen: int = 0
    is_appraised: bool = False

    @property
    def premium_fen(self) -> int:
        return self.award_fen - self.start_fen

    @property
    def premium_rate(self) -> str | None:
        return rate_percent(self.premium_fen, self.start_fen) if self.start_fen else None

    @property
    def appraisal_premium_fen(self) -> int | None:
        return self.appraised_award_fen - self.appraisal_fen if self.is_appraised else None

    @property
    def appraisal_rate(self) -> str | None:
        gain = self.appraisal_premium_fen
        if gain is None or not self.appraisal_fen:
            return None
        return rate_percent(gain, self.appraisal_fen)


@dataclass(slots=True)
class Report:
    """What a period shows."""

    purchase: Purchase
    sales: dict[str, Sale]
    turnover_fen: int = 0
    failed: int = 0


def report(lots: Iterable[LotFigures], month: str | None = None) -> Report:
    """Sums the lots; with `month` (`2026-06`) by notice day, voids reversed in their month."""
    found = Report(Purchase(), {})
    for lot in lots:
        if month is None or in_month(lot.notice_on, month):
            if lot.failed:
                found.failed += 1
                continue
            add(found, lot, 1)
        if lot.voided_on is not None and (month is None or in_month(lot.voided_on, month)):
            add(found, lot, -1)
    return found


def in_month(on: date | None, month: str) -> bool:
    return on is not None and f"{on:%Y-%m}" == month


def add(found: Report, lot: LotFigures, sign: int) -> None:
    """Adds a lot, or takes a void one out again. Land and asset income is never savings."""
    found.turnover_fen += sign * lot.award_fen
    if lot.category in PURCHASE_CATEGORIES:
        found.purchase.control_fen += sign * lot.control_fen
        found.purchase.award_fen += sign * lot.award_fen
        return
    sale = found.sales.setdefault(lot.category, Sale())
    sale.start_fen += sign * lot.start_fen
    sale.award_fen += sign * lot.award_fen
    if lot.appraisal_fen is not None:
        sale.is_appraised = True
        sale.appraisal_fen += sign * lot.appraisal_fen
        sale.appraised_award_fen += sign * lot.award_fen
