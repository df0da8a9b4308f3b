"""Who may register for a lot, how often and until when; taking it back."""

from datetime import timedelta

import pytest

from audit.selectors import entries_after
from kernel.errors import Conflict, Forbidden, Invalid
from tests.worlds.market import Market
from trading.models import Deposit, Registration
from trading.services import registrations

pytestmark = pytest.mark.django_db
MS = timedelta(milliseconds=1)


@pytest.fixture
def market() -> Market:
    return Market()


def refused(market: Market, kind: type[Exception], *, actor: object = None) -> str:
    lot = market.lot
    before = Registration.objects.count(), Deposit.objects.count()
    with pytest.raises(kind) as caught:
        market.register(lot, actor or market.alice)  # type: ignore[arg-type]
    assert (Registration.objects.count(), Deposit.objects.count()) == before
    return str(getattr(caught.value, "code", ""))


def test_a_registration_opens_a_sub_account_of_its_own(market: Market) -> None:
    lot = market.published()
    alice, bob = market.register(lot, market.alice), market.register(lot, market.bob)
    assert (alice.state, alice.plate, alice.organisation_name) == (
        "deposit_due",
        "",
        "蓉城置业有限公司",
    )
    assert alice.deposit.account_no != bob.deposit.account_no
    assert alice.deposit.required_fen == lot.deposit_fen
    (event,) = entries_after(f"account/{alice.deposit.account_no}", 0)
    assert event.kind == "trading.registration_filed"


def test_numbers_do_not_tell_how_many_there_are(market: Market) -> None:
    """Neither the number of a registration nor that of an account counts (AUC-01)."""
    lot = market.published()
    first, second = market.register(lot, market.alice), market.register(lot, market.bob)
    tails = [item.no.removeprefix(f"{lot.no}-B") for item in (first, second)]
    assert [len(tail) for tail in tails] == [8, 8]
    assert tails[0] != tails[1]
    assert len({item.deposit.account_no for item in (first, second)}) == 2
    kinds = [entry.kind for entry in entries_after(f"lot/{lot.no}", 0)]
    assert kinds == ["trading.lot_drafted", "trading.lot_published"]


def test_the_selling_unit_may_not_bid_for_its_own(market: Market) -> None:
    market.lot = market.published()
    assert refused(market, Forbidden, actor=market.lan) == "own_lot"


def test_one_registration_per_organisation(market: Market) -> None:
    market.lot = market.published()
    market.register(market.lot, market.alice)
    assert refused(market, Conflict) == "already_registered"


def test_a_colleague_of_the_same_organisation_is_no_second_bidder(market: Market) -> None:
    from accounts.selectors import get_organisation
    from kernel.actors import Role
    from tests.worlds.city import person

    market.lot = market.published()
    market.register(market.lot, market.alice)
    house = get_organisation(market.alice.organisation_id or 0)
    twin = person("alice2", house, Role.BIDDER)
    assert refused(market, Conflict, actor=twin) == "already_registered"


def test_the_last_instant_before_the_cut_off_still_counts(market: Market) -> None:
    market.lot = market.published()
    market.clock.set(market.lot.deposit_cutoff_at - MS)
    assert market.register(market.lot, market.alice).pk


def test_at_the_cut_off_it_is_over(market: Market) -> None:
    market.lot = market.published()
    market.clock.set(market.lot.deposit_cutoff_at)
    assert refused(market, Conflict) == "enrolment_over"


def test_a_draft_takes_no_registrations(market: Market) -> None:
    market.lot = market.draft()
    assert refused(market, Conflict) == "not_enrolling"


def test_staff_do_not_bid(market: Market) -> None:
    market.lot = market.published()
    for actor in (market.wang, market.gao, market.sun):
        assert refused(market, Forbidden, actor=actor) == "not_allowed"


@pytest.mark.parametrize(
    ("contact", "phone", "has_agreed", "fields"),
    [
        (" ", "13800001234", True, {"contact"}),
        ("陈安", "１３８００００１２３４", True, {"phone"}),
        ("陈安", "12", True, {"phone"}),
        ("陈安", "13800001234", False, {"has_agreed"}),
        ("", "", False, {"contact", "phone", "has_agreed"}),
    ],
)
def test_the_form_s_faults_are_named(
    market: Market, contact: str, phone: str, has_agreed: bool, fields: set[str]
) -> None:
    lot = market.published()
    entry = registrations.RegistrationEntry(contact, phone, has_agreed)
    with pytest.raises(Invalid) as caught:
        registrations.register(lot_no=lot.no, entry=entry, actor=market.alice, clock=market.clock)
    assert set(caught.value.fields) == fields
    assert not Registration.objects.exists()


def withdraw(market: Market, item: Registration, actor: object) -> Registration:
    return registrations.withdraw_registration(no=item.no, actor=actor, clock=market.clock)  # type: ignore[arg-type]


def test_before_any_money_it_can_be_withdrawn(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    assert withdraw(market, item, market.alice).state == "withdrawn"
    last = entries_after(f"account/{item.deposit.account_no}", 0)[-1]
    assert last.kind == "trading.registration_withdrawn"


def test_withdrawn_is_withdrawn(market: Market) -> None:
    market.lot = market.published()
    withdraw(market, market.register(market.lot, market.alice), market.alice)
    assert refused(market, Conflict) == "already_registered"


def test_a_rival_cannot_withdraw_it(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    with pytest.raises(Forbidden):
        withdraw(market, item, market.bob)
    item.refresh_from_db()
    assert item.state == "deposit_due"


def test_with_money_on_the_account_it_stays(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    market.pay(item, amount="1.00")
    with pytest.raises(Conflict) as caught:
        withdraw(market, item, market.alice)
    assert caught.value.code == "money_came"
    item.refresh_from_db()
    assert item.state == "deposit_due"
