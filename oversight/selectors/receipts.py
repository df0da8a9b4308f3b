"""Receipts of offers: `R-<room>-<seq>`, of a sealed quote `R-<room>-S<plate>` (in a tie round
also its number), which counts nobody.
Everybody may look one up: the entry is public already."""

import re
from typing import NamedTuple

from django.urls import reverse

from audit.selectors.search import EntryQuery, read_page
from bidding.rules.contradictions import MOST_ROUNDS
from kernel.errors import NotFound
from oversight.rules.rows import read_body
from oversight.selectors.ledger import EntryDetail, examine_entry, hidden_streams

_RECEIPT = re.compile(
    r"R-([0-9A-HJKMNP-TV-Z]{8})-(?:([0-9]{6,12})|S([A-Z][0-9]{2})(?:-([0-9]{1,2}))?)", re.ASCII
)


class Named(NamedTuple):
    """Where the entry of a receipt stands: by its number; of a sealed quote by plate and round."""

    stream: str
    seq: int
    plate: str
    round: int = 1


def as_printed(receipt_no: str) -> str:
    """Returns the number as it stands on the receipt, however it was typed."""
    return "".join(receipt_no.split()).upper()


def place_of(receipt_no: str) -> Named | None:
    """Returns what a receipt number names, None if it is none."""
    found = _RECEIPT.fullmatch(as_printed(receipt_no))
    if found is None:
        return None
    room, seq, plate, turn = found.groups()
    stream = f"room/{room}/sealed" if plate else f"room/{room}"
    return Named(stream, int(seq or 0), plate or "", int(turn or 1))


def seq_of(place: Named) -> int:
    """Returns the number of the entry, 0 if that seat made no quote."""
    if not place.plate:
        return place.seq
    query = EntryQuery(streams=(place.stream,), kinds=("offer_sealed",), plate=place.plate)
    for row in read_page(query, size=MOST_ROUNDS + 1).rows:
        if read_body(row.link.body).get("round", 1) == place.round:
            return row.link.seq
    return 0


def access_receipt(receipt_no: str) -> EntryDetail:
    """Returns the entry that bears the receipt. A sealed quote's is known after the close only.
    NotFound if there is none."""
    place = place_of(receipt_no)
    if place is None or place.stream in hidden_streams():
        raise NotFound("receipt_unknown")
    detail = examine_entry(place.stream, seq_of(place))
    if read_body(detail.row.link.body).get("receipt_no") != as_printed(receipt_no):
        raise NotFound("receipt_unknown")
    return detail


def address_of(text: str) -> str | None:
    """Returns the page of a receipt number typed into the verification form, None if it is none."""
    is_one = place_of(text) is not None
    return reverse("oversight:receipt", args=[as_printed(text)]) if is_one else None
