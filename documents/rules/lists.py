"""What checking an exported list of ledger rows found. The apps above know such lists."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BadRow:
    """The first row that does not fit: its line in the file, the column, what the file says."""

    line: int
    column: str
    value: str
    reason: str
    """`differs` from the record · `unknown` to it · `twice` in the file · `broken`: the record ·
    `head`: a line of the head · `too_many` rows to look at."""


@dataclass(frozen=True, slots=True)
class ListFinding:
    """The rows of the file, how many stand on the chain, how many of them a signed checkpoint
    covers already, and the first that does not fit."""

    rows: int
    on_chain: int
    signed: int
    is_signature_valid: bool
    bad: BadRow | None = None

    @property
    def is_intact(self) -> bool:
        return self.bad is None and self.rows > 0 and self.is_signature_valid
