"""What may be seen of a sale. Drafts are the staff's; registrations are their owner's alone."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from kernel.actors import Actor
from kernel.errors import NotFound
from trading import permissions
from trading.models import Deposit, Lot, Project, Registration
from trading.rules.lot_states import LotState


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
