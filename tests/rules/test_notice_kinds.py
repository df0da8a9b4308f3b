"""Each kind of notice has a field for everything that the law asks of it."""

import pytest

from notices.rules.kinds import KINDS

ASKED = {
    # LD39 9
    "land_listing": "assignor area location space land_state land_use term planning qualification"
    " documents listing_place opens_at ends_at bidding_rules winner_rule deposit_fen start_fen"
    " step_fen reserve",
    # LD39 22
    "land_result": "lot_no location area land_use term winner price_fen ended_at",
    # AUL 45-46
    "asset_auction": "entrusting_unit description display qualification opens_at ends_at"
    " bidding_rules winner_rule deposit_fen start_fen step_fen reserve contact contact_phone",
    # F50
    "reverse_auction": "purchaser requirement contract_period consortium qualification documents"
    " opens_at ends_at start_fen contact contact_phone contact_address",
    "purchase_result": "lot_no lot_title purchaser winner price_fen gain_fen gain_rate",
}


@pytest.mark.parametrize("kind", ASKED)
def test_a_kind_asks_for_what_the_law_asks(kind: str) -> None:
    assert set(ASKED[kind].split()) - {field.name for field in KINDS[kind].fields} == set()


def test_what_announces_a_sale_lets_nothing_of_it_out() -> None:
    """A result repeats what the record has; what people type for a sale is asked for."""
    typed = {
        field.name: field.is_required
        for name in ("land_listing", "asset_auction", "reverse_auction")
        for field in KINDS[name].fields
        if field.name in ASKED[name].split() and not field.is_derived
    }
    assert [name for name, is_required in typed.items() if not is_required] == []


@pytest.mark.parametrize(
    ("announced", "result"),
    [
        ("land_listing", "land_result"),
        ("asset_auction", "asset_result"),
        ("reverse_auction", "purchase_result"),
    ],
)
def test_a_result_calls_things_as_the_notice_did(announced: str, result: str) -> None:
    """A purchase falls from a ceiling; it has no start price."""
    words = {field.name: field.label for field in KINDS[announced].fields}
    other = {
        field.name: (words[field.name], field.label)
        for field in KINDS[result].fields
        if field.label != words.get(field.name, field.label)
    }
    assert other == {}
