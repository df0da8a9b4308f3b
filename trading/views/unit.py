"""What the project's own unit does in a sale: it types the reserve."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.middleware import ActorRequest
from accounts.views.refusals import tell
from audit.clock import system_clock
from kernel.errors import Conflict, Invalid
from trading import selectors
from trading.forms import ReserveForm
from trading.projection import lots
from trading.services import reserves


@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def reserve(request: ActorRequest, no: str) -> HttpResponse:
    """The reserve, typed twice and sealed; never shown again."""
    clock = system_clock()
    lot = reserves.access_reserve_lot(request.actor, selectors.access_lot(request.actor, no))
    form = ReserveForm(request.POST or None, unit=lot.unit)
    status = 422
    if request.method == "POST" and form.is_valid():
        fen = form.cleaned_data["reserve_fen"]
        try:
            reserves.type_reserve(lot_no=no, fen=fen, actor=request.actor, clock=clock)
        except (Conflict, Invalid) as error:
            status = tell(form, error, request)
        else:
            messages.success(request, _("底价已密封，竞价结束时只公布是否达到。"))
            return redirect("trading:reserve", no=no)
    context = {
        "lot": lot,
        "form": form,
        "standing": reserves.standing_of(lot, clock),
        "money": lots.money_of(lot),
    }
    code = status if form.errors else 200
    return render(request, "trading/reserve_form.html", context, status=code)
