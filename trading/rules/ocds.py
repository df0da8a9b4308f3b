"""A sale as OCDS 1.1.5 releases (Open Contracting Data Standard): pure mapping, no invention.

Sales of land and assets are outside the standard's usual purchase; they are mapped as tenders
whose value is the start price, with `procurementMethodDetails` naming the real procedure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from kernel.clock import iso_ms

PREFIX = "ocds-yg0001"
VERSION = "1.1"


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation with its unified social credit code."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class AwardFacts:
    """What is public of an award once its result notice is published."""

    winner: Party
    price_fen: int
    ended_at: datetime
    disclosed_at: datetime


@dataclass(frozen=True, slots=True)
class LotFacts:
    """What is public of a lot: `award` once disclosed, `failed_at` if it was passed in."""

    no: str
    project_no: str
    title: str
    procedure_name: str
    is_sale: bool
    unit: Party
    start_fen: int
    published_at: datetime
    opens_at: datetime
    ends_at: datetime
    status: str
    award: AwardFacts | None = None
    failed_at: datetime | None = None


def ocid(lot_no: str) -> str:
    """One contracting process per lot."""
    return f"{PREFIX}-{lot_no}"


def value(fen: int) -> dict[str, Any]:
    """Money in yuan; two decimals are exact in JSON's decimal text."""
    return {"amount": float(Decimal(fen) / 100), "currency": "CNY"}


def party(item: Party, *roles: str) -> dict[str, Any]:
    identifier = {"scheme": "CN-USCC", "id": item.code, "legalName": item.name}
    return {
        "id": f"CN-USCC-{item.code}",
        "name": item.name,
        "identifier": identifier,
        "roles": list(roles),
    }


def reference(item: Party) -> dict[str, Any]:
    return {"id": f"CN-USCC-{item.code}", "name": item.name}


def tender(lot: LotFacts) -> dict[str, Any]:
    return {
        "id": lot.no,
        "title": lot.title,
        "status": lot.status,
        "procuringEntity": reference(lot.unit),
        "value": value(lot.start_fen),
        "procurementMethod": "open",
        "procurementMethodDetails": lot.procedure_name,
        "submissionMethod": ["electronicAuction"],
        "awardCriteria": "priceOnly",
        "awardCriteriaDetails": "价高者得" if lot.is_sale else "价低者得",
        "tenderPeriod": {"startDate": iso_ms(lot.opens_at), "endDate": iso_ms(lot.ends_at)},
    }


def tender_release(lot: LotFacts) -> dict[str, Any]:
    """The release made by publication."""
    return {
        "ocid": ocid(lot.no),
        "id": f"{lot.no}-tender",
        "date": iso_ms(lot.published_at),
        "tag": ["tender"],
        "initiationType": "tender",
        "language": "zh",
        "parties": [party(lot.unit, "buyer", "procuringEntity")],
        "buyer": reference(lot.unit),
        "tender": {**tender(lot), "status": "active"},
    }


def failed_release(lot: LotFacts, failed_at: datetime) -> dict[str, Any]:
    """The release made when the lot was passed in."""
    return {
        **tender_release(lot),
        "id": f"{lot.no}-tenderUpdate",
        "date": iso_ms(failed_at),
        "tag": ["tenderUpdate"],
        "tender": tender(lot),
    }


def award_release(lot: LotFacts, award: AwardFacts) -> dict[str, Any]:
    """The release made by the award."""
    return {
        "ocid": ocid(lot.no),
        "id": f"{lot.no}-award",
        "date": iso_ms(award.disclosed_at),
        "tag": ["award"],
        "initiationType": "tender",
        "language": "zh",
        "parties": [
            party(lot.unit, "buyer", "procuringEntity"),
            party(award.winner, "supplier", "tenderer"),
        ],
        "buyer": reference(lot.unit),
        "tender": tender(lot),
        "awards": [
            {
                "id": f"{lot.no}-award-1",
                "title": lot.title,
                "status": "active",
                "date": iso_ms(award.ended_at),
                "value": value(award.price_fen),
                "suppliers": [reference(award.winner)],
            }
        ],
    }


def releases_of(lot: LotFacts) -> list[dict[str, Any]]:
    """Every release of a lot, oldest first."""
    tags = ["tender"]
    tags += ["tenderUpdate"] if lot.failed_at is not None else []
    tags += ["award"] if lot.award is not None else []
    return [release_of(lot, tag) for tag in tags]


def release_of(lot: LotFacts, tag: str) -> dict[str, Any]:
    """One release by its tag. ValueError if the lot has none such."""
    if tag == "tender":
        return tender_release(lot)
    if tag == "tenderUpdate" and lot.failed_at is not None:
        return failed_release(lot, lot.failed_at)
    if tag == "award" and lot.award is not None:
        return award_release(lot, lot.award)
    raise ValueError(f"{lot.no} has no release {tag}")


def release_package(
    releases: Sequence[dict[str, Any]],
    *,
    uri: str,
    publisher: str,
    made_at: datetime,
    next_uri: str = "",
) -> dict[str, Any]:
    """A release package (OCDS 1.1.5)."""
    package: dict[str, Any] = {
        "uri": uri,
        "version": VERSION,
        "publishedDate": iso_ms(made_at),
        "publisher": {"name": publisher},
        "releases": list(releases),
    }
    if next_uri:
        package["links"] = {"next": next_uri}
    return package


def record_package(lot: LotFacts, *, uri: str, publisher: str, made_at: datetime) -> dict[str, Any]:
    """A record package holding one lot's releases and their compilation."""
    releases = releases_of(lot)
    compiled = {
        **releases[-1],
        "id": f"{lot.no}-compiled",
        "tag": ["compiled"],
    }
    record = {"ocid": ocid(lot.no), "releases": releases, "compiledRelease": compiled}
    return {
        "uri": uri,
        "version": VERSION,
        "publishedDate": iso_ms(made_at),
        "publisher": {"name": publisher},
        "records": [record],
    }
