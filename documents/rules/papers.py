"""What each paper says: one frozen context a kind, checked when made.

`content()` is what enters the ledger, is attached to the PDF and is printed: one value thrice.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from kernel.clock import iso_ms
from kernel.money import capitals

TEXT_LIMIT = 4000
WHOLE = Decimal(100)
_SHARE = re.compile(r"\d{1,3}(\.\d{1,4})?", re.ASCII)
_PLATE = re.compile(r"[A-HJ-NP-Z][0-9]{2}", re.ASCII)
# Controls, unassigned, private and lone surrogates cannot be printed; format characters (bidi
# overrides, zero-width) and separators of lines make a paper read otherwise than its text.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


class Audience(StrEnum):
    """Who may fetch the bytes: anybody with the code, or the organisation that holds the paper."""

    PUBLIC = "public"
    HOLDER = "holder"


@dataclass(frozen=True)
class Words:
    """What the parties and the thing are called in one kind of deal."""

    title: str
    seller: str
    winner: str
    lot: str
    listing: str
    contract: str
    rate: str
    start: str


DEAL_WORDS: Mapping[str, Words] = {
    "land_listing": Words(
        title="国有建设用地使用权挂牌出让成交确认书",
        seller="出让人",
        winner="竞得人",
        lot="地块",
        listing="挂牌期间",
        contract="国有建设用地使用权出让合同",
        rate="溢价率",
        start="起始价",
    ),
    "asset_auction": Words(
        title="资产网络竞价成交确认书",
        seller="委托人",
        winner="买受人",
        lot="标的",
        listing="公告竞价期间",
        contract="成交合同",
        rate="溢价率",
        start="起始价",
    ),
    "reverse": Words(
        title="采购竞价成交确认书",
        seller="采购人",
        winner="成交供应商",
        lot="项目",
        listing="公告竞价期间",
        contract="采购合同",
        rate="节约率",
        start="最高限价",
    ),
}


def plain(value: object) -> Any:
    """Returns the JSON form: dates and instants as ISO text, tuples as lists, numbers whole."""
    if isinstance(value, datetime):
        return iso_ms(value)
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {item.name: plain(getattr(value, item.name)) for item in fields}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value.value if isinstance(value, StrEnum) else value


def texts(value: Any) -> list[str]:
    """Returns every text inside a plain value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in texts(item)]
    return []


def check_text(name: str, text: str) -> None:
    """ValueError for an empty or overlong text or one with characters that do not print."""
    if not text.strip():
        raise ValueError(f"{name} is empty")
    if len(text) > TEXT_LIMIT:
        raise ValueError(f"{name} is longer than {TEXT_LIMIT} characters")
    if any(unicodedata.category(character) in _UNPRINTABLE for character in text):
        raise ValueError(f"{name} holds a character that cannot be printed")


def check_amount(fen: int, text: str) -> None:
    """ValueError unless the capitals (大写) say exactly the figures (AUC-14)."""
    if fen < 0 or text != capitals(fen):
        raise ValueError(f"the capitals {text} are not the figures {fen}")


def check_plate(plate: str) -> None:
    """ValueError unless it is a bidder's number plate (竞买号牌)."""
    if not _PLATE.fullmatch(plate):
        raise ValueError("a plate is one letter and two digits")


