"""Finance: bank files in, deposits that do not match, refunds due and paid."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import ActorRequest
from audit.clock import system_clock
from kernel.errors import DomainError
from law.selectors import china_date
from trading import permissions, selectors
from trading.forms import BankFileForm, RefundForm
from trading.projection.deposits import (
    FaultRow,
    deposit_row,
    fault_row,
    import_text,
    preview_text,
)
from trading.services import deposits, refunds

SHOWN = 100
SHOWN_FAULTS = 50


@require_safe
def deposit_desk(request: ActorRequest) -> HttpResponse:
    """The queues and the file upload."""
    return show_desk(request, BankFileForm())


def show_desk(
    request: ActorRequest,
    form: BankFileForm,
    faults: Sequence[FaultRow] = (),
    preview: str = "",
    status: int = 200,
) -> HttpResponse:
    today = china_date(system_clock().now())
    queues = {
        "refunds": selectors.list_refunds_due(request.actor),
        "mismatches": selectors.list_mismatches(request.actor),
        "held": selectors.list_held(request.actor),
        "refunded": selectors.list_refunded(request.actor),
    }
    context = {
        "form": form,
        "faults": faults[:SHOWN_FAULTS],
        "more_faults": max(0, len(faults) - SHOWN_FAULTS),
        "preview": preview,
        "unknown": selectors.list_unknown_credits(request.actor),
        "may_import": permissions.may(request.actor, "import_bank"),
        "sees_running": permissions.may(request.actor, "see_running_deposits"),
        "may_refund": permissions.may(request.actor, "refund_deposit"),
    }
    for name, rows in queues.items():
        context[name] = [deposit_row(item, today) for item in rows[:SHOWN]]
    return render(request, "trading/deposit_desk.html", context, status=status)


@require_POST
def import_file(request: ActorRequest) -> HttpResponse:
    """Takes a bank file whole, or says line by line what is wrong; `check` only looks at it."""
    permissions.require(request.actor, "import_bank")
    form = BankFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return show_desk(request, form, status=422)
    upload = form.cleaned_data["file"]
    clock = system_clock()
    try:
        if "check" in request.POST:
            preview = deposits.preview_bank(content=upload.read(), actor=request.actor, clock=clock)
            return show_desk(request, BankFileForm(), preview=preview_text(preview))
        report = deposits.import_bank(
            name=upload.name, content=upload.read(), actor=request.actor, clock=clock
        )
    except deposits.BadBankFile as error:
        return show_desk(request, form, [fault_row(item) for item in error.faults], status=422)
    except DomainError as error:
        form.add_error("file", str(error.message))
        return show_desk(request, form, status=409)
    messages.success(request, import_text(report))
    return redirect("trading:deposit_desk")


@require_http_methods(["GET", "POST"])
def refund(request: ActorRequest, pk: int) -> HttpResponse:
    """Shows what goes back to whom and asks for the bank's reference; then notes it."""
    permissions.require(request.actor, "refund_deposit")
    form = RefundForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                refunds.refund_deposit(
                    pk=pk,
                    bank_reference=form.cleaned_data["bank_reference"],
                    actor=request.actor,
                    clock=system_clock(),
                )
            except DomainError as error:
                form.add_error(None, str(error.message))
            else:
                messages.success(request, _("退款已登记。"))
                return redirect("trading:deposit_desk")
        status = 422
    found = selectors.access_deposit(request.actor, pk)
    row = deposit_row(found, china_date(system_clock().now()))
    context = {"row": row, "form": form}
    return render(request, "trading/refund_confirm.html", context, status=status)
