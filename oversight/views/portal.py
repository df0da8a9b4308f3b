"""The portal, the statistics, the rooms' list and the auditor's ledger."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.middleware import ActorRequest
from audit.clock import system_clock
from notices.projection.rows import lines_of
from oversight import selectors
from trading import selectors as trading
from trading.projection import lots as projection


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page: what is live, what comes, what is new."""
    now = system_clock().now()
    found = selectors.portal(now)
    context = {
        "live": found.live,
        "coming": [(lot, projection.stage_of(lot, now)) for lot in found.coming],
        "lines": lines_of(list(found.notices)),
        "awards": found.awards,
    }
    return render(request, "oversight/home.html", context)


@require_safe
def stats(request: HttpRequest) -> HttpResponse:
    """Deals, savings and premiums with their definitions; purchases and sales apart."""
    totals = trading.count_totals()
    context = {
        "totals": totals,
        "saving_fen": totals.purchase_control_fen - totals.purchase_award_fen,
        "saving_rate": selectors.savings_rate(totals),
        "premium_fen": totals.sale_award_fen - totals.sale_start_fen,
        "premium_rate": selectors.premium_rate(totals),
        "awards": trading.list_recent_awards(100),
        "as_of": system_clock().now(),
    }
    return render(request, "oversight/stats.html", context)


@require_safe
def rooms(request: ActorRequest) -> HttpResponse:
    """Rooms of the centre, for hosts and supervisors."""
    lots = trading.list_rooms(request.actor)
    rows = [(lot, projection.lot_state_name(lot)) for lot in lots]
    return render(request, "oversight/rooms.html", {"rows": rows})
