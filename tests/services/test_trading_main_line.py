"""S3, the land listing from the project to the signed paper, on a clock that stands still."""

import json
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from audit.relay import drain
from audit.selectors import entries_after
from bidding.rules import commands as c
from bidding.sequencer.batches import commit
from bidding.sequencer.books import Act
from bidding.services import rooms
from documents.models import Document
from kernel.clock import iso_ms, parse_instant
from law.selectors import china_date
from tests.worlds.market import DAY, WAN, Market, Plan, beijing, publish_result
from trading.models import Award, Deposit, Lot, Registration
from trading.projection.lots import earliest_of
from trading.services import publication
from trading.services.refunds import frozen_day

pytestmark = pytest.mark.django_db(transaction=True)
CASE = json.loads((Path(__file__).parents[1] / "vectors" / "land_listing.json").read_text())


def plan_of(**changes: Any) -> Plan:
    given = CASE["plan"]
    values = {
        "notice_at": beijing(given["notice_at"]),
        "opens_at": beijing(given["opens_at"]),
        "ends_at": beijing(given["ends_at"]),
        "start_fen": given["start_wan"] * WAN,
        "step_fen": given["step_wan"] * WAN,
        "has_reserve": True,
    }
    return Plan(**(values | changes))


def play(market: Market, lot: Lot, seats: dict[str, Registration]) -> None:
    """Puts every command to the room and looks at its answer."""
    for command in CASE["commands"]:
        market.clock.set(parse_instant(command["at"]))
        plate = seats[command["who"]].plate if "who" in command else ""
        if "wan" in command:
            wanted: Any = c.Offer(plate, command["wan"] * WAN)
        else:
            wanted = c.Join(plate) if "join" in command else c.Tick()
        act = Act(wanted, str(uuid.uuid4()))
        commit([(lot.room_code, act)], market.clock)
        assert (act.refusal.code if act.refusal else None) == command.get("refused"), command
        if "ends_at" in command:
            moved = entries_after(f"room/{lot.room_code}", 0)[-1]
            assert (moved.kind, moved.body["ends_at"]) == ("extended", command["ends_at"])


def test_the_earliest_lawful_days() -> None:
    market = Market()
    early = plan_of(opens_at=beijing("2026-04-08 10:00"))
    lot = market.draft(early)
    gates = publication.check_gates(lot, early.notice_at)
    assert str(earliest_of(gates)) == CASE["earliest"]["opens_on"]
    lot.ends_at = beijing("2026-04-19 10:00")
    lot.opens_at = plan_of().opens_at
    gates = publication.check_gates(lot, early.notice_at)
    assert str(earliest_of(gates)) == CASE["earliest"]["ends_on"]


def test_the_main_line() -> None:
    market = Market()
    lot = market.published(plan_of())
    alice, bob, carol = market.paid_up(lot, market.alice, market.bob, market.carol)
    market.settle_cutoffs(lot)
    market.tick(lot, lot.opens_at)
    market.clock.set(lot.ends_at - DAY / 48)
    rooms.set_reserve(
        room_code=lot.room_code, fen=CASE["plan"]["reserve_wan"] * WAN, clock=market.clock
    )

    play(market, lot, {"alice": alice, "bob": bob})
    drain()

    expected = CASE["award"]
    award = Award.objects.get(lot=lot)
    assert (award.plate, award.price_fen) == (alice.plate, expected["price_wan"] * WAN)
    assert award.premium_rate == expected["premium_rate"]
    assert iso_ms(award.ended_at) == expected["ended_at"]
    assert {name: award.dates[name] for name in ("result", "refund")} == {
        name: CASE["dates"][name] for name in ("result", "refund")
    }
    assert str(frozen_day(lot, "contract", date(2026, 4, 21))) == CASE["dates"]["contract"]
    assert award.confirmed_at is not None
    confirmed_on = china_date(award.confirmed_at)
    assert award.dates["contract"] == str(frozen_day(lot, "contract", confirmed_on))
    losers = Deposit.objects.filter(registration__in=[bob, carol])
    due = {(row.state, str(row.refund_due_on), row.refund_rule) for row in losers}
    assert due == {("refund_due", CASE["dates"]["refund"], "LD-04")}
    assert Deposit.objects.get(registration=alice).state == "applied"
    kinds = set(Document.objects.filter(subject=lot.no).values_list("holder_id", flat=True))
    assert kinds == {market.alice.organisation_id}
    notice = publish_result(market, lot)
    assert (notice.fields["plate"], notice.fields["gain_rate"]) == (alice.plate, "28.33")
    lot.refresh_from_db()
    assert lot.state == "confirmed"
