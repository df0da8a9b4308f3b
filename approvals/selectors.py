"""Reading cases. The public sees one case by its number and code, staff their queue."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, QuerySet

from approvals import permissions
from approvals.models import Case, ItemVersion
from approvals.rules.case_states import CONTRARY_STATES, OPEN_STATES, CaseState
from kernel.actors import Actor
from kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class ProjectApproval:
    """The grant that opens gate LK-1, and who applied for it."""

    case_no: str
    item_name: str
    decided_on: date
    organisation_id: int


def project_approval(project_no: str, *, organisation_id: int) -> ProjectApproval | None:
    """Returns the approval granted to the project's own unit, or None: the gate stays shut."""
    rows = approval_cases(project_no, organisation_id).filter(state=CaseState.GRANTED)
    case = rows.order_by("decided_on").first()
    if case is None or case.decided_on is None:
        return None
    return ProjectApproval(case.no, case.item.name, case.decided_on, case.organisation_id)


def find_contrary_case(project_no: str, *, organisation_id: int) -> str | None:
    """Number of the unit's case that speaks against a claimed exemption: one that is still open,
    or was denied. Who asked for an approval is bound by the answer."""
    rows = approval_cases(project_no, organisation_id).filter(state__in=CONTRARY_STATES)
    return rows.order_by("-pk").values_list("no", flat=True).first()


def approval_cases(project_no: str, organisation_id: int) -> QuerySet[Case]:
    """The unit's applications for the project's approval."""
    return Case.objects.select_related("item").filter(
        project_no=project_no, organisation_id=organisation_id, item__is_project_approval=True
    )


def list_project_cases(project_no: str) -> Sequence[Case]:
    """All cases of a project, oldest first."""
    return list(Case.objects.select_related("item").filter(project_no=project_no).order_by("pk"))


def access_case(actor: Actor, no: str) -> Case:
    """Returns the case for staff, or for the organisation that applied."""
    case = Case.objects.select_related("item").filter(no=no).first()
    if case is None:
        raise NotFound("case_unknown")
    is_own = actor.organisation_id is not None and case.organisation_id == actor.organisation_id
    if not is_own and not permissions.may(actor, "see_cases"):
        raise NotFound("case_unknown")
    return case


def find_case(no: str) -> Case:
    """The case of an event that named it. DoesNotExist if there is none: the relay reports it."""
    return Case.objects.select_related("item").get(no=no)


def find_case_for_tracking(no: str, last4: str) -> Case | None:
    """The case whose number and last four digits of the phone both match, else None."""
    case = Case.objects.select_related("item").filter(no=no.strip().upper()).first()
    given = last4.strip().encode()
    expected = (case.phone[-4:] if case else "----").encode()
    if not hmac.compare_digest(given, expected):
        return None
    return case


def list_queue(actor: Actor) -> QuerySet[Case]:
    """Open cases by remaining time: nearest promised day first, fresh ones by their limit."""
    permissions.require(actor, "see_cases")
    states = [*OPEN_STATES, CaseState.RECEIVED, CaseState.CORRECTION]
    rows = Case.objects.select_related("item").filter(state__in=states)
    return rows.order_by(F("due_com_on").asc(nulls_first=True), "notice_limit_on", "pk")


def list_recently_ended(actor: Actor, limit: int = 20) -> Sequence[Case]:
    """The last decided or ended cases."""
    permissions.require(actor, "see_cases")
    rows = Case.objects.select_related("item").filter(decided_on__isnull=False)
    return list(rows.order_by("-decided_on", "-pk")[:limit])


def list_items() -> Sequence[ItemVersion]:
    """The newest version of every item."""
    newest: dict[str, ItemVersion] = {}
    for item in ItemVersion.objects.order_by("code", "-index"):
        newest.setdefault(item.code, item)
    return list(newest.values())


def access_item(code: str) -> ItemVersion:
    item = ItemVersion.objects.filter(code=code).order_by("-index").first()
    if item is None:
        raise NotFound("item_unknown")
    return item


def list_due(now: datetime, limit: int) -> list[str]:
    """Numbers of cases on which silence has lasted too long."""
    rows = Case.objects.filter(state=CaseState.RECEIVED, next_due_at__lte=now)
    return list(rows.order_by("next_due_at").values_list("no", flat=True)[:limit])


def list_on_the_clock() -> list[str]:
    """Numbers of cases whose days follow from the calendar in force."""
    states = [*OPEN_STATES, CaseState.RECEIVED]
    return list(Case.objects.filter(state__in=states).order_by("pk").values_list("no", flat=True))
