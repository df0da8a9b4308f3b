"""Role × action of every app, written out a second time, and each cell that says no tried on what
does the work. Which of them a page, the API or the socket offers is walked beside it
(tests/web/test_permission_walk.py, tests/rooms/test_every_role.py)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist

from accounts.models import Organisation
from approvals import selectors as cases
from approvals.services import decision, intake, items
from audit.models import Entry
from bidding import catalogue
from bidding.services import presets, rooms
from documents import permissions as papers
from documents.rules.papers import Audience
from kernel.actors import Actor, Role
from kernel.clock import FixedClock
from kernel.errors import DomainError, Forbidden, NotFound
from law import selectors as calendars
from law import services as law
from notices import selectors as notice_desk
from notices import services as notices
from oversight import services as oversight
from oversight.rules.exports import ExportFormat
from oversight.rules.filters import LedgerFilter
from oversight.selectors import ledger
from tests.worlds.city import AT
from tests.worlds.market import Market, auction
from tests.worlds.rights import rights
from trading import selectors as sales
from trading.models import Lot, Project
from trading.services import (
    awards,
    deposits,
    lots,
    projects,
    publication,
    refunds,
    registrations,
    reserves,
)

pytestmark = pytest.mark.django_db
APPS = ("accounts", "law", "documents", "notices", "bidding", "approvals", "trading", "oversight")
CLOCK = FixedClock(AT)
NO: Any = None
"""What an act would need if it came so far: a refusal comes before anything is looked at."""
OWN_UNIT = 7
Act = Callable[..., object]
ACTS: dict[str, tuple[Act, ...]] = {
    "law see_calendars": (calendars.list_proposals,),
    "law propose_calendar": (partial(law.propose_calendar, lists=NO, clock=CLOCK),),
    "law decide_calendar": (
        partial(law.approve_calendar, pk=0, clock=CLOCK),
        partial(law.reject_calendar, pk=0, reason="", clock=CLOCK),
    ),
    "bidding see_presets": (
        catalogue.list_proposals,
        partial(catalogue.access_proposal, 0),
    ),
    "bidding propose_preset": (partial(presets.propose_preset, row=NO, vectors=NO, clock=CLOCK),),
    "bidding decide_preset": (
        partial(presets.approve_preset, pk=0, clock=CLOCK),
        partial(presets.reject_preset, pk=0, reason="", clock=CLOCK),
    ),
    "notices draft_notice": (
        partial(
            notices.draft_notice,
            **dict.fromkeys(("kind", "subject_no", "category", "title", "fields"), NO),
            clock=CLOCK,
        ),
    ),
    "notices edit_notice": (partial(notices.edit_notice, no="", title="", fields=NO, clock=CLOCK),),
    "notices submit_notice": (partial(notices.submit_notice, no="", clock=CLOCK),),
    "notices approve_notice": (partial(notices.approve_notice, no="", clock=CLOCK),),
    "notices return_notice": (partial(notices.return_notice, no="", reason="", clock=CLOCK),),
    "notices publish_notice": (partial(notices.publish_notice, no="", clock=CLOCK),),
    "notices see_unpublished": (notice_desk.list_queue,),
    "bidding open_room": (partial(rooms.open_room, room_code=""),),
    "bidding announce": (partial(rooms.announce, room_code="", text=""),),
    "bidding pause_room": (partial(rooms.pause_room, room_code="", reason=""),),
    "bidding resume_room": (partial(rooms.resume_room, room_code=""),),
    "bidding ask_abort": (partial(rooms.ask_abort, room_code="", reason=""),),
    "bidding withdraw_abort": (partial(rooms.withdraw_abort, room_code=""),),
    "bidding confirm_abort": (partial(rooms.confirm_abort, room_code="", asked_at=""),),
    "bidding decline_abort": (partial(rooms.decline_abort, room_code="", asked_at="", reason=""),),
    "approvals receive_case": (partial(intake.receive_case, application=NO, clock=CLOCK),),
    "approvals notify_correction": (partial(intake.notify_correction, no="", clock=CLOCK),),
    "approvals accept_case": (partial(intake.accept_case, no="", handed_in=(), clock=CLOCK),),
    "approvals refuse_case": (
        partial(intake.refuse_case, no="", reason="", right_organ="", clock=CLOCK),
    ),
    "approvals withdraw_case": (partial(intake.withdraw_case, no="", reason="", clock=CLOCK),),
    "approvals start_review": (partial(decision.start_review, no="", clock=CLOCK),),
    "approvals propose_decision": (
        partial(decision.propose_decision, no="", proposal="", opinion="", clock=CLOCK),
    ),
    "approvals decide_case": (
        partial(decision.decide_case, no="", decision="", reason="", clock=CLOCK),
    ),
    "approvals return_proposal": (
        partial(decision.return_proposal, no="", reason="", clock=CLOCK),
    ),
    "approvals see_cases": (cases.list_queue, cases.list_recently_ended),
    "approvals publish_item": (partial(items.publish_item, entry=NO, clock=CLOCK),),
    "trading register_project": (partial(projects.register_project, entry=NO, clock=CLOCK),),
    "trading draft_lot": (
        partial(lots.draft_lot, project_no="", entry=NO, fields=NO, clock=CLOCK),
    ),
    "trading edit_lot": (partial(lots.edit_lot, lot_no="", entry=NO, clock=CLOCK),),
    "trading publish_lot": (
        partial(publication.publish_lot, lot_no="", clock=CLOCK),
        partial(publication.try_again, lot_no="", clock=CLOCK),
    ),
    "trading note_contract": (partial(awards.note_contract, lot_no="", signed_on=NO, clock=CLOCK),),
    "trading see_drafts": (sales.list_projects, sales.list_rooms),
    "trading register": (partial(registrations.register, lot_no="", entry=NO, clock=CLOCK),),
    "trading withdraw_registration": (
        partial(registrations.withdraw_registration, no="", clock=CLOCK),
    ),
    "trading import_bank": (
        partial(deposits.import_bank, name="", content=b"", clock=CLOCK),
        partial(deposits.preview_bank, content=b"", clock=CLOCK),
    ),
    "trading refund_deposit": (
        partial(refunds.refund_deposit, pk=0, amount_fen=1, bank_reference="", clock=CLOCK),
        partial(refunds.return_credit, pk=0, bank_reference="", clock=CLOCK),
    ),
    "trading see_deposits": (sales.list_deposits, sales.list_unknown_credits),
    "oversight see_ledger": (partial(ledger.read_ledger, asked=LedgerFilter(), size=1),),
    "oversight export_ledger": (
        partial(oversight.request_export, form=ExportFormat.CSV, asked=LedgerFilter(), clock=CLOCK),
    ),
}
ELSEWHERE = {
    "bidding place_offer": "tests/rooms/test_every_role.py",
    "bidding join_room": "tests/rooms/test_every_role.py",
    "bidding see_control": "tests/web/test_permission_walk.py",
    "trading type_reserve": "test_a_reserve_is_typed_by_the_unit_s_bidders_alone",
    "trading see_running_deposits": "test_running_deposits_are_finance_s_alone",
    **{f"documents {kind}": "test_a_paper_is_for_its_roles" for kind in papers.TABLE},
}
"""Rows that no service asks by itself, and where they are tried. Those of accounts are tried with
all that an act could change in test_accounts_permissions.py."""


def tables() -> dict[str, frozenset[str]]:
    found = {}
    for app in APPS:
        for action, roles in import_module(f"{app}.permissions").TABLE.items():
            found[f"{app} {action}"] = frozenset(map(str, roles))
    return found


def actor_with(*roles: str) -> Actor:
    held = frozenset(Role(role) for role in roles)
    return Actor(id="u:TESTER0001", user_id=999_999, roles=held, organisation_id=OWN_UNIT)


def others(row: str) -> list[Actor]:
    """Everybody to whom the row says no, one role each; and who has none."""
    return [actor_with(), *(actor_with(role) for role in Role if role not in rights()[row])]


def test_the_tables_say_what_is_written_here() -> None:
    assert tables() == rights()


def test_every_row_is_tried() -> None:
    tried = {row for row in rights() if not row.startswith("accounts ")}

    assert tried == set(ACTS) | set(ELSEWHERE)


def is_refused_by_its_row(act: Act, actor: Actor) -> bool:
    """Whether the actor's role was what stopped the act, not what it had to work on."""
    try:
        act(actor=actor)
    except Forbidden as refused:
        return refused.code == "not_allowed"
    except (DomainError, ObjectDoesNotExist, AttributeError, TypeError, ValueError):
        return False
    return False


