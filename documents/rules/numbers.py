"""How papers are numbered and found again: printed numbers, verification codes, what the QR says.

Codes are Crockford base32 (no I, L, O, U), read forgivingly as people type them.
"""

import re
from datetime import date
from urllib.parse import urlencode

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8
RANDOM_LENGTH = 6
HASH_DIGITS = 16

_SAME = str.maketrans("OIL", "011")
_GAPS = re.compile(r"[\s\-‐-―－]+")


def normalise_code(text: str) -> str | None:
    """Returns `XXXX-XXXX` for a code as typed (any case, O for 0, I and L for 1), else None."""
    code = _GAPS.sub("", text).upper().translate(_SAME)
    if len(code) != CODE_LENGTH or not set(code) <= set(CROCKFORD):
        return None
    return f"{code[:4]}-{code[4:]}"


def serial_number(prefix: str, on: date, index: int) -> str:
    """`CJQR-2026-00012`: the index-th paper of its kind in the year."""
    return f"{prefix}-{on.year}-{index:05d}"


def random_number(prefix: str, on: date, letters: str) -> str:
    """`ZGQR-2026-7KQ2MX`: for kinds whose count must stay unknown (AUC-01)."""
    return f"{prefix}-{on.year}-{letters}"


def verification_url(origin: str, code: str) -> str:
    """The public address of one paper's verification page."""
    return f"{origin.rstrip('/')}/v/{code}"


def qr_text(origin: str, code: str, number: str, ledger_hash: str) -> str:
    """What the QR holds: the address, the number, 16 hex digits of the ledger hash; no person."""
    query = urlencode({"n": number, "h": ledger_hash[:HASH_DIGITS]})
    return f"{verification_url(origin, code)}?{query}"
