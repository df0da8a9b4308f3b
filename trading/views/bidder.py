"""A bidder's own pages: the workbench and the registration for a lot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import ActorRequest
from accounts.views.refusals import tell, words_of
from audit.clock import system_clock
from documents.selectors import list_documents
from kernel.actors import Role
from kernel.errors import Conflict, DomainError
from law.selectors import china_date
from trading import permissions, selectors
from trading.forms import RegistrationForm
from trading.projection import bidders, lots
from trading.projection.deposits import deposit_row
from trading.services import registrations, reserves

if TYPE_CHECKING:
    from trading.models import Lot, Registration


@require_safe
@login_required
def home(request: ActorRequest) -> HttpResponse:
    """The workbench: a bidder's to-dos by deadline, or the staff's own start page."""
    if not request.actor.has(Role.BIDDER):
        return redirect("trading:staff_home")
    clock = system_clock()
    now = clock.now()
    found = selectors.list_registrations(request.actor)
    standings = selectors.list_room_standings([item.lot for item in found], now)
    context = {
        "rows": bidders.own_rows(found, now, china_date(now), standings),
        "own_reserves": reserves.list_own(request.actor, clock),
        "now": now,
    }
    return render(request, "trading/my_home.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def register(request: ActorRequest, no: str) -> HttpResponse:
    """The task list of one registration; the form comes first."""
    lot = selectors.access_lot(request.actor, no)
    permissions.require(request.actor, "register")
    found = selectors.find_registration(request.actor, lot)
    form = RegistrationForm(request.POST or None)
    if request.method != "POST" or found is not None:
        return show_registration(request, lot, found, form)
    if form.is_valid():
        entry = registrations.RegistrationEntry(**form.cleaned_data)
        try:
            registrations.register(
                lot_no=no, entry=entry, actor=request.actor, clock=system_clock()
            )
        except DomainError as error:
            tell(form, error)
        else:
            messages.success(request, _("报名已登记，请按下列账户交纳保证金。"))
            return redirect("trading:register", no=no)
    return show_registration(request, lot, found, form, status=422)


def show_registration(
    request: ActorRequest,
    lot: Lot,
    found: Registration | None,
    form: RegistrationForm,
    status: int = 200,
) -> HttpResponse:
    now = system_clock().now()
    standing = selectors.list_room_standings([lot], now).get(lot.room_code)
    context = {
        "lot": lot,
        "form": form,
        "registration": found,
        "tasks": bidders.tasks_of(lot, found),
        "deposit": deposit_row(found.deposit, china_date(now)) if found else None,
        "result": bidders.result_of(found) if found else "",
        "money": lots.money_of(lot),
        "stage": lots.stage_of(lot, now, standing),
        "now": now,
        "is_open": lots.takes_registrations(lot, now),
        "papers": papers_of(request, found) if found else [],
    }
    return render(request, "trading/registration.html", context, status=status)


def papers_of(request: ActorRequest, found: Registration) -> list[object]:
    """The qualification paper, and the deal confirmation of who won."""
    own = list_documents(request.actor, found.no)
    return [*own, *list_documents(request.actor, found.lot.no)]


@require_POST
@login_required
def withdraw(request: ActorRequest, no: str) -> HttpResponse:
    """Takes a registration back before any money came. A refusal is told here: recorded as an
    attempt it would tell the ledger's readers who bids in a running lot (AUC-01)."""
    found = selectors.access_registration(request.actor, no)
    try:
        registrations.withdraw_registration(no=no, actor=request.actor, clock=system_clock())
    except Conflict as refused:
        messages.error(request, words_of(refused))
        return redirect("trading:register", no=found.lot.no)
    messages.success(request, _("报名已撤回。"))
    return redirect("trading:lot", no=found.lot.no)
