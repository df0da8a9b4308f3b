"""The calendar desk: which years are published, what is proposed, who approved."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware import ActorRequest
from audit.clock import system_clock
from law import permissions, projection, selectors, services
from law.data import settings, shipped_lists
from law.forms import RejectionForm


@require_safe
@never_cache
def desk(request: ActorRequest) -> HttpResponse:
    """Calendars in force, an open proposal, the named settings."""
    permissions.require(request.actor, "see_calendars")
    return show_desk(request, RejectionForm())


def show_desk(request: ActorRequest, form: RejectionForm) -> HttpResponse:
    proposals = selectors.list_proposals(request.actor)
    waiting = next((item for item in proposals if item.state == "proposed"), None)
    lists = selectors.lists_in_force()
    context = {
        "years": projection.years_of(lists, shipped_lists(), selectors.calendar()),
        "waiting": waiting,
        "waiting_years": projection.changed_years(waiting) if waiting else [],
        "decided": [
            (item, projection.changed_years(item)) for item in proposals if item is not waiting
        ],
        "settings": projection.settings_of(settings()),
        "form": form,
        "may_decide": permissions.may(request.actor, "decide_calendar"),
        "is_own": waiting is not None and waiting.proposer == request.actor.id,
    }
    return render(request, "law/desk.html", context, status=422 if form.errors else 200)


@require_POST
def approve(request: ActorRequest, pk: int) -> HttpResponse:
    """Another administrator puts the proposed lists in force."""
    services.approve_calendar(pk=pk, actor=request.actor, clock=system_clock())
    messages.success(request, _("日历已生效，在办期限按新日历重算。"))
    return redirect("law:settings")


@require_POST
def reject(request: ActorRequest, pk: int) -> HttpResponse:
    """The proposal is dropped, with the reason."""
    permissions.require(request.actor, "decide_calendar")
    form = RejectionForm(request.POST)
    if not form.is_valid():
        return show_desk(request, form)
    reason = form.cleaned_data["reason"]
    services.reject_calendar(pk=pk, reason=reason, actor=request.actor, clock=system_clock())
    messages.success(request, _("已否决。"))
    return redirect("law:settings")
