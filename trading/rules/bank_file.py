"""Reads a bank's CSV file (银行流水) into values: every row is judged before any is posted.

Header: booked_at,amount,currency,payer_name,payer_account,payee_account,reference; amounts in yuan
with two decimals, instants with an offset (Beijing time if none is given)."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from kernel.clock import CHINA, cut_ms
from kernel.money import LARGEST_FEN, parse_yuan

COLUMNS = (
    "booked_at",
    "amount",
    "currency",
    "payer_name",
    "payer_account",
    "payee_account",
    "reference",
)
LIMITS = {"payer_name": 200, "payer_account": 40, "payee_account": 40, "reference": 60}
MAX_ROWS = 20_000
SHOWN = 60


@dataclass(frozen=True, slots=True)
class BankRow:
    """One good row; `line` counts from 1 with the header as line 1."""

    line: int
    booked_at: datetime
    amount_fen: int
    payer_name: str
    payer_account: str
    payee_account: str
    reference: str


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one line: a stable code, the column and its value."""

    line: int
    code: str
    column: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class BankFileReading:
    """Rows are empty whenever there is a fault."""

    rows: tuple[BankRow, ...]
    faults: tuple[RowFault, ...]


def read_bank_file(content: bytes) -> BankFileReading:
    """Reads the whole file. Never raises: what is wrong is told by line."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return BankFileReading((), (RowFault(1, "not_utf8"),))
    if "\x00" in text:
        return BankFileReading((), (RowFault(1, "not_csv"),))
    rows: list[BankRow] = []
    faults: list[RowFault] = []
    for item in read_lines(text):
        if isinstance(item, RowFault):
            faults.append(item)
        else:
            rows.append(item)
    if not rows and not faults:
        faults.append(RowFault(1, "empty"))
    faults += repeated(rows)
    return BankFileReading(() if faults else tuple(rows), tuple(faults))


def read_lines(text: str) -> Iterator[BankRow | RowFault]:
    """Yields each line's row or fault; stops after a wrong header or too many rows."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        header = tuple(name.strip() for name in next(reader, []))
        if header != COLUMNS:
            yield RowFault(1, "wrong_header", value=",".join(header)[:200])
            return
        for cells in reader:
            if reader.line_num > MAX_ROWS + 1:
                yield RowFault(reader.line_num, "too_many_rows")
                return
            if any(cell.strip() for cell in cells):
                yield read_row(reader.line_num, cells)
    except csv.Error:
        yield RowFault(reader.line_num, "not_csv")


def read_row(line: int, cells: list[str]) -> BankRow | RowFault:
    """Judges one row, column by column."""
    if len(cells) != len(COLUMNS):
        return RowFault(line, "wrong_columns", value=str(len(cells)))
    row = dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=True))
    fault = text_fault(line, row)
    if fault is not None:
        return fault
    try:
        amount_fen = parse_yuan(row["amount"])
    except ValueError:
        return RowFault(line, "bad_amount", "amount", row["amount"][:SHOWN])
    if not 0 < amount_fen <= LARGEST_FEN:
        return RowFault(line, "bad_amount", "amount", row["amount"][:SHOWN])
    booked_at = parse_booked_at(row["booked_at"])
    if booked_at is None:
        return RowFault(line, "bad_instant", "booked_at", row["booked_at"][:SHOWN])
    return BankRow(
        line=line,
        booked_at=booked_at,
        amount_fen=amount_fen,
        payer_name=row["payer_name"],
        payer_account=row["payer_account"],
        payee_account=row["payee_account"],
        reference=row["reference"],
    )


def text_fault(line: int, row: dict[str, str]) -> RowFault | None:
    """The first text column that is empty or too long, or a foreign currency."""
    for column, limit in LIMITS.items():
        if not row[column]:
            return RowFault(line, "missing", column)
        if len(row[column]) > limit:
            return RowFault(line, "too_long", column, row[column][:limit])
    if row["currency"] != "CNY":
        return RowFault(line, "bad_currency", "currency", row["currency"][:SHOWN])
    return None


def parse_booked_at(text: str) -> datetime | None:
    """Returns the instant in UTC; a time without an offset is Beijing time. A bare date is none:
    read as midnight it would make a payment after the day's cut-off look timely."""
    if "T" not in text and " " not in text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return cut_ms(at if at.tzinfo else at.replace(tzinfo=CHINA))
    except (ValueError, OverflowError):  # the first and the last day have no instant in UTC
        return None


def future_rows(rows: Iterable[BankRow], now: datetime) -> list[RowFault]:
    """Rows that claim to be booked after `now`: no bank has booked them yet."""
    return [
        RowFault(row.line, "future_instant", "booked_at", row.booked_at.isoformat())
        for row in rows
        if row.booked_at > now
    ]


def repeated(rows: list[BankRow]) -> list[RowFault]:
    """References that stand twice in the file."""
    seen: set[str] = set()
    faults = []
    for row in rows:
        if row.reference in seen:
            faults.append(RowFault(row.line, "repeated_reference", "reference", row.reference))
        seen.add(row.reference)
    return faults
