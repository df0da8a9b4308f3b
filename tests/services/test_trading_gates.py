"""What forbids publishing: the approval, the statutory periods; asked again at the very instant."""

from datetime import date
from typing import Any

import pytest

from approvals.models import Case
from approvals.services import intake
from audit.selectors import entries_after
from bidding.models import Room
from kernel.errors import Conflict, Forbidden
from law import selectors as law
from notices import services as notices
from notices.models import Notice
from tests.worlds.market import Market, Plan, auction, beijing, reverse
from trading.models import Lot
from trading.projection.lots import blocked_text, gate_text
from trading.services import publication

pytestmark = pytest.mark.django_db
NOTE = "市政府常务会议纪要〔2026〕3 号"


@pytest.fixture
def market() -> Market:
    return Market()


def gates(lot: Lot, at: str) -> list[tuple[str, str]]:
    return [(item.code, item.rule) for item in publication.check_gates(lot, beijing(at))]


def assert_nothing_published(lot: Lot) -> None:
    fresh = Lot.objects.get(pk=lot.pk)
    assert (fresh.state, fresh.room_code, fresh.law, fresh.published_at) == ("draft", "", {}, None)
    assert not Room.objects.exists()
    assert not Notice.objects.filter(state="published").exists()


def test_the_gate_lk_1_is_shut_until_the_case_is_granted(market: Market) -> None:
    project = market.project()
    lot = market.draft(project=project)
    market.approve(lot, beijing("2026-03-20 09:00"))
    market.clock.set(beijing("2026-03-20 09:00"))

    blocked = market.publish(lot)

    assert blocked.blocked == [
        {"code": "LK-1", "rule": "LK-1", "params": {"project_no": project.no}}
    ]
    assert "LK-1" in blocked_text(blocked.blocked[0])
    assert_nothing_published(lot)
    last = entries_after(f"lot/{lot.no}", 0)[-1]
    assert (last.kind, last.body["reasons"]) == ("trading.publication_blocked", ["LK-1"])


def test_once_granted_the_clerk_asks_again_and_it_is_published(market: Market) -> None:
    project = market.project()
    lot = market.draft(project=project)
    market.approve(lot, beijing("2026-03-20 09:00"))
    market.clock.set(beijing("2026-03-20 09:00"))
    market.publish(lot)
    market.grant(project)

    publication.try_again(lot_no=lot.no, actor=market.wang, clock=market.clock)
    published = market.publish(lot)

    assert (published.state, published.blocked) == ("announced", [])
    assert Room.objects.get(code=published.room_code).origin_no == lot.no


def test_an_exemption_paper_opens_the_gate_and_stands_in_the_record(market: Market) -> None:
    project = market.project(exemption_note=NOTE)
    lot = market.draft(project=project)
    assert gates(lot, "2026-03-20 09:00") == []
    event = entries_after(f"project/{project.no}", 0)[0]
    assert event.body["exemption"] == NOTE


def test_the_exemption_is_part_of_what_the_reviewer_approves(market: Market) -> None:
    lot = market.draft(project=market.project(exemption_note=NOTE))
    notice = Notice.objects.get(no=lot.notice_no)
    assert notice.fields["exemption"] == NOTE


@pytest.mark.parametrize("answer", ["open", "denied"])
def test_a_case_speaks_louder_than_a_claimed_exemption(market: Market, answer: str) -> None:
    """One clerk's free text never outweighs what the approval centre is asked or has answered."""
    project = market.project(exemption_note=NOTE)
    lot = market.draft(project=project)
    case = market.receive(project)
    if answer == "denied":
        market.decide(case, "deny")
    assert gates(lot, "2026-03-20 09:00") == [("LK-1-contrary", "LK-1")]
    (found,) = publication.check_gates(lot, beijing("2026-03-20 09:00"))
    assert "以办件结果为准" in gate_text(found)


def test_a_case_withdrawn_leaves_the_exemption_as_it_was(market: Market) -> None:
    project = market.project(exemption_note=NOTE)
    case = market.receive(project)
    intake.withdraw_case(no=case.no, reason="误报。", actor=market.wen, clock=market.clock)
    assert gates(market.draft(project=project), "2026-03-20 09:00") == []


def test_anothers_grant_does_not_open_the_gate(market: Market) -> None:
    """However the row came to stand under this number, the approval is not the unit's."""
    project = market.project()
    lot = market.draft(project=project)
    market.grant(project)
    Case.objects.filter(project_no=project.no).update(organisation=market.bob.organisation_id)
    assert gates(lot, "2026-03-20 09:00") == [("LK-1", "LK-1")]


def test_blanks_are_no_exemption(market: Market) -> None:
    lot = market.draft(project=market.project(exemption_note="  "))
    assert gates(lot, "2026-03-20 09:00") == [("LK-1", "LK-1")]


