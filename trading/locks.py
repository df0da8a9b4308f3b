"""Row locks of a sale, outermost first: project → lot → series → deposit with its registration.
Each is optional, the order is not.

A bidder is seated while the deposit is held: nothing that holds a room asks for a deposit."""

from collections.abc import Iterable

from kernel.errors import NotFound
from trading.models import Deposit, Lot, Project, Registration, Series

PART = 500
"""Keys asked for at once."""


def lock_project(no: str) -> Project:
    found = Project.objects.select_for_update().filter(no=no).first()
    if found is None:
        raise NotFound("project_unknown")
    return found


def lock_project_of(lot_no: str) -> Project:
    """Locks the project of a lot, before the lot itself."""
    return lock_project(lot_no.rpartition("-")[0])


def lock_lot(no: str) -> Lot:
    """Returns the lot with its project and unit, locked until the transaction ends."""
    rows = Lot.objects.select_for_update(of=("self",)).select_related("project__unit")
    found = rows.filter(no=no).first()
    if found is None:
        raise NotFound("lot_unknown")
    return found


def lock_deposits(pks: Iterable[int]) -> list[Deposit]:
    """Returns the deposits with their registrations, both locked, and the lots, in one order."""
    rows = Deposit.objects.select_for_update(of=("self", "registration"))
    rows = rows.select_related("registration__lot")
    known = sorted(pks)
    parts = [known[start : start + PART] for start in range(0, len(known), PART)]
    return [deposit for part in parts for deposit in rows.filter(pk__in=part).order_by("pk")]


def lock_deposit(pk: int) -> Deposit:
    """Returns one deposit with its registration, both locked. NotFound if there is none."""
    found = lock_deposits([pk])
    if not found:
        raise NotFound("deposit_unknown")
    return found[0]


def lock_registration(no: str) -> Registration:
    """Returns the registration, locked together with its deposit (`registration.deposit`)."""
    pk = Deposit.objects.filter(registration__no=no).values_list("pk", flat=True).first()
    if pk is None:
        raise NotFound("registration_unknown")
    return lock_deposit(pk).registration


def next_index(name: str) -> int:
    """Returns the next number of a series; a rolled-back transaction gives it back."""
    Series.objects.get_or_create(name=name)
    series = Series.objects.select_for_update().get(name=name)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last
