"""Row locks of a sale, outermost first: project → lot → (room, by bidding) → deposit."""

from kernel.errors import NotFound
from trading.models import Deposit, Lot, Project, Registration, Series


def lock_project(no: str) -> Project:
    found = Project.objects.select_for_update().filter(no=no).first()
    if found is None:
        raise NotFound("project_unknown")
    return found


def lock_lot(no: str) -> Lot:
    """Returns the lot with its project and unit, locked until the transaction ends."""
    rows = Lot.objects.select_for_update(of=("self",)).select_related("project__unit")
    found = rows.filter(no=no).first()
    if found is None:
        raise NotFound("lot_unknown")
    return found


def lock_registration(no: str) -> Registration:
    rows = Registration.objects.select_for_update(of=("self",)).select_related("lot")
    found = rows.filter(no=no).first()
    if found is None:
        raise NotFound("registration_unknown")
    return found


def lock_deposits(pks: list[int]) -> list[Deposit]:
    """Returns the deposits with registration and lot, locked in one order."""
    rows = Deposit.objects.select_for_update(of=("self",))
    rows = rows.select_related("registration__lot")
    return list(rows.filter(pk__in=pks).order_by("pk"))


def next_index(name: str) -> int:
    """Returns the next number of a series; a rolled-back transaction gives it back."""
    Series.objects.get_or_create(name=name)
    series = Series.objects.select_for_update().get(name=name)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last
