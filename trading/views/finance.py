"""Finance: bank files in, deposits that do not match, refunds due and paid."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware import ActorRequest
from audit.clock import system_clock
from trading import permissions, projection, selectors
from trading.forms import BankFileForm, RefundForm
from trading.rules.deposits import DepositState
from trading.services import deposits

QUEUES = {
    "unmatched": (DepositState.UNMATCHED, DepositState.RETURNED),
    "refunds": (DepositState.REFUND_DUE, DepositState.REFUNDED),
    "held": (DepositState.MATCHED, DepositState.LOCKED, DepositState.APPLIED),
}


@require_safe
def deposit_desk(request: ActorRequest) -> HttpResponse:
    """The three queues and the file upload."""
    return show_desk(request, BankFileForm(), [])


def show_desk(
    request: ActorRequest, form: BankFileForm, faults: list[str], status: int = 200
) -> HttpResponse:
    queues = {
        name: [
            projection.deposit_row(item)
            for item in selectors.list_deposits(request.actor, states)[:200]
        ]
        for name, states in QUEUES.items()
    }
    context = {
        "form": form,
        "faults": faults,
        "queues": queues,
        "may_import": permissions.may(request.actor, "import_bank"),
        "may_refund": permissions.may(request.actor, "refund_deposit"),
    }
    return render(request, "trading/deposit_desk.html", context, status=status)


@require_POST
def import_file(request: ActorRequest) -> HttpResponse:
    """Takes a bank file whole, or says line by line what is wrong with it."""
    permissions.require(request.actor, "import_bank")
    form = BankFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return show_desk(request, form, [], status=422)
    upload = form.cleaned_data["file"]
    try:
        report = deposits.import_bank(
            name=upload.name, content=upload.read(), actor=request.actor, clock=system_clock()
        )
    except deposits.BadBankFile as error:
        faults = [projection.fault_text(item) for item in error.faults[:50]]
        return show_desk(request, form, faults, status=422)
    messages.success(request, projection.import_text(report))
    return redirect("trading:deposit_desk")


@require_POST
def refund(request: ActorRequest, pk: int) -> HttpResponse:
    """Notes a refund that the bank has paid."""
    permissions.require(request.actor, "refund_deposit")
    form = RefundForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请填写银行退款流水号。"))
        return redirect("trading:deposit_desk")
    deposits.refund_deposit(
        pk=pk,
        bank_reference=form.cleaned_data["bank_reference"],
        actor=request.actor,
        clock=system_clock(),
    )
    messages.success(request, _("退款已登记。"))
    return redirect("trading:deposit_desk")
