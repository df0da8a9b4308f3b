"""The demo world, made beside a centre that is running already."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from approvals.rules.case_states import CaseState
from approvals.services import intake
from audit.clock import system_clock
from audit.models import Entry
from config.management.demo import sales, world
from kernel.clock import FixedClock
from kernel.errors import Conflict
from trading.models import Lot

pytestmark = pytest.mark.django_db
STAGES = sales.Listing(45, 15, 20)


def test_a_case_that_time_accepted_first_is_granted_all_the_same() -> None:
    # Given: a case filed in the past, which a running timekeeper accepted by law
    now = system_clock().now()
    world.settle_people(now - timedelta(days=200))
    world.publish_items(now - timedelta(days=200))
    clock = FixedClock(now - timedelta(days=60))
    plan = sales.land_plan("城南地块", now, stages=STAGES, opened=timedelta(days=11))
    case = world.file_case(world.register_project(plan, clock), clock)
    assert intake.deem_accepted(no=case.no, clock=FixedClock(now))

    granted = world.grant_case(case, clock)

    assert granted.state == CaseState.GRANTED
    assert granted.is_deemed


def test_a_case_that_somebody_else_ended_is_not_taken_for_accepted() -> None:
    now = system_clock().now()
    world.settle_people(now - timedelta(days=200))
    world.publish_items(now - timedelta(days=200))
    clock = FixedClock(now - timedelta(days=1))
    plan = sales.land_plan("城南地块", now, stages=STAGES, opened=timedelta(days=11))
    case = world.file_case(world.register_project(plan, clock), clock)
    intake.withdraw_case(no=case.no, reason="申请人来函", actor=world.actor("window"), clock=clock)

    with pytest.raises(Conflict):
        world.grant_case(case, clock)


@pytest.mark.django_db(transaction=True)
def test_a_fresh_lot_takes_every_figure_that_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = {"start": 500, "step": 5, "free": 90, "inquiry": 30, "limited": 40}

    call_command("seed_demo", profile="e2e", lot="OWN", **figures)

    lot = Lot.objects.get(no=json.loads(capsys.readouterr().out)["lot"])
    assert (lot.start_fen, lot.step_fen) == (500 * sales.WAN, 5 * sales.WAN)
    assert lot.deposit_fen == 100 * sales.WAN
    assert (lot.terms["inquiry_s"], lot.terms["countdown_s"]) == (30, 40)


@pytest.mark.parametrize("name", ["start", "step"])
def test_a_price_that_is_none_makes_nothing(name: str) -> None:
    with pytest.raises(CommandError, match=f"--{name} must be at least 1"):
        call_command("seed_demo", profile="e2e", lot="OWN", **{name: 0})
    assert not Lot.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_room_of_the_past_opens_at_its_announced_time() -> None:
    """Bidders who were seated later must not move the opening to their own day."""
    now = system_clock().now()
    world.settle_people(now - timedelta(days=200))
    world.publish_items(now - timedelta(days=200))

    lot = sales.listing_land(now)

    opened = Entry.objects.get(stream=f"room/{lot.room_code}", kind="opened")
    assert opened.at == lot.opens_at
