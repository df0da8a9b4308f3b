"""Real bids through the very engine of live rooms: every bid is accounted for, prices agree."""

import csv
import io
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

BIDS = Path(__file__).parent.parent / "data" / "bids" / "online_auctions.csv"
HEADER = "auction,kind,days,opening_cents,closing_cents,bidder,amount_cents,elapsed_days"


def imported(path: Path) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("import_offers", str(path), "--json", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict[str, str]]]:
    """The log itself, read without the product."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    with BIDS.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            found[row["auction"]].append(row)
    return found


@pytest.fixture(scope="module")
def reports() -> dict[str, dict[str, Any]]:
    return {report["auction"]: report for report in imported(BIDS)}


def test_every_bid_of_every_auction_is_accounted_for(rows: Any, reports: Any) -> None:
    assert len(reports) == 420
    for auction, bids in rows.items():
        report = reports[auction]
        assert report["accepted"] + sum(report["refused"].values()) == len(bids)
    assert sum(len(bids) for bids in rows.values()) == 7175


def test_the_price_is_the_closing_price_where_that_is_the_highest_bid(
    rows: Any, reports: Any
) -> None:
    checked = 0
    for auction, bids in rows.items():
        closing = int(bids[0]["closing_cents"])
        if closing == max(int(bid["amount_cents"]) for bid in bids):
            assert reports[auction]["price_fen"] == closing
            assert reports[auction]["agrees"] is True
            checked += 1
    assert checked >= 400


def test_the_winner_is_the_first_to_bid_the_highest_amount(rows: Any, reports: Any) -> None:
    for auction, bids in rows.items():
        in_order = sorted(bids, key=lambda bid: float(bid["elapsed_days"]))
        highest = max(int(bid["amount_cents"]) for bid in bids)
        first = next(bid["bidder"] for bid in in_order if int(bid["amount_cents"]) == highest)
        if reports[auction]["price_fen"] == highest:
            assert reports[auction]["winner"] == first


def test_the_page_for_people_ends_with_the_totals() -> None:
    out = io.StringIO()
    call_command("import_offers", str(BIDS), stdout=out)
    assert "420 auctions, 7175 offers" in out.getvalue()


def test_bids_at_one_instant_keep_the_order_of_the_file(tmp_path: Path) -> None:
    lines = [HEADER, "A,x,7,100,300,late,300,1.5", "A,x,7,100,300,low,200,1.5"]
    (report,) = imported(written(tmp_path, lines))
    assert (report["winner"], report["accepted"]) == ("late", 1)
    assert report["refused"] == {"below_minimum": 1}


BAD = {
    "a missing column": (["auction,days,bidder", "A,7,b1"], "the header lacks"),
    "an amount in words": ([HEADER, "A,x,7,100,300,b1,three,0.5"], "line 2: amount_cents"),
    "full-width digits": ([HEADER, "A,x,7,100,300,b1,３００,0.5"], "line 2: amount_cents"),
    "a negative amount": ([HEADER, "A,x,7,100,300,b1,-5,0.5"], "line 2: amount_cents"),
    "an exponent": ([HEADER, "A,x,7,100,300,b1,1e9,0.5"], "line 2: amount_cents"),
    "no number of days": ([HEADER, "A,x,7,100,300,b1,300,NaN"], "line 2: elapsed_days"),
    "the third line": ([HEADER, "A,x,7,100,300,b1,300,0.5", "A,x,7,100,300,b2,,0.6"], "line 3"),
    "two closing prices": (
        [HEADER, "A,x,7,100,300,b1,300,0.5", "A,x,7,100,301,b2,301,0.6"],
        "line 3: auction A",
    ),
    "no bids": ([HEADER], "no bids"),
    "nothing": ([""], "the header lacks"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gets_one_sentence_and_no_report(tmp_path: Path, name: str) -> None:
    lines, says = BAD[name]
    out = io.StringIO()
    with pytest.raises(CommandError, match=says) as refused:
        call_command("import_offers", str(written(tmp_path, lines)), stdout=out)
    assert str(refused.value).count("\n") == 0
    assert out.getvalue() == ""


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_offers", str(tmp_path / "none.csv"))
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\xff\xfe\x00\x89PNG")
    with pytest.raises(CommandError, match="UTF-8"):
        call_command("import_offers", str(path))


def written(folder: Path, lines: list[str]) -> Path:
    path = folder / "bids.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