@pytest.mark.parametrize("row", ACTS)
def test_every_cell_that_says_no_is_refused(row: str) -> None:
    done = {
        actor.roles
        for act in ACTS[row]
        for actor in others(row)
        if not is_refused_by_its_row(act, actor)
    }

    assert done == set()
    assert not Entry.objects.exists()


@pytest.mark.parametrize("row", ACTS)
def test_every_cell_that_says_yes_comes_further(row: str) -> None:
    """So the refusals above stand on the row alone."""
    for act in ACTS[row]:
        for role in rights()[row]:
            assert not is_refused_by_its_row(act, actor_with(role)), role


@pytest.mark.parametrize("kind", papers.TABLE)
def test_a_paper_is_for_its_roles(kind: str) -> None:
    for role in Role:
        held = papers.may_fetch(
            actor_with(role), kind=kind, audience=Audience.HOLDER, holder_id=OWN_UNIT + 1
        )
        assert held == (role in rights()[f"documents {kind}"]), role


def test_a_reserve_is_typed_by_the_unit_s_bidders_alone() -> None:
    lot = Lot(has_reserve=True, project=Project(unit=Organisation(pk=OWN_UNIT)))
    bidder = actor_with(Role.BIDDER)

    assert reserves.access_reserve_lot(bidder, lot) is lot
    for actor in [*others("trading type_reserve"), replace(bidder, organisation_id=OWN_UNIT + 1)]:
        with pytest.raises(NotFound):
            reserves.access_reserve_lot(actor, lot)


def test_running_deposits_are_finance_s_alone() -> None:
    market = Market()
    market.register(market.published(auction()), market.alice)

    seen = {
        role: sales.list_deposits(actor_with(role)).count()
        for role in rights()["trading see_deposits"]
    }

    assert seen == {Role.FINANCE: 1, Role.SUPERVISOR: 0, Role.AUDITOR: 0}
