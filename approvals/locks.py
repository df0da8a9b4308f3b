"""Row locks of cases."""

from approvals.models import Case, CaseSeries
from kernel.errors import NotFound


def lock_case(no: str) -> Case:
    """Returns the case with its item, locked until the transaction ends."""
    case = Case.objects.select_for_update(of=("self",)).select_related("item").filter(no=no).first()
    if case is None:
        raise NotFound("case_unknown")
    return case


def next_index(name: str) -> int:
    """Returns the next number of a series; a rolled-back transaction gives it back."""
    CaseSeries.objects.get_or_create(name=name)
    series = CaseSeries.objects.select_for_update().get(name=name)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last
