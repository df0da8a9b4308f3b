"""What happened in a sale, in the past tense: ids and values. Stream `lot/<no>` unless said."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ProjectRegistered:
    """Stream `project/<no>`."""

    kind: ClassVar[str] = "trading.project_registered"
    project_no: str
    name: str
    category: str
    unit_code: str
    exemption: str


@dataclass(frozen=True, slots=True)
class LotDrafted:
    kind: ClassVar[str] = "trading.lot_drafted"
    lot_no: str
    title: str
    procedure: str
    preset: str


@dataclass(frozen=True, slots=True)
class LotEdited:
    kind: ClassVar[str] = "trading.lot_edited"
    lot_no: str
    before: dict[str, object]
    after: dict[str, object]


@dataclass(frozen=True, slots=True)
class PublicationScheduled:
    kind: ClassVar[str] = "trading.publication_scheduled"
    lot_no: str
    notice_no: str
    publish_at: str


@dataclass(frozen=True, slots=True)
class PublicationBlocked:
    kind: ClassVar[str] = "trading.publication_blocked"
    lot_no: str
    reasons: list[str]


@dataclass(frozen=True, slots=True)
class LotPublished:
    kind: ClassVar[str] = "trading.lot_published"
    lot_no: str
    notice_no: str
    room_code: str
    preset: str
    preset_version: str
    terms: dict[str, object]
    law: dict[str, object]


@dataclass(frozen=True, slots=True)
class ReserveTyped:
    """Who typed the reserve and when; its commitment stands in the room's sealed stream."""

    kind: ClassVar[str] = "trading.reserve_typed"
    lot_no: str


@dataclass(frozen=True, slots=True)
class RegistrationFiled:
    kind: ClassVar[str] = "trading.registration_filed"
    registration_no: str
    account_no: str
    required_fen: int


@dataclass(frozen=True, slots=True)
class RegistrationWithdrawn:
    kind: ClassVar[str] = "trading.registration_withdrawn"
    registration_no: str


@dataclass(frozen=True, slots=True)
class Booking:
    """One credit as the ledger keeps it; the payer is a keyed hash (DEP-04)."""

    reference: str
    amount_fen: int
    booked_at: str
    payer_hash: str


@dataclass(frozen=True, slots=True)
class CreditsBooked:
    """Stream `account/<sub-account no>`: what one bank file brought."""

    kind: ClassVar[str] = "trading.credits_booked"
    file_sha256: str
    credits: list[Booking]


@dataclass(frozen=True, slots=True)
class BankFileImported:
    """Stream `bank/<first digits of its hash>`: a file taken whole. `unknown` are the references
    of money booked to accounts that nobody has."""

    kind: ClassVar[str] = "trading.bank_file_imported"
    file_sha256: str
    rows: int
    total_fen: int
    unknown: list[str]


@dataclass(frozen=True, slots=True)
class CreditReturned:
    """Stream `bank/<first digits of its hash>`: unknown money went back to who paid it."""

    kind: ClassVar[str] = "trading.credit_returned"
    reference: str
    amount_fen: int
    bank_reference: str


@dataclass(frozen=True, slots=True)
class DepositJudged:
    """Stream `account/<sub-account no>`."""

    kind: ClassVar[str] = "trading.deposit_judged"
    registration_no: str
    state: str
    reason: str
    paid_fen: int
    excess_fen: int


@dataclass(frozen=True, slots=True)
class BidderQualified:
    kind: ClassVar[str] = "trading.bidder_qualified"
    registration_no: str
    plate: str


@dataclass(frozen=True, slots=True)
class RefundFellDue:
    """Stream `account/<sub-account no>`."""

    kind: ClassVar[str] = "trading.refund_fell_due"
    amount_fen: int
    due_on: str
    rule: str


@dataclass(frozen=True, slots=True)
class DepositRefunded:
    """Stream `account/<sub-account no>`."""

    kind: ClassVar[str] = "trading.deposit_refunded"
    amount_fen: int
    bank_reference: str


@dataclass(frozen=True, slots=True)
class DepositApplied:
    """Stream `account/<sub-account no>`: counted as part of the price (抵作价款)."""

    kind: ClassVar[str] = "trading.deposit_applied"
    amount_fen: int


@dataclass(frozen=True, slots=True)
class LotAwarded:
    kind: ClassVar[str] = "trading.lot_awarded"
    lot_no: str
    plate: str
    price_fen: int
    premium_fen: int | None
    premium_rate: str | None
    saving_fen: int | None
    saving_rate: str | None


@dataclass(frozen=True, slots=True)
class LotUnsold:
    kind: ClassVar[str] = "trading.lot_unsold"
    lot_no: str
    reason: str


@dataclass(frozen=True, slots=True)
class AwardConfirmed:
    kind: ClassVar[str] = "trading.award_confirmed"
    lot_no: str
    plate: str
    price_fen: int


@dataclass(frozen=True, slots=True)
class LotTerminated:
    """The room was aborted."""

    kind: ClassVar[str] = "trading.lot_terminated"
    lot_no: str
    reason: str


@dataclass(frozen=True, slots=True)
class ContractNoted:
    """The contract is signed: what is counted from it runs."""

    kind: ClassVar[str] = "trading.contract_noted"
    lot_no: str
    signed_on: str


@dataclass(frozen=True, slots=True)
class AwardDisclosed:
    """The result notice is published: from now on the winner's name is public."""

    kind: ClassVar[str] = "trading.award_disclosed"
    lot_no: str
    notice_no: str
