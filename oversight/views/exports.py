"""Exports of the ledger: ask, watch, fetch, stop, try again."""

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.middleware import ActorRequest, ask_again
from audit.clock import system_clock
from kernel.errors import Invalid
from oversight import permissions, projection, services
from oversight.forms import ExportForm
from oversight.rules.exports import CONTENT_TYPES, ExportFormat, file_name
from oversight.rules.filters import filter_of
from oversight.selectors import exports as selectors


@require_POST
def request_export(request: ActorRequest) -> HttpResponse:
    """Asks for the rows of the filter in one format; the page of the job says the rest. Who signed
    in long ago is asked again and finds the same filter after it."""
    permissions.require(request.actor, "export_ledger")
    form = ExportForm(request.POST)
    if not form.is_valid():
        raise Invalid("bad_filter", _("筛选条件或导出格式无效，请回到台账重新选择。"))
    ledger = f"{reverse('oversight:ledger')}?{form.asked().query_string()}"
    if asking := ask_again(request, ledger):
        return asking
    export = services.request_export(
        form=ExportFormat(form.cleaned_data["format"]),
        asked=form.asked(),
        actor=request.actor,
        clock=system_clock(),
    )
    return redirect("oversight:export", code=export.code)


@require_safe
@never_cache
def export(request: ActorRequest, code: str) -> HttpResponse:
    """One job with what its file holds."""
    found = selectors.access_export(request.actor, code)
    context = {
        "export": found,
        "job": projection.job_of(found, system_clock().now()),
        "words": filter_of(found.filter).words(),
        "ledger_query": filter_of(found.filter).query_string(),
    }
    is_part = bool(request.headers.get("HX-Request"))
    page = "oversight/_export_parts.html" if is_part else "oversight/export_detail.html"
    return render(request, page, context)


@require_safe
@never_cache
def progress(request: ActorRequest, code: str) -> HttpResponse:
    """The job alone, for the tray that asks every two seconds."""
    found = selectors.access_export(request.actor, code)
    job = projection.job_of(found, system_clock().now())
    return render(request, "oversight/_job.html", {"job": job})


@require_GET
@never_cache
def export_file(request: ActorRequest, code: str) -> HttpResponseBase:
    """The file; that it left the house is recorded first. Who signed in long ago is asked again."""
    found, path = selectors.access_file(request.actor, code)
    if asking := ask_again(request, request.path):
        return asking
    services.note_download(code=code, actor=request.actor, clock=system_clock())
    form = ExportFormat(found.format)
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=file_name(found.code, form),
        content_type=CONTENT_TYPES[form],
    )


@require_POST
def cancel_export(request: ActorRequest, code: str) -> HttpResponse:
    services.cancel_export(code=code, actor=request.actor, clock=system_clock())
    return redirect("oversight:export", code=code)


@require_POST
def retry_export(request: ActorRequest, code: str) -> HttpResponse:
    services.retry_export(code=code, actor=request.actor, clock=system_clock())
    return redirect("oversight:export", code=code)
