"""Receipts of offers: `R-<room>-<seq>`, of a sealed quote `R-<room>-S<seq>`. Everybody may look one
up: the entry is public already."""

import re

from django.urls import reverse

from kernel.errors import NotFound
from oversight.rules.rows import read_body
from oversight.selectors.ledger import EntryDetail, examine_entry, hidden_streams

_RECEIPT = re.compile(r"R-([0-9A-HJKMNP-TV-Z]{8})-(S?)([0-9]{6,12})", re.ASCII)


def as_printed(receipt_no: str) -> str:
    """Returns the number as it stands on the receipt, however it was typed."""
    return "".join(receipt_no.split()).upper()


def place_of(receipt_no: str) -> tuple[str, int] | None:
    """Returns stream and seq of a receipt number, None if it is none."""
    found = _RECEIPT.fullmatch(as_printed(receipt_no))
    if found is None:
        return None
    room, mark, seq = found.groups()
    return f"room/{room}/sealed" if mark else f"room/{room}", int(seq)


def access_receipt(receipt_no: str) -> EntryDetail:
    """Returns the entry that bears the receipt. A sealed quote's is known after the close only.
    NotFound if there is none."""
    place = place_of(receipt_no)
    if place is None or place[0] in hidden_streams():
        raise NotFound("receipt_unknown")
    detail = examine_entry(*place)
    if read_body(detail.row.link.body).get("receipt_no") != as_printed(receipt_no):
        raise NotFound("receipt_unknown")
    return detail


def address_of(text: str) -> str | None:
    """Returns the page of a receipt number typed into the verification form, None if it is none."""
    is_one = place_of(text) is not None
    return reverse("oversight:receipt", args=[as_printed(text)]) if is_one else None
