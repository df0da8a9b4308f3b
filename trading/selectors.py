"""What may be seen of a sale. Drafts are the staff's; registrations are their owner's alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum

from kernel.actors import Actor
from kernel.errors import NotFound
from notices.selectors import list_numbers
from trading import permissions
from trading.models import Award, Deposit, Lot, Project, Registration
from trading.rules.lot_states import LotState
from trading.rules.ocds import AwardFacts, LotFacts, Party
from trading.rules.procedures import PROCEDURES


def access_project(actor: Actor, no: str) -> Project:
    """Returns the project, or NotFound for who may not see drafts."""
    project = Project.objects.select_related("unit").filter(no=no).first()
    if project is None or not permissions.may(actor, "see_drafts"):
        raise NotFound("project_unknown")
    return project


def access_lot(actor: Actor, no: str) -> Lot:
    """Returns the lot; a draft exists for staff only."""
    lot = Lot.objects.select_related("project__unit", "award").filter(no=no).first()
    if lot is None:
        raise NotFound("lot_unknown")
    if lot.state == LotState.DRAFT and not permissions.may(actor, "see_drafts"):
        raise NotFound("lot_unknown")
    return lot


def list_lot_streams(no: str) -> list[str]:
    """Returns the ledger's streams that tell of a lot: its own, its notices', its room's, its
    deposits'. Empty if there is no such lot."""
    lot = Lot.objects.filter(no=no).first()
    if lot is None:
        return []
    accounts = Deposit.objects.filter(registration__lot=lot).values_list("account_no", flat=True)
    rooms = [f"room/{lot.room_code}", f"room/{lot.room_code}/sealed"] if lot.room_code else []
    notices = [f"notice/{number}" for number in list_numbers(no)]
    return [f"lot/{no}", *rooms, *notices, *(f"account/{number}" for number in accounts)]


def access_registration(actor: Actor, no: str) -> Registration:
    """Returns the organisation's own registration; to everybody else it does not exist."""
    found = Registration.objects.select_related("lot", "deposit").filter(no=no).first()
    if found is None or found.organisation_id != actor.organisation_id:
        raise NotFound("registration_unknown")
    return found


def find_registration(actor: Actor, lot: Lot) -> Registration | None:
    """The actor's organisation's registration for the lot, if any."""
    if actor.organisation_id is None:
        return None
    rows = Registration.objects.select_related("deposit")
    return rows.filter(lot=lot, organisation_id=actor.organisation_id).first()


def list_registrations(actor: Actor) -> Sequence[Registration]:
    """The organisation's registrations, newest first; two queries at most."""
    if actor.organisation_id is None:
        return []
    rows = Registration.objects.select_related("lot", "lot__award", "deposit")
    return list(rows.filter(organisation_id=actor.organisation_id).order_by("-pk"))


def list_projects(actor: Actor) -> QuerySet[Project]:
    """All projects, for staff."""
    permissions.require(actor, "see_drafts")
    return Project.objects.select_related("unit").prefetch_related("lots")


def list_deposits(actor: Actor, states: Sequence[str] = ()) -> QuerySet[Deposit]:
    """Deposits for finance and those who watch it."""
    permissions.require(actor, "see_deposits")
    rows = Deposit.objects.select_related("registration__lot")
    return rows.filter(state__in=states) if states else rows


def list_public_lots() -> QuerySet[Lot]:
    """Every lot that was published, newest first."""
    rows = Lot.objects.select_related("project", "award")
    return rows.exclude(state=LotState.DRAFT).order_by("-published_at")


def list_publications_due(now: datetime, limit: int) -> Sequence[str]:
    """Numbers of draft lots whose publication time has come."""
    rows = Lot.objects.filter(state=LotState.DRAFT, publish_due_at__lte=now)
    return list(rows.order_by("publish_due_at").values_list("no", flat=True)[:limit])


def list_deposits_due(now: datetime, limit: int) -> Sequence[int]:
    """Keys of deposits whose cut-off has come."""
    rows = Deposit.objects.filter(next_due_at__lte=now)
    return list(rows.order_by("next_due_at").values_list("pk", flat=True)[:limit])