@pytest.mark.parametrize(
    ("opens", "ends", "expected"),
    [
        ("2026-04-09 10:00", "2026-04-20 10:00", []),
        ("2026-04-08 10:00", "2026-04-20 10:00", ["LD-01"]),
        ("2026-04-10 10:00", "2026-04-19 10:00", ["LD-02"]),
        ("2026-04-10 10:00", "2026-04-20 10:00", []),
        ("2026-04-08 10:00", "2026-04-17 10:00", ["LD-01", "LD-02"]),
    ],
)
def test_a_land_listing_keeps_both_periods(
    market: Market, opens: str, ends: str, expected: list[str]
) -> None:
    """S3: notice on 03-20, so the listing may start on 04-09 and end ten days after it."""
    plan = Plan(opens_at=beijing(opens), ends_at=beijing(ends), cutoff_at=beijing(opens))
    lot = market.draft(plan)
    found = publication.check_gates(lot, beijing("2026-03-20 09:00"))
    assert [item.rule for item in found] == expected


def test_the_rule_is_quoted_with_the_earliest_lawful_day(market: Market) -> None:
    lot = market.draft(Plan(opens_at=beijing("2026-04-08 10:00")))
    (found,) = publication.check_gates(lot, beijing("2026-03-20 09:00"))
    text = gate_text(found)
    assert "LD-01" in text
    assert "第八条" in text
    assert "2026-04-09" in text


@pytest.mark.parametrize(
    ("plan", "good", "bad", "rule"),
    [
        (auction(), "2026-03-23 09:00", "2026-03-24 09:00", "AU-01a"),
        (reverse(), "2026-03-25 09:00", "2026-03-26 09:00", "GP-08a"),
    ],
    ids=["auction", "purchase"],
)
def test_auctions_and_purchases_keep_theirs(
    market: Market, plan: Plan, good: str, bad: str, rule: str
) -> None:
    lot = market.draft(plan)
    assert gates(lot, good) == []
    assert gates(lot, bad) == [("period", rule)]


def test_nobody_could_register_before_the_notice(market: Market) -> None:
    """A cut-off at or before the notice leaves no instant in which a deposit could count."""
    lot = market.draft(auction(cutoff_at=beijing("2026-03-20 09:00")))
    assert gates(lot, "2026-03-20 09:00") == [("cutoff_before_notice", "")]
    assert gates(lot, "2026-03-20 08:59") == []
    (found,) = publication.check_gates(lot, beijing("2026-03-20 09:00"))
    assert "修改截止时间" in gate_text(found)


def test_a_gate_shut_between_review_and_publication_blocks(market: Market) -> None:
    """The reviewer approved in time; the hour of publication came a day too late."""
    lot = market.draft()
    market.approve(lot, beijing("2026-03-20 09:00"))
    market.clock.set(beijing("2026-03-22 09:00"))

    blocked = market.publish(lot)

    assert [item["rule"] for item in blocked.blocked] == ["LD-01"]
    assert blocked.blocked[0]["params"]["earliest_on"] == "2026-04-13"
    assert_nothing_published(lot)


def test_nothing_is_published_before_its_hour_or_without_review(market: Market) -> None:
    lot = market.draft()
    with pytest.raises(Conflict):
        market.publish(lot)
    market.approve(lot, beijing("2026-03-20 09:00"))
    market.clock.set(beijing("2026-03-20 08:59"))
    with pytest.raises(Conflict):
        market.publish(lot)
    assert_nothing_published(lot)


def test_a_lot_is_published_once(market: Market) -> None:
    lot = market.published()
    with pytest.raises(Conflict):
        market.publish(lot)
    assert Room.objects.count() == 1


def test_nobody_but_a_clerk_asks_again(market: Market) -> None:
    lot = market.draft(project=market.project())
    market.approve(lot, beijing("2026-03-20 09:00"))
    market.clock.set(beijing("2026-03-20 09:00"))
    market.publish(lot)
    for actor in (market.li, market.gao, market.sun, market.alice):
        with pytest.raises(Forbidden):
            publication.try_again(lot_no=lot.no, actor=actor, clock=market.clock)
    assert Lot.objects.get(pk=lot.pk).publish_due_at is None


def test_what_is_not_blocked_is_not_asked_again(market: Market) -> None:
    lot = market.draft()
    with pytest.raises(Conflict) as caught:
        publication.try_again(lot_no=lot.no, actor=market.wang, clock=market.clock)
    assert caught.value.code == "not_blocked"


def test_what_was_returned_is_not_published_again(market: Market) -> None:
    """Blocked, then the reviewer took the approval back: only a new review helps."""
    project = market.project()
    lot = market.draft(project=project)
    market.approve(lot, beijing("2026-03-20 09:00"))
    market.clock.set(beijing("2026-03-20 09:00"))
    market.publish(lot)
    market.grant(project)
    notices.return_notice(no=lot.notice_no, reason="改期。", actor=market.li, clock=market.clock)
    with pytest.raises(Conflict) as caught:
        publication.try_again(lot_no=lot.no, actor=market.wang, clock=market.clock)
    assert caught.value.code == "not_approved"
    assert Lot.objects.get().publish_due_at is None


def test_the_rule_in_force_on_the_day_of_publication_counts(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The listing starts after a change of the law; the notice came before it."""
    asked = []
    real = law.rule

    def spy(rule_id: str, *, on: date) -> Any:
        asked.append((rule_id, on))
        return real(rule_id, on=on)

    lot = market.draft()
    monkeypatch.setattr("law.selectors.rule", spy)
    assert gates(lot, "2026-03-20 09:00") == []
    assert asked == [("LD-01", date(2026, 3, 20)), ("LD-02", date(2026, 3, 20))]
