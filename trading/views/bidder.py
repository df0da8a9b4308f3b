"""The bidder's pages: registering and what is to be done next."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import ActorRequest
from audit.clock import system_clock
from documents.selectors import list_documents
from kernel.actors import Role
from kernel.errors import Invalid
from trading import permissions, projection, selectors
from trading.forms import RegistrationForm
from trading.services import registrations


@require_safe
@login_required
def home(request: ActorRequest) -> HttpResponse:
    """The workbench: a bidder's to-dos, or the staff's own start page."""
    if not request.actor.has(Role.BIDDER):
        return redirect("trading:staff_home")
    now = system_clock().now()
    rows = [projection.own_row(item, now) for item in selectors.list_registrations(request.actor)]
    return render(request, "trading/my_home.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@login_required
def register(request: ActorRequest, no: str) -> HttpResponse:
    """The task list of one registration; the form comes first."""
    lot = selectors.access_lot(request.actor, no)
    permissions.require(request.actor, "register")
    found = selectors.find_registration(request.actor, lot)
    form = RegistrationForm(request.POST or None)
    status = 200
    if request.method == "POST" and found is None:
        if form.is_valid():
            entry = registrations.RegistrationEntry(**form.cleaned_data)
            try:
                registrations.register(
                    lot_no=no, entry=entry, actor=request.actor, clock=system_clock()
                )
            except Invalid as error:
                for name, message in error.fields.items():
                    form.add_error(name, str(message))
            else:
                messages.success(request, _("报名已登记，请按下列账户交纳保证金。"))
                return redirect("trading:register", no=no)
        status = 422
    context = {
        "lot": lot,
        "form": form,
        "registration": found,
        "tasks": projection.tasks_of(lot, found),
        "deposit": projection.deposit_of(found) if found else None,
        "money": projection.money_of(lot),
        "is_open": projection.takes_registrations(lot, system_clock().now()),
        "papers": list_documents(request.actor, found.no) if found else [],
    }
    return render(request, "trading/registration.html", context, status=status)


@require_POST
@login_required
def withdraw(request: ActorRequest, no: str) -> HttpResponse:
    """Takes a registration back before any money came."""
    found = selectors.access_registration(request.actor, no)
    registrations.withdraw_registration(no=no, actor=request.actor, clock=system_clock())
    messages.success(request, _("报名已撤回。"))
    return redirect("trading:lot", no=found.lot.no)
