"""Our sales as OCDS validate against the standard's own schemas, offline."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from trading.rules import ocds
from trading.rules.ocds import AwardFacts, LotFacts, Party

SCHEMAS = Path(__file__).resolve().parents[1] / "data" / "ocds"
UNIT = Party("91350100M000100Y43", "阳光市自然资源和规划局")
ALICE = Party("91350100M000100Y43", "甲公司")
AT = datetime(2026, 4, 21, 2, 11, 29, 500000, tzinfo=UTC)


def lot(**changes: Any) -> LotFacts:
    facts: dict[str, Any] = {
        "no": "510600-2026-03-00001-001",
        "project_no": "510600-2026-03-00001",
        "title": "地块2026-07",
        "procedure_name": "挂牌出让",
        "is_sale": True,
        "unit": UNIT,
        "start_fen": 12_000_000_000_00,
        "published_at": AT,
        "opens_at": AT,
        "ends_at": AT,
        "status": "complete",
        "award": AwardFacts(ALICE, 15_400_000_000_00, AT, AT),
    }
    return LotFacts(**(facts | changes))


def validator(name: str) -> jsonschema.Draft4Validator:
    """The package schema with the release schema beside it: no network is asked."""
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT4

    resources = []
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text())
        resource = Resource.from_contents(schema, default_specification=DRAFT4)
        for address in {schema.get("id", ""), path.name} - {""}:
            resources.append((address, resource))
    schema = json.loads((SCHEMAS / name).read_text())
    return jsonschema.Draft4Validator(schema, registry=Registry().with_resources(resources))


def package(facts: LotFacts) -> dict[str, Any]:
    return ocds.release_package(
        ocds.releases_of(facts), uri="http://127.0.0.1/x", publisher="中心", made_at=AT
    )


def test_a_package_with_an_award_is_valid() -> None:
    errors = list(validator("release-package-schema.json").iter_errors(package(lot())))
    assert errors == []


def test_the_schema_finds_a_broken_release() -> None:
    broken = package(lot())
    broken["releases"][0]["tag"] = ["sold"]
    assert list(validator("release-package-schema.json").iter_errors(broken))


def test_a_record_package_is_valid() -> None:
    made = ocds.record_package(lot(), uri="http://127.0.0.1/x", publisher="中心", made_at=AT)
    assert list(validator("record-package-schema.json").iter_errors(made)) == []


def test_the_winner_is_absent_before_the_award() -> None:
    made = json.dumps(package(lot(award=None, status="active")), ensure_ascii=False)
    assert "甲公司" not in made
    assert "supplier" not in made


@pytest.mark.parametrize("fen", [1, 10_005, 8_160_000_000, 12_345_678_901_234])
def test_money_keeps_its_fen(fen: int) -> None:
    written = json.loads(json.dumps(ocds.value(fen)))["amount"]
    assert round(written * 100) == fen
