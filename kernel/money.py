"""Money is integer fen (分). Parsing, the printed forms, capitals (大写) and the one rounding."""

import re
from decimal import ROUND_HALF_UP, Decimal

FEN_IN_YUAN = 100
FEN_IN_WAN = 1_000_000
FEN_IN_YI = 10_000_000_000
LARGEST_FEN = 10**15
"""Ten trillion yuan: above any lawful amount, and nine thousand of them still fit an integer that
every database adds up exactly."""

_PLAIN = re.compile(r"(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?", re.ASCII)


def half_up(value: Decimal, places: int) -> Decimal:
    """Rounds half away from zero to so many decimals: the only rounding of the house.

    A zero has no sign."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) + 0


def _parse(text: str, fen: int, decimals: int) -> int:
    match = _PLAIN.fullmatch(text.strip())
    if match is None:
        raise ValueError("an amount is ASCII digits, at most one point, no sign")
    whole, fraction = match[1].replace(",", ""), match[2] or ""
    if len(fraction) > decimals:
        raise ValueError(f"an amount has at most {decimals} decimals here")
    scale: int = 10**decimals
    return int(whole) * fen + int(fraction.ljust(decimals, "0") or "0") * fen // scale


def parse_yuan(text: str) -> int:
    """Returns fen from yuan such as `81,600,000.00`. ValueError on anything else."""
    return _parse(text, FEN_IN_YUAN, 2)


def parse_wan(text: str) -> int:
    """Returns fen from ten thousands of yuan such as `8,160.00` (six decimals reach the fen)."""
    return _parse(text, FEN_IN_WAN, 6)


def _format(fen: int, unit: int, places: int) -> str:
    return f"{half_up(Decimal(fen) / unit, places):,f}"


def format_yuan(fen: int) -> str:
    """Yuan with two decimals, exact: `81,600,000.00`."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), FEN_IN_YUAN)
    return f"{sign}{yuan:,}.{rest:02d}"


def format_wan(fen: int) -> str:
    """万元: two decimals, or as many as exactness needs (at most six)."""
    exact = Decimal(fen) / FEN_IN_WAN
    digits = -int(exact.normalize().as_tuple().exponent)
    return f"{exact.quantize(Decimal(1).scaleb(-max(2, digits))):,f}"


def format_yi(fen: int) -> str:
    """亿元 with four decimals, rounded; for statistics only."""
    return _format(fen, FEN_IN_YI, 4)


def format_short(fen: int) -> tuple[str, str]:
    """The form for lists: (`8,160.00`, `万元`) from one 万 upward, else yuan."""
    if abs(fen) >= FEN_IN_WAN:
        return _format(fen, FEN_IN_WAN, 2), "万元"
    return format_yuan(fen), "元"


def rate_percent(numerator: int, denominator: int) -> str:
    """Returns a percentage with two decimals, half-up: `28.33`. ZeroDivisionError on zero."""
    if denominator == 0:
        raise ZeroDivisionError("a rate over zero")
    return str(half_up(Decimal(numerator) * 100 / Decimal(denominator), 2))


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "兆")


def _group(number: int) -> str:
    """One group of four digits, inner zeros written once, no zero at either end."""
    text, pending = "", False
    for power in (3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit == 0:
            pending = bool(text)
            continue
        text += ("零" if pending else "") + _DIGITS[digit] + _PLACES[power]
        pending = False
    return text


def _whole(yuan: int) -> str:
    text = ""
    for power in range(len(_GROUPS) - 1, -1, -1):
        group = yuan // 10_000**power % 10_000
        if group == 0:
            continue
        # A gap above this group is spoken once: 100000001 is 壹亿零壹.
        has_gap = bool(text) and group < 1000
        text += ("零" if has_gap else "") + _group(group) + _GROUPS[power]
    return text


def capitals_bare(fen: int) -> str:
    """Chinese capitals without 人民币: `捌仟壹佰陆拾万元整`. ValueError outside 0…10^16 yuan."""
    if not 0 <= fen < 10**18:
        raise ValueError("capitals are written for amounts from zero to 10^16 yuan")
    yuan, rest = divmod(fen, FEN_IN_YUAN)
    jiao, last = divmod(rest, 10)
    text = f"{_whole(yuan)}元" if yuan else ""
    if not rest:
        return f"{text or '零元'}整"
    # Between 元 and what follows a 零 stands where the figures show one: 1680.32, 325.04.
    if text and (not jiao or yuan % 10 == 0):
        text += "零"
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    return text + (f"{_DIGITS[last]}分" if last else "")


def capitals(fen: int) -> str:
    """Chinese capitals as papers write them: `人民币捌仟壹佰陆拾万元整`."""
    return f"人民币{capitals_bare(fen)}"
