"""Writing rows of the ledger as csv, jsonl and xlsx: one pass, constant memory.

Each file says at its head what was asked for, how many rows there are, their sum, the hash over
the rows' own hashes, and the signed checkpoint they stand under.
"""

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, ClassVar

import xlsxwriter

from audit.selectors.search import LedgerRow
from audit.services.bundle import Row, entry_line
from kernel.clock import iso_ms
from kernel.money import format_yuan
from oversight.rules.exports import ExportFormat
from oversight.rules.rows import AMOUNT, COLUMNS, Facts, amount_of, cells_of, guarded, read_body

BOM = "\ufeff"
MADE_AT, FILTER, ROWS_HASH, TIP = (
    "导出时间",
    "筛选条件",
    "各行指纹的 SHA-256",
    "链头（已签名检查点）",
)
NOTICE = "筛选导出：可以证明每一行都在链上，不能证明没有遗漏。"
SHEET_ROWS = 1_000_000
CELL_LIMIT = 32_000
CUT = "……（全文见 jsonl）"
Chunks = Iterable[list[LedgerRow]]
Progress = Callable[[int], None]


@dataclass(slots=True)
class Tally:
    """What a file's head says of its rows, gathered while they pass."""

    rows: int = 0
    sum_fen: int = 0
    digest: Any = field(default_factory=sha256)

    def add(self, row: LedgerRow) -> None:
        self.rows += 1
        self.sum_fen += amount_of(read_body(row.link.body)) or 0
        self.digest.update(row.link.hash)


@dataclass(frozen=True, slots=True)
class Heading:
    """What the head says beside the tally. `words` is the filter in Chinese."""

    centre: str
    made_at: datetime
    words: list[tuple[str, str]]
    tree_size: int
    tree_root: str

    COUNTED: ClassVar = ("行数", "金额合计(元)", ROWS_HASH)
    NAMES: ClassVar = ("交易台账导出", MADE_AT, FILTER, *COUNTED, TIP, "说明")

    @staticmethod
    def asked(words: list[tuple[str, str]]) -> str:
        """Returns a filter on one line."""
        return "；".join(f"{name}＝{value}" for name, value in words) or "全部"

    def lines(self, tally: Tally) -> list[tuple[str, str]]:
        """Returns the head as pairs of name and value."""
        values = (
            self.centre,
            iso_ms(self.made_at),
            self.asked(self.words),
            str(tally.rows),
            format_yuan(tally.sum_fen).replace(",", ""),
            tally.digest.hexdigest(),
            f"{self.tree_size} {self.tree_root}",
            NOTICE,
        )
        return list(zip(self.NAMES, values, strict=True))


def facts_of(row: LedgerRow) -> Facts:
    """Returns the row as the cells are made from it."""
    item = row.link
    return Facts(item.stream, item.seq, item.kind, item.at, item.body, row.leaf, item.hash)


def write_csv(path: Path, chunks: Chunks, heading: Heading, progress: Progress) -> Tally:
    """UTF-8 with a mark at its start, so that spreadsheets read Chinese as it is."""
    tally = Tally()
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="", dir=path.parent) as body:
        writer = csv.writer(body)
        writer.writerow(COLUMNS)
        for chunk in chunks:
            for row in chunk:
                tally.add(row)
                writer.writerow(guarded(cells_of(facts_of(row))))
            progress(tally.rows)
        head = io.StringIO(newline="")
        csv.writer(head).writerows([*map(guarded, heading.lines(tally)), []])
        put_together(path, BOM + head.getvalue(), body)
    return tally


def write_jsonl(path: Path, chunks: Chunks, heading: Heading, progress: Progress) -> Tally:
    """A line `{"header": …}`, then entries as the bundle has them."""
    tally = Tally()
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="", dir=path.parent) as body:
        for chunk in chunks:
            for row in chunk:
                tally.add(row)
                body.write(entry_line(Row(*row.link, leaf=row.leaf)))
            progress(tally.rows)
        head = {"header": dict(heading.lines(tally))}
        put_together(path, json.dumps(head, ensure_ascii=False) + "\n", body)
    return tally


def put_together(path: Path, head: str, body: IO[str]) -> None:
    """Writes the head, known only at the end, before the rows."""
    body.seek(0)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(head)
        shutil.copyfileobj(body, file)


def write_xlsx(path: Path, chunks: Chunks, heading: Heading, progress: Progress) -> Tally:
    """Rows on one sheet, or as many as are needed; the head on a sheet of its own."""
    tally = Tally()
    book = xlsxwriter.Workbook(
        str(path),
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
         "strings_to_numbers": False, "tmpdir": str(path.parent)},
    )  # fmt: skip
    try:
        about = book.add_worksheet("说明")
        bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        sheet = None
        for chunk in chunks:
            for row in chunk:
                if tally.rows % SHEET_ROWS == 0:
                    sheet = add_sheet(book, tally.rows // SHEET_ROWS, bold)
                write_row(sheet, tally.rows % SHEET_ROWS + 1, cells_of(facts_of(row)), money)
                tally.add(row)
            progress(tally.rows)
        about.set_column(0, 0, 24)
        about.set_column(1, 1, 90)
        for index, (name, value) in enumerate(heading.lines(tally)):
            about.write_string(index, 0, name, bold)
            about.write_string(index, 1, value)
    finally:
        book.close()
    return tally


def add_sheet(book: Any, index: int, bold: Any) -> Any:
    """Returns a new sheet with its heads, which stay in sight."""
    sheet = book.add_worksheet("台账" if index == 0 else f"台账 {index + 1}")
    for column, width in enumerate((26, 8, 26, 24, 14, 12, 20, 22, 18, 8, 60, 66)):
        sheet.set_column(column, column, width)
    for column, name in enumerate(COLUMNS):
        sheet.write_string(0, column, name, bold)
    sheet.freeze_panes(1, 0)
    return sheet


def write_row(sheet: Any, index: int, cells: list[str], money: Any) -> None:
    """Writes texts as texts, whatever they begin with, and the amount as a number."""
    for column, cell in enumerate(cells):
        if column == AMOUNT and cell:
            sheet.write_number(index, column, Decimal(cell), money)
        else:
            is_long = len(cell) > CELL_LIMIT
            sheet.write_string(index, column, cell[:CELL_LIMIT] + CUT if is_long else cell)


WRITERS = {
    ExportFormat.CSV: write_csv,
    ExportFormat.JSONL: write_jsonl,
    ExportFormat.XLSX: write_xlsx,
}
