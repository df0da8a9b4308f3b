"""Finance: bank files in, deposits that do not match, refunds due and paid."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import ActorRequest
from accounts.views.refusals import tell
from audit.clock import system_clock
from kernel.errors import DomainError
from law.selectors import china_date
from trading import permissions, selectors
from trading.forms import BankFileForm, RefundForm, ReturnForm
from trading.projection.deposits import (
    FaultRow,
    deposit_row,
    fault_row,
    import_text,
    preview_text,
)
from trading.services import deposits, refunds

PAGE = 25
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
        "unknown": selectors.list_unknown_credits(request.actor),
    }
    chosen = request.GET.get("queue", "")
    context = {
        "form": form,
        "faults": faults[:SHOWN_FAULTS],
        "more_faults": max(0, len(faults) - SHOWN_FAULTS),
        "preview": preview,
        "queue": chosen if chosen in queues else "",
        "may_import": permissions.may(request.actor, "import_bank"),
        "sees_running": permissions.may(request.actor, "see_running_deposits"),
        "may_refund": permissions.may(request.actor, "refund_deposit"),
    }
    for name, rows in queues.items():
        number = request.GET.get("page") if name == chosen else 1
        page: Page[Any] = Paginator(rows, PAGE).get_page(number)
        if name != "unknown":
            page.object_list = [deposit_row(item, today) for item in page]
        context[name] = page
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
    """Shows what goes back to whom and asks for the bank's reference; then notes what was shown."""
    permissions.require(request.actor, "refund_deposit")
    form = RefundForm(request.POST or None)
    status = noted(request, form, refunds.refund_deposit, pk)
    if status == HTTPStatus.FOUND:
        messages.success(request, _("退款已登记。"))
        return redirect("trading:deposit_desk")
    found = selectors.access_deposit(request.actor, pk)
    row = deposit_row(found, china_date(system_clock().now()))
    context = {"row": row, "form": form.showing(row.owed.fen)}
    return render(request, "trading/refund_confirm.html", context, status=status)


@require_http_methods(["GET", "POST"])
def return_credit(request: ActorRequest, pk: int) -> HttpResponse:
    """Money that came to an account nobody has: shows whose it is, then notes that it went back."""
    permissions.require(request.actor, "refund_deposit")
    credit = selectors.access_unknown_credit(request.actor, pk)
    form = ReturnForm(request.POST or None)
    status = noted(request, form, refunds.return_credit, pk)
    if status == HTTPStatus.FOUND:
        messages.success(request, _("退回已登记。"))
        return redirect("trading:deposit_desk")
    context = {"credit": credit, "form": form}
    return render(request, "trading/credit_return.html", context, status=status)


def noted(
    request: ActorRequest, form: ReturnForm, note: Callable[..., object], pk: int
) -> HTTPStatus:
    """Notes what a good form says and returns FOUND; else the status of the page that shows the
    form: for the first time, or again with what is wrong in it."""
    if request.method != "POST":
        return HTTPStatus.OK
    if not form.is_valid():
        return HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        note(pk=pk, actor=request.actor, clock=system_clock(), **form.cleaned_data)
    except DomainError as error:
        return HTTPStatus(tell(form, error, request))
    return HTTPStatus.FOUND
