"""Papers refuse to be made when they would say something wrong."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.rules.papers import KINDS, Member, PaperContext
from kernel.money import capitals
from tests.worlds import documents as world


@pytest.mark.parametrize("context", world.every_kind(), ids=lambda item: item.kind)
def test_a_paper_says_plain_values_only(context: PaperContext) -> None:
    for value in context.content().values():
        assert isinstance(value, str | int | list | None)


def test_every_kind_is_known_by_its_name() -> None:
    assert list(KINDS) == [item.kind for item in world.every_kind()]


def test_prefixes_differ() -> None:
    assert len({kind.prefix for kind in KINDS.values()}) == len(KINDS)


def test_dates_and_instants_become_text() -> None:
    content = world.deal_confirmation().content()
    assert content["sign_until_on"] == "2026-12-06"
    assert content["dealt_at"] == "2026-11-26T10:47:03.204+08:00"
    assert content["members"][0] == {"name": "天府置业有限公司", "share": "60.00"}


@given(price_fen=st.integers(0, 10**13), other_fen=st.integers(0, 10**13))
def test_capitals_must_equal_figures(price_fen: int, other_fen: int) -> None:
    if price_fen == other_fen:
        made = world.deal_confirmation(price_fen=price_fen, price_capitals=capitals(price_fen))
        assert made.price_fen == price_fen
        return
    with pytest.raises(ValueError, match="capitals"):
        world.deal_confirmation(price_fen=price_fen, price_capitals=capitals(other_fen))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"price_capitals": "捌仟壹佰陆拾万元整"}, "capitals"),
        ({"plate": "O12"}, "plate"),
        ({"plate": "A８3"}, "plate"),
        ({"procedure": "lottery"}, "procedure"),
        ({"listing_until_on": date(2026, 10, 1)}, "before it begins"),
        ({"members": (Member(name="甲", share="60"), Member(name="乙", share="30"))}, "sum"),
        ({"members": (Member(name="甲", share="1e2"),)}, "percentage"),
        ({"winner": ""}, "winner is empty"),
        ({"winner": "天府\u202e司公"}, "cannot be printed"),
        ({"winner": "天府\u200b置业"}, "cannot be printed"),
        ({"winner": "天府\n置业"}, "cannot be printed"),
        ({"winner": "\ue000"}, "cannot be printed"),
        ({"forfeiture_clause": "字" * 4001}, "longer"),
        ({"members": (Member(name=" ", share="100"),)}, "members is empty"),
    ],
)
def test_a_wrong_deal_confirmation_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        world.deal_confirmation(**changes)


def test_a_qualification_checks_its_deposit() -> None:
    with pytest.raises(ValueError, match="capitals"):
        world.qualification(deposit_capitals=capitals(1))


def test_an_acceptance_keeps_its_dates_in_order() -> None:
    with pytest.raises(ValueError, match="order"):
        world.acceptance_notice(promised_on=date(2026, 12, 2))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"bases": ()}, "legal basis"), ({"decided_on": date(2026, 11, 2)}, "before accepted")],
)
def test_a_wrong_decision_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        world.grant_decision(**changes)


def test_the_heading_follows_the_procedure() -> None:
    assert world.deal_confirmation().heading == "国有建设用地使用权挂牌出让成交确认书"
    assert world.deal_confirmation(procedure="reverse").heading == "采购竞价成交确认书"
    assert world.qualification().heading == "竞买资格确认书"


def test_an_organ_issues_its_own_papers() -> None:
    assert world.grant_decision().issuing_organ == "阳光市行政审批局"
    assert world.deal_confirmation().issuing_organ is None
