"""Reading a bank's file: every bad line is named, nothing is guessed."""

import time
from datetime import UTC, datetime

import pytest

from trading.rules.bank_file import MAX_ROWS, BankFileReading, future_rows, read_bank_file

HEADER = "booked_at,amount,currency,payer_name,payer_account,payee_account,reference"
GOOD = "2026-04-08T14:00:00+08:00,24000000.00,CNY,蓉城置业有限公司,51000001,6228000000000001,R1"


def read(*rows: str, header: str = HEADER) -> BankFileReading:
    return read_bank_file("\n".join([header, *rows]).encode())


def with_value(column: str, value: str) -> str:
    cells = GOOD.split(",")
    cells[HEADER.split(",").index(column)] = value
    return ",".join(cells)


def faults(reading: BankFileReading) -> list[tuple[int, str]]:
    return [(item.line, item.code) for item in reading.faults]


def test_a_good_row() -> None:
    (row,) = read(GOOD).rows
    assert (row.line, row.amount_fen, row.reference) == (2, 2_400_000_000, "R1")
    assert row.booked_at == datetime(2026, 4, 8, 6, 0, tzinfo=UTC)


def test_a_byte_order_mark_windows_lines_and_blank_lines_are_no_fault() -> None:
    content = f"{HEADER}\r\n{GOOD}\r\n\r\n".encode("utf-8-sig")
    assert len(read_bank_file(content).rows) == 1


def test_a_time_without_an_offset_is_beijing_s() -> None:
    (row,) = read(with_value("booked_at", "2026-04-08 14:00:00")).rows
    assert row.booked_at == datetime(2026, 4, 8, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "amount",
    ["壹万元整", "１００．００", "1e9", "NaN", "-1.00", "+1.00", "0", "0.00", "1.005", "1,00", "",
     " ", "1 000.00", "0x10", "99999999999999999.00"],
)  # fmt: skip
def test_a_bad_amount_is_named(amount: str) -> None:
    cell = f'"{amount}"' if "," in amount else amount
    reading = read(GOOD, with_value("amount", cell).replace("R1", "R2"))
    assert reading.rows == ()
    (fault,) = reading.faults
    assert (fault.line, fault.code, fault.column) == (3, "bad_amount", "amount")


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("booked_at", "昨天", "bad_instant"),
        ("booked_at", "2026-02-30T10:00:00+08:00", "bad_instant"),
        ("booked_at", "2026-03-09", "bad_instant"),
        ("booked_at", "0001-01-01T00:00:00", "bad_instant"),
        ("booked_at", "9999-12-31T23:59:59-08:00", "bad_instant"),
        ("currency", "USD", "bad_currency"),
        ("currency", "", "bad_currency"),
        ("payer_name", " ", "missing"),
        ("payee_account", "", "missing"),
        ("reference", "", "missing"),
        ("reference", "R" * 61, "too_long"),
        ("payer_name", "司" * 201, "too_long"),
    ],
)
def test_a_bad_column_is_named(column: str, value: str, code: str) -> None:
    reading = read(with_value(column, value))
    assert faults(reading) == [(2, code)]
    assert reading.rows == ()


def test_every_bad_line_is_named_and_no_good_one_is_kept() -> None:
    reading = read(GOOD, with_value("amount", "1e9"), GOOD.replace("R1", "R3"), "short,row")
    assert faults(reading) == [(3, "bad_amount"), (5, "wrong_columns")]
    assert reading.rows == ()


def test_a_reference_twice_in_one_file() -> None:
    assert faults(read(GOOD, GOOD)) == [(3, "repeated_reference")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "wrong_header"),
        (HEADER.encode(), "empty"),
        (GOOD.encode(), "wrong_header"),
        (f"{HEADER},note\n{GOOD},x".encode(), "wrong_header"),
        (f"{HEADER}\n{GOOD}".encode("gb18030"), "not_utf8"),
        (f"{HEADER}\n\x00".encode(), "not_csv"),
        (f'{HEADER}\n"unclosed'.encode(), "not_csv"),
    ],
)
def test_what_is_no_bank_file(content: bytes, code: str) -> None:
    reading = read_bank_file(content)
    assert reading.rows == ()
    assert reading.faults[0].code == code


def test_no_bank_has_booked_tomorrow() -> None:
    rows = read(GOOD, with_value("booked_at", "2026-04-09T14:00:00+08:00").replace("R1", "R2")).rows
    found = future_rows(rows, datetime(2026, 4, 8, 6, 0, tzinfo=UTC))
    assert [(item.line, item.code) for item in found] == [(3, "future_instant")]


def test_twenty_thousand_rows_are_read_and_one_more_is_refused() -> None:
    rows = [GOOD.replace("R1", f"R{index}") for index in range(MAX_ROWS + 1)]
    started = time.process_time()
    assert len(read(*rows[:-1]).rows) == MAX_ROWS
    assert time.process_time() - started < 10  # linear, with room for a slow machine
    assert faults(read(*rows))[-1] == (MAX_ROWS + 2, "too_many_rows")
