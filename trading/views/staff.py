"""The staff's pages: projects, lots, publication."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import ActorRequest
from approvals.selectors import list_items, list_project_cases
from audit.clock import system_clock
from bidding.data import presets
from kernel.errors import Forbidden, Invalid
from notices.selectors import list_by_subject
from trading import permissions, projection, selectors
from trading.forms import LotForm, ProjectForm
from trading.rules.procedures import PROCEDURES
from trading.services import lots, projects, publication


@require_safe
def home(request: ActorRequest) -> HttpResponse:
    """What waits for this person, by role."""
    if not request.actor.is_signed_in:
        return redirect("account_login")
    return render(request, "trading/staff_home.html", {"duties": projection.duties(request.actor)})


@require_safe
def project_list(request: ActorRequest) -> HttpResponse:
    projects_found = list(selectors.list_projects(request.actor)[:100])
    context = {
        "projects": projects_found,
        "may_register": permissions.may(request.actor, "register_project"),
    }
    return render(request, "trading/project_list.html", context)


def tell(form: Any, error: Invalid) -> None:
    """Puts a service's refusals beside the fields they mean."""
    for name, message in error.fields.items():
        plain = name.removesuffix("_fen")
        form.add_error(plain if plain in form.fields else None, str(message))
    if not error.fields:
        form.add_error(None, str(error.message))


@require_http_methods(["GET", "POST"])
def project_new(request: ActorRequest) -> HttpResponse:
    """Entry registration."""
    permissions.require(request.actor, "register_project")
    form = ProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        entry = projects.ProjectEntry(**form.cleaned_data)
        try:
            project = projects.register_project(
                entry=entry, actor=request.actor, clock=system_clock()
            )
        except Invalid as error:
            tell(form, error)
        else:
            messages.success(request, _("项目已登记：%(no)s。") % {"no": project.no})
            return redirect("trading:project", no=project.no)
    status = 422 if form.errors else 200
    return render(request, "trading/project_form.html", {"form": form}, status=status)


@require_safe
def project(request: ActorRequest, no: str) -> HttpResponse:
    """A project with its approval, its lots and what can be done next."""
    found = selectors.access_project(request.actor, no)
    context = {
        "project": found,
        "lots": [(lot, projection.lot_state_name(lot)) for lot in found.lots.all()],
        "cases": list_project_cases(no),
        "items": [item for item in list_items() if item.is_project_approval],
        "procedures": [
            procedure for procedure in PROCEDURES.values() if found.category in procedure.categories
        ],
        "may_draft": permissions.may(request.actor, "draft_lot"),
    }
    return render(request, "trading/project_detail.html", context)


@require_http_methods(["GET", "POST"])
def lot_new(request: ActorRequest, no: str, procedure: str) -> HttpResponse:
    """Drafts a lot with its notice; the periods are checked before anything is saved."""
    permissions.require(request.actor, "draft_lot")
    found = selectors.access_project(request.actor, no)
    if procedure not in PROCEDURES:
        raise Forbidden("procedure_unknown", _("没有这种交易方式。"))
    form = LotForm(request.POST or None, procedure=procedure)
    if request.method == "POST" and form.is_valid():
        try:
            lot = lots.draft_lot(
                project_no=no,
                entry=entry_of(form, procedure),
                fields=form.notice_fields(),
                actor=request.actor,
                clock=system_clock(),
            )
        except Invalid as error:
            tell(form, error)
        else:
            messages.success(request, _("标的和公告草稿已建立。"))
            return redirect("trading:staff_lot", no=lot.no)
    context = {"project": found, "form": form, "procedure": PROCEDURES[procedure]}
    status = 422 if form.errors else 200
    return render(request, "trading/lot_form.html", context, status=status)


def entry_of(form: LotForm, procedure: str) -> lots.LotEntry:
    """The typed lot as the service wants it."""
    data = form.cleaned_data
    return lots.LotEntry(
        title=data["title"],
        procedure=procedure,
        preset=data["preset"],
        start_fen=data["start_fen"],
        step_fen=data["step_fen"],
        deposit_fen=data["deposit_fen"],
        opens_at=data["opens_at"],
        ends_at=data["ends_at"],
        deposit_cutoff_at=data["deposit_cutoff_at"],
        appraisal_fen=data["appraisal_fen"],
        has_reserve=data["has_reserve"],
        unit=data["unit"],
    )


@require_safe
def staff_lot(request: ActorRequest, no: str) -> HttpResponse:
    """A lot at the desk: its gates as of now, its notice, its room."""
    lot = selectors.access_lot(request.actor, no)
    permissions.require(request.actor, "see_drafts")
    now = system_clock().now()
    gates = publication.check_gates(lot, now) if lot.state == "draft" else []
    context = {
        "lot": lot,
        "state_name": projection.lot_state_name(lot),
        "facts": projection.facts_of(lot),
        "money": projection.money_of(lot),
        "gates": [projection.gate_text(item) for item in gates],
        "blocked": [projection.blocked_text(item) for item in lot.blocked],
        "notices": list_by_subject(no),
        "rules": projection.law_of(lot),
        "preset": presets()[lot.preset],
        "may_publish": permissions.may(request.actor, "publish_lot") and bool(lot.blocked),
        "may_edit": permissions.may(request.actor, "edit_lot") and lot.state == "draft",
    }
    return render(request, "trading/staff_lot.html", context)


@require_http_methods(["GET", "POST"])
def lot_edit(request: ActorRequest, no: str) -> HttpResponse:
    """Changes a draft lot's figures; the notice follows."""
    permissions.require(request.actor, "edit_lot")
    lot = selectors.access_lot(request.actor, no)
    form = LotForm(
        request.POST or None, procedure=lot.procedure, initial=projection.typed_again(lot)
    )
    for name in [name for name in form.fields if name.startswith("notice_")]:
        del form.fields[name]
    if request.method == "POST" and form.is_valid():
        try:
            lots.edit_lot(
                lot_no=no,
                entry=entry_of(form, lot.procedure),
                actor=request.actor,
                clock=system_clock(),
            )
        except Invalid as error:
            tell(form, error)
        else:
            messages.success(request, _("标的已更新，公告草稿同步更新。"))
            return redirect("trading:staff_lot", no=no)
    context = {"lot": lot, "form": form, "project": lot.project}
    context["procedure"] = PROCEDURES[lot.procedure]
    status = 422 if form.errors else 200
    return render(request, "trading/lot_form.html", context, status=status)


@require_POST
def publish_again(request: ActorRequest, no: str) -> HttpResponse:
    """Asks for publication once more after mending what blocked it."""
    publication.try_again(lot_no=no, actor=request.actor, clock=system_clock())
    messages.success(request, _("已重新安排发布。"))
    return redirect("trading:staff_lot", no=no)