OCDS_STATUS = {
    LotState.ANNOUNCED: "active",
    LotState.OPEN: "active",
    LotState.WON: "complete",
    LotState.CONFIRMED: "complete",
    LotState.UNSOLD: "unsuccessful",
    LotState.TERMINATED: "cancelled",
}


def ocds_facts(lot: Lot) -> LotFacts:
    """The public facts of a published lot; the winner only once the award is confirmed."""
    unit = lot.project.unit
    award: Award | None = getattr(lot, "award", None)
    facts = None
    if award is not None and award.confirmed_at is not None and award.registration is not None:
        winner = award.registration.organisation
        facts = AwardFacts(Party(winner.code, winner.name), award.price_fen, award.ended_at)
    procedure = PROCEDURES[lot.procedure]
    if lot.published_at is None:
        raise ValueError("only published lots are open data")
    return LotFacts(
        no=lot.no,
        project_no=lot.project.no,
        title=lot.title,
        procedure_name=procedure.name,
        is_sale=procedure.is_sale,
        unit=Party(unit.code, unit.name),
        start_fen=lot.start_fen,
        published_at=lot.published_at,
        opens_at=lot.opens_at,
        ends_at=lot.ends_at,
        status=OCDS_STATUS[LotState(lot.state)],
        award=facts,
    )


def ocds_rows() -> QuerySet[Lot]:
    rows = Lot.objects.exclude(published_at=None)
    return rows.select_related("project__unit", "award__registration__organisation")


def list_ocds_lots(after: int, limit: int) -> tuple[list[LotFacts], int]:
    """A page of published lots and the cursor of the next page (0: none). One query."""
    rows = list(ocds_rows().filter(pk__gt=after).order_by("pk")[: limit + 1])
    cursor = rows[limit - 1].pk if len(rows) > limit else 0
    return [ocds_facts(lot) for lot in rows[:limit]], cursor


def find_ocds_lot(no: str) -> LotFacts | None:
    lot = ocds_rows().filter(no=no).first()
    return ocds_facts(lot) if lot else None


def list_live_lots(limit: int = 6) -> Sequence[Lot]:
    """Lots whose room is open, nearest end first."""
    rows = Lot.objects.select_related("project").filter(state=LotState.OPEN)
    return list(rows.order_by("ends_at")[:limit])


def list_coming_lots(now: datetime, limit: int = 6) -> Sequence[Lot]:
    """Announced lots that open next."""
    rows = Lot.objects.select_related("project").filter(state=LotState.ANNOUNCED, opens_at__gt=now)
    return list(rows.order_by("opens_at")[:limit])


def list_recent_awards(limit: int = 5) -> Sequence[Award]:
    """The newest awards."""
    return list(Award.objects.select_related("lot__project").order_by("-ended_at")[:limit])


def list_rooms(actor: Actor) -> Sequence[Lot]:
    """Lots with a room, for hosts and supervisors."""
    permissions.require(actor, "see_drafts")
    rows = Lot.objects.exclude(room_code="").select_related("project")
    return list(rows.order_by("-opens_at")[:100])


@dataclass(frozen=True, slots=True)
class Totals:
    """What was sold and bought; money in fen."""

    deals: int
    purchase_control_fen: int
    purchase_award_fen: int
    sale_start_fen: int
    sale_award_fen: int
    failed: int


def count_totals() -> Totals:
    """Sums over every lot; purchases and sales apart (SAV-01, SAV-02). One query for awards."""
    is_purchase = Q(lot__procedure="reverse")
    sums = Award.objects.aggregate(
        deals=Count("pk"),
        control=Sum("lot__start_fen", filter=is_purchase, default=0),
        bought=Sum("price_fen", filter=is_purchase, default=0),
        start=Sum("lot__start_fen", filter=~is_purchase, default=0),
        sold=Sum("price_fen", filter=~is_purchase, default=0),
    )
    failed = Lot.objects.filter(state=LotState.UNSOLD).count()
    return Totals(
        sums["deals"], sums["control"], sums["bought"], sums["start"], sums["sold"], failed
    )
