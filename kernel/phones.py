"""Telephone numbers as people type them."""

import re

_WRITTEN = re.compile(
    r"(?:\+86[ -]?)?"
    r"(?:[0-9]{7,12}|(?:0[0-9]{2,3}[ -]|\(0[0-9]{2,3}\) ?)[0-9]{7,8}"
    r"|1[0-9]{2}([ -])[0-9]{4}\1[0-9]{4}|[48]00([ -])[0-9]{3}\2[0-9]{4})",
    re.ASCII,
)
"""Digits alone, an area code and a number, a mobile number or a 400 number in its usual groups."""


def phone_digits(text: str) -> str:
    """Returns the digits of a number such as `0838-2200000` or `138 0000 1234`, without the
    country's +86; "" if the text is none."""
    bare = text.strip()
    if not _WRITTEN.fullmatch(bare):
        return ""
    return re.sub(r"[^0-9]", "", bare.removeprefix("+86"))
