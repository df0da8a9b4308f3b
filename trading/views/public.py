"""A lot as everybody sees it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.middleware import ActorRequest
from approvals.selectors import project_approval
from audit.clock import system_clock
from documents.selectors import list_documents
from notices.projection.rows import category_name
from notices.selectors import list_by_subject
from trading import permissions, selectors
from trading.projection import lots
from trading.rules import ocds
from trading.services import reserves


@require_safe
def lot(request: ActorRequest, no: str) -> HttpResponse:
    """Facts, times, rules, papers; no word of who or how many take part."""
    found = selectors.access_lot(request.actor, no)
    now = system_clock().now()
    notices = list_by_subject(no)
    standing = selectors.list_room_standings([found], now).get(found.room_code)
    context = {
        "lot": found,
        "now": now,
        "facts": lots.facts_of(found),
        "money": lots.money_of(found),
        "stage": lots.stage_of(found, now, standing),
        "timeline": lots.timeline_of(
            found, now, notices, standing, selectors.find_lot_abort(found)
        ),
        "notices": notices,
        "is_room_over": selectors.is_room_over(found, standing),
        "papers": list_documents(request.actor, no),
        "category": category_name(found.project.category),
        "approval": project_approval(found.project.no, organisation_id=found.project.unit_id),
        "may_type_reserve": request.actor.organisation_id == found.project.unit_id
        and reserves.may_type(found),
        "registration": selectors.find_registration(request.actor, found),
        "rules": lots.law_of(found),
        "ocid": ocds.ocid(found.no) if found.published_at else "",
        "is_enrolling": lots.takes_registrations(found, now),
        "may_register": permissions.may(request.actor, "register")
        and lots.takes_registrations(found, now),
    }
    return render(request, "trading/lot_detail.html", context)
