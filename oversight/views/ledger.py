"""The auditor's ledger: a filtered list by key, and one entry with its proof."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import ActorRequest
from audit.clock import system_clock
from oversight import permissions, projection
from oversight.forms import LedgerForm, PlaceForm
from oversight.rules.exports import ExportFormat
from oversight.selectors import exports, receipts
from oversight.selectors import ledger as selectors


@require_safe
def home(request: ActorRequest) -> HttpResponse:
    """The auditor's desk begins with the ledger."""
    permissions.require(request.actor, "see_ledger")
    return redirect("oversight:ledger")


@require_safe
@never_cache
def ledger(request: ActorRequest) -> HttpResponse:
    """The rows that fit the filter of the address, newest first."""
    form, place = LedgerForm(request.GET), PlaceForm(request.GET).place()
    asked = form.asked()
    shown = selectors.read_ledger(request.actor, asked, **place)
    now = system_clock().now()
    rows = shown.page.rows
    context = {
        "form": form,
        "asked": asked,
        "chips": projection.asked_in_words(asked),
        "shown": shown,
        "lines": [projection.line_of(row) for row in rows],
        "facets": projection.facets_of(asked, shown),
        "jobs": [projection.job_of(item, now) for item in exports.list_exports(request.actor)],
        "formats": list(ExportFormat),
        "permalink": asked.query_string(),
        "size": place["size"],
        "sizes": selectors.SIZES,
        "newer_url": asked.query_string(size=place["size"], newer=rows[0].id) if rows else "",
        "older_url": asked.query_string(size=place["size"], older=rows[-1].id) if rows else "",
    }
    return render(request, "oversight/ledger.html", context)


@require_safe
@never_cache
def entry(request: ActorRequest, stream: str, seq: int) -> HttpResponse:
    """One entry: its words, its hashes, its place under the signed root."""
    detail = selectors.access_entry(request.actor, stream, seq)
    context = {
        **projection.entry_of(detail),
        "pairs": projection.body_pairs(detail),
        "changes": projection.changes_of(detail),
        "prev_url": reverse("oversight:entry", args=[stream, seq - 1]) if seq > 1 else "",
        "next_url": reverse("oversight:entry", args=[stream, seq + 1]),
    }
    return render(request, "oversight/entry_detail.html", context)


@require_safe
def receipt(request: HttpRequest, receipt_no: str) -> HttpResponse:
    """What a receipt stands for: the public entry of an offer. Open to everybody."""
    detail = receipts.access_receipt(receipt_no)
    context = {**projection.entry_of(detail), "receipt_no": receipts.as_printed(receipt_no)}
    return render(request, "oversight/receipt_detail.html", context)