@dataclass(frozen=True, kw_only=True)
class PaperContext:
    """One kind of paper. `sealed` fields enter the ledger as salted hashes only."""

    kind: ClassVar[str]
    title: ClassVar[str]
    prefix: ClassVar[str]
    audience: ClassVar[Audience] = Audience.HOLDER
    is_serial: ClassVar[bool] = True
    sealed: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        for name, value in self.content().items():
            for text in texts(value):
                check_text(name, text)

    @property
    def heading(self) -> str:
        """The title as printed."""
        return self.title

    @property
    def issuing_organ(self) -> str | None:
        """Who issues it; None is the centre itself."""
        return None

    def content(self) -> dict[str, Any]:
        """Returns all fields as plain JSON values."""
        content: dict[str, Any] = plain(self)
        return content


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of a winning consortium (联合体成员) and its share in percent, as printed."""

    name: str
    share: str


@dataclass(frozen=True, kw_only=True)
class DealConfirmation(PaperContext):
    """成交确认书: everything AUC-14 asks for. `rate` is the premium or saving in percent. The
    contract's limit is a day, or words where none can be named yet, or nothing: then "/"."""

    kind: ClassVar[str] = "deal_confirmation"
    title: ClassVar[str] = "成交确认书"
    prefix: ClassVar[str] = "CJQR"

    procedure: str
    lot_no: str
    lot_name: str
    area: str | None
    notice_no: str
    listing_from_on: date
    listing_until_on: date
    seller: str
    winner: str
    winner_code: str
    plate: str
    members: tuple[Member, ...] = ()
    project_company: str | None = None
    start_fen: int
    price_fen: int
    price_capitals: str
    rate: str | None = None
    dealt_at: datetime
    sign_until_on: date | None = None
    sign_limit: str | None = None
    sign_place: str
    deposit_clause: str | None = None
    forfeiture_clause: str
    tax_clause: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.procedure not in DEAL_WORDS:
            raise ValueError(f"{self.procedure} is no procedure with a deal confirmation")
        check_amount(self.price_fen, self.price_capitals)
        check_plate(self.plate)
        if self.listing_until_on < self.listing_from_on:
            raise ValueError("the listing ends before it begins")
        shares = [item.share for item in self.members]
        if not all(_SHARE.fullmatch(share) for share in shares):
            raise ValueError("a share is a percentage such as 60.00")
        if shares and sum((Decimal(share) for share in shares), Decimal(0)) != WHOLE:
            raise ValueError("the members' shares do not sum to 100")

    @property
    def heading(self) -> str:
        return DEAL_WORDS[self.procedure].title


@dataclass(frozen=True, kw_only=True)
class Qualification(PaperContext):
    """竞买资格确认书: the bidder may bid under this plate. Nobody else may learn who it is."""

    kind: ClassVar[str] = "qualification"
    title: ClassVar[str] = "竞买资格确认书"
    prefix: ClassVar[str] = "ZGQR"
    is_serial: ClassVar[bool] = False
    sealed: ClassVar[frozenset[str]] = frozenset({"bidder", "bidder_code"})

    lot_no: str
    lot_name: str
    notice_no: str
    bidder: str
    bidder_code: str
    plate: str
    deposit_fen: int
    deposit_capitals: str
    deposit_booked_at: datetime
    confirmed_at: datetime
    bidding_opens_at: datetime
    room_code: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_amount(self.deposit_fen, self.deposit_capitals)
        check_plate(self.plate)


@dataclass(frozen=True, kw_only=True)
class AcceptanceNotice(PaperContext):
    """受理通知书: the case is accepted, and by when it will be decided (approvals.md §3)."""

    kind: ClassVar[str] = "acceptance_notice"
    title: ClassVar[str] = "行政许可申请受理通知书"
    prefix: ClassVar[str] = "SLTZ"
    sealed: ClassVar[frozenset[str]] = frozenset({"applicant", "applicant_code"})

    case_no: str
    item_code: str
    item_name: str
    organ: str
    applicant: str
    applicant_code: str
    project_no: str | None = None
    received_on: date
    accepted_on: date
    promised_wd: int
    statutory_wd: int
    promised_on: date
    statutory_on: date
    materials: tuple[str, ...]
    fee_note: str
    enquiry: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.received_on <= self.accepted_on <= self.promised_on <= self.statutory_on:
            raise ValueError("the dates of the case are out of order")

    @property
    def issuing_organ(self) -> str | None:
        return self.organ


@dataclass(frozen=True, kw_only=True)
class GrantDecision(PaperContext):
    """准予行政许可决定书 (批复): what was granted, on what basis, under which conditions."""

    kind: ClassVar[str] = "grant_decision"
    title: ClassVar[str] = "准予行政许可决定书"
    prefix: ClassVar[str] = "XKJD"
    sealed: ClassVar[frozenset[str]] = frozenset({"applicant", "applicant_code"})

    case_no: str
    item_code: str
    item_name: str
    organ: str
    applicant: str
    applicant_code: str
    project_no: str | None = None
    project_name: str | None = None
    decision: str
    bases: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    accepted_on: date
    decided_on: date
    valid_until_on: date | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.bases:
            raise ValueError("a decision names its legal basis")
        if self.decided_on < self.accepted_on:
            raise ValueError("decided before accepted")

    @property
    def issuing_organ(self) -> str | None:
        return self.organ


KINDS: Mapping[str, type[PaperContext]] = {
    item.kind: item for item in (DealConfirmation, Qualification, AcceptanceNotice, GrantDecision)
}
