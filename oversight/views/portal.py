"""The portal, the statistics, the rooms' list and the auditor's ledger."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.middleware import ActorRequest
from audit.clock import system_clock
from bidding import permissions
from bidding import selectors as bidding
from notices.projection.rows import lines_of
from oversight import selectors
from trading import selectors as trading
from trading.projection import lots as projection

LOBBY = 50
KINDS = ("purchase", "sale", "failed")


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
        "is_sound": found.is_sound,
    }
    return render(request, "oversight/home.html", context)


@require_safe
def stats(request: HttpRequest) -> HttpResponse:
    """Deals, savings and premiums with their definitions; any number opens its rows."""
    totals = trading.count_totals()
    kind = request.GET.get("kind", "")
    is_failed = kind == "failed"
    context = {
        "totals": totals,
        "kind": kind if kind in KINDS else "",
        "saving_fen": totals.purchase_control_fen - totals.purchase_award_fen,
        "saving_rate": selectors.savings_rate(totals),
        "premium_fen": totals.sale_award_fen - totals.sale_start_fen,
        "premium_rate": selectors.premium_rate(totals),
        "awards": [] if is_failed else trading.list_noticed_awards(kind),
        "failed": trading.list_failed_lots() if is_failed else [],
        "as_of": system_clock().now(),
    }
    return render(request, "oversight/stats.html", context)


@require_safe
def lobby(request: HttpRequest) -> HttpResponse:
    """Every room that anybody may watch now, and those that open next."""
    now = system_clock().now()
    context = {
        "live": selectors.live_lots(now, LOBBY),
        "coming": [
            (lot, projection.stage_of(lot, now)) for lot in trading.list_coming_lots(now, LOBBY)
        ],
        "awards": trading.list_noticed_awards(limit=LOBBY),
    }
    return render(request, "oversight/lobby.html", context)


@require_safe
def rooms(request: ActorRequest) -> HttpResponse:
    """Rooms of the centre, for hosts and supervisors."""
    lots = trading.list_rooms(request.actor)
    asked = set()
    if permissions.may(request.actor, "see_control"):
        requests = bidding.list_abort_requests(system_clock().now())
        asked = {room.code for room, _request in requests}
    rows = [(lot, projection.lot_state_name(lot), lot.room_code in asked) for lot in lots]
    return render(request, "oversight/rooms.html", {"rows": rows})
