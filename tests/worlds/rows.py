"""What a permission walk needs beside the walked world: one row of every thing that an address can
name, so that a refusal is never that of something that is not there."""

from datetime import timedelta

from django.test import Client

from accounts.models import Organisation, User
from accounts.selectors import actor_of_username
from accounts.sessions import session_handle
from audit.clock import system_clock
from audit.selectors import entries_after
from bidding.models import Room
from bidding.services import presets
from config.management.demo import sales, world
from documents.models import Document
from documents.rules.papers import (
    AcceptanceNotice,
    DealConfirmation,
    GrantDecision,
    Qualification,
)
from kernel.clock import FixedClock, iso_ms
from law import services as law
from law.rules.calendars import read_list
from oversight import services as oversight
from oversight.rules.exports import ExportFormat
from oversight.rules.filters import LedgerFilter
from tests.worlds.holidays import Y2027
from tests.worlds.presets import city_row, city_vectors
from trading.models import BankCredit, Lot, Registration
from trading.services import deposits

KINDS = (AcceptanceNotice.kind, GrantDecision.kind, DealConfirmation.kind, Qualification.kind)


def furnish(lot_no: str) -> dict[str, str]:
    """Adds a finished sale with its papers, an unknown payment, a proposed calendar, an export of
    the auditor's and an open session; returns the values of their addresses."""
    sold = sales.finished_asset(system_clock().now())
    sales.award_past(sold)
    export = oversight.request_export(
        form=ExportFormat.CSV,
        asked=LedgerFilter(lot=lot_no),
        actor=actor_of_username("auditor"),
        clock=system_clock(),
    )
    world.settle()
    applicant = User.objects.get(username="bidA")
    registered = Registration.objects.get(lot__no=lot_no, user_id=applicant.pk)
    return {
        "sold": sold.no,
        "receipt": a_receipt(sold),
        "export": export.code,
        "credit": str(unknown_credit().pk),
        "proposal": str(propose_a_calendar()),
        "preset_proposal": str(propose_a_preset()),
        "session": an_open_session(),
        "registration": registered.no,
        **papers(applicant.memberships.get().organisation),
    }


def a_receipt(sold: Lot) -> str:
    room = Room.objects.get(code=sold.room_code)
    told = (entry.body.get("receipt_no") for entry in entries_after(f"room/{room.code}", 0))
    return next(str(no) for no in told if no)


def unknown_credit() -> BankCredit:
    """Money for an account that nobody has."""
    clock = FixedClock(system_clock().now() - timedelta(hours=1))
    content = (
        "booked_at,amount,currency,payer_name,payer_account,payee_account,reference\n"
        f"{iso_ms(clock.now())},10.00,CNY,无名,5100001,99990000000000000001,WALK-1\n"
    )
    finance = actor_of_username("finance")
    deposits.import_bank(name="walk.csv", content=content.encode(), actor=finance, clock=clock)
    return BankCredit.objects.get(deposit=None)


def propose_a_calendar() -> int:
    """A proposal by somebody who is no administrator of the walk."""
    proposal = law.propose_calendar(
        lists=[read_list(Y2027)], actor=world.SYSTEM, clock=system_clock()
    )
    assert proposal is not None
    return proposal.pk


def propose_a_preset() -> int:
    """A city's own preset, proposed by somebody who is no administrator of the walk."""
    proposal = presets.propose_preset(
        row=city_row(), vectors=city_vectors(), actor=world.SYSTEM, clock=system_clock()
    )
    return proposal.pk


def an_open_session() -> str:
    """The handle of another person's browser."""
    client = Client()
    client.force_login(User.objects.get(username="bidE"))
    return session_handle(str(client.session.session_key))


def papers(other_than: Organisation) -> dict[str, str]:
    """The code of one paper of each kind that belongs to somebody else."""
    rows = Document.objects.exclude(holder_id=other_than.pk)
    return {kind: str(rows.filter(kind=kind).first().code) for kind in KINDS}
