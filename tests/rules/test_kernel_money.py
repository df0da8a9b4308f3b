"""Money: ASCII in, exact forms out, capitals as papers write them, one rounding."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import money

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "money.json").read_text())
FEN = st.integers(0, 10**15)
CAPITALS = frozenset("零壹贰叁肆伍陆柒捌玖拾佰仟万亿兆元角分整")


@pytest.mark.parametrize(("fen", "text"), VECTORS["capitals"])
def test_capitals(fen: int, text: str) -> None:
    assert money.capitals_bare(fen) == text
    assert money.capitals(fen) == f"人民币{text}"


@pytest.mark.parametrize("fen", [-1, 10**18])
def test_capitals_have_their_range(fen: int) -> None:
    with pytest.raises(ValueError, match="capitals"):
        money.capitals_bare(fen)


def read_capitals(text: str) -> int:
    """Reads capitals back, written independently of how they are made."""
    digits = {mark: index for index, mark in enumerate("零壹贰叁肆伍陆柒捌玖")}
    small = {"拾": 10, "佰": 100, "仟": 1000}
    large = {"万": 10**4, "亿": 10**8, "兆": 10**12}
    fen, whole, group, digit = 0, 0, 0, 0
    for mark in text:
        if mark in digits:
            digit = digits[mark]
        elif mark in small:
            group, digit = group + digit * small[mark], 0
        elif mark in large:
            whole, group, digit = whole + (group + digit) * large[mark], 0, 0
        elif mark == "元":
            fen, group, digit = (whole + group + digit) * 100, 0, 0
        elif mark in "角分":
            fen, digit = fen + digit * (10 if mark == "角" else 1), 0
    return fen


@given(fen=st.integers(0, 10**18 - 1))
def test_capitals_say_the_amount_and_nothing_else(fen: int) -> None:
    text = money.capitals_bare(fen)
    assert set(text) <= CAPITALS
    assert "零零" not in text
    assert read_capitals(text) == fen


@pytest.mark.parametrize(("text", "fen"), VECTORS["yuan"])
def test_yuan_is_read(text: str, fen: int) -> None:
    assert money.parse_yuan(text) == fen


@pytest.mark.parametrize(("text", "fen"), VECTORS["wan"])
def test_wan_is_read(text: str, fen: int) -> None:
    assert money.parse_wan(text) == fen


@pytest.mark.parametrize("text", VECTORS["not_an_amount"])
def test_anything_else_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="an amount"):
        money.parse_yuan(text)


def test_wan_reaches_the_fen_and_no_further() -> None:
    with pytest.raises(ValueError, match="6 decimals"):
        money.parse_wan("0.0000001")


@given(text=st.text())
def test_reading_never_does_anything_but_read_or_refuse(text: str) -> None:
    try:
        fen = money.parse_yuan(text)
    except ValueError:
        return
    assert fen >= 0
    assert text.isascii()


@given(fen=FEN)
def test_what_is_printed_reads_back(fen: int) -> None:
    assert money.parse_yuan(money.format_yuan(fen)) == fen
    assert money.parse_wan(money.format_wan(fen)) == fen


@pytest.mark.parametrize("form", VECTORS["forms"], ids=lambda form: str(form["fen"]))
def test_forms(form: dict[str, Any]) -> None:
    fen = form["fen"]
    assert money.format_yuan(fen) == form["yuan"]
    assert money.format_wan(fen) == form["wan"]
    assert money.format_yi(fen) == form["yi"]
    assert list(money.format_short(fen)) == form["short"]


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("2.5", 0, "3"),
        ("1.4999", 0, "1"),
        ("99.695", 2, "99.70"),
    ],
)
def test_half_goes_away_from_zero(value: str, places: int, rounded: str) -> None:
    assert money.half_up(Decimal(value), places) == Decimal(rounded)


def test_rates() -> None:
    assert money.rate_percent(6924, 6945) == "99.70"
    assert money.rate_percent(-1, 3) == "-33.33"
    with pytest.raises(ZeroDivisionError):
        money.rate_percent(1, 0)
