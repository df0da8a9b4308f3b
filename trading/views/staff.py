"""The staff's pages: projects, lots, publication."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import ActorRequest
from accounts.views.refusals import tell
from approvals import permissions as case_permissions
from approvals.selectors import list_items, list_project_cases, project_approval
from approvals.selectors import list_queue as list_cases
from audit.clock import system_clock
from bidding import permissions as room_permissions
from bidding.catalogue import preset
from bidding.selectors import list_abort_requests
from documents.selectors import list_documents
from kernel.errors import Conflict, Invalid, NotFound
from notices import permissions as notice_permissions
from notices.selectors import find_by_subject, list_by_subject
from notices.selectors import list_queue as list_notices
from trading import permissions, selectors
from trading.forms import ContractForm, LotForm, ProjectForm
from trading.projection import desks, publishing
from trading.projection import lots as shown
from trading.rules.procedures import PROCEDURES
from trading.services import awards, lots, projects, publication

PAGE = 25


@require_safe
@login_required
def home(request: ActorRequest) -> HttpResponse:
    """What waits for this person, by role."""
    counts = {**selectors.count_waiting(request.actor), **other_counts(request)}
    found = desks.desks_of(request.actor, counts)
    return render(request, "trading/staff_home.html", {"desks": found})


def other_counts(request: ActorRequest) -> dict[str, int]:
    """What waits on the neighbours' desks, where this person may look."""
    counts = {}
    if room_permissions.may(request.actor, "confirm_abort"):
        counts["aborts"] = len(list_abort_requests(system_clock().now()))
    if notice_permissions.may(request.actor, "see_unpublished"):
        counts["notices"] = list_notices(request.actor).count()
    if case_permissions.may(request.actor, "see_cases"):
        counts["cases"] = list_cases(request.actor).count()
    return counts


@require_safe
def project_list(request: ActorRequest) -> HttpResponse:
    """All projects with their lots, the newest first."""
    page = Paginator(selectors.list_projects(request.actor), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(project, shown.lots_of(project)) for project in page],
        "may_register": permissions.may(request.actor, "register_project"),
    }
    return render(request, "trading/project_list.html", context)


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
            tell(form, error, request)
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
        "lots": shown.lots_of(found),
        "cases": list_project_cases(no),
        "items": [item for item in list_items() if item.is_project_approval],
        "procedures": [
            procedure for procedure in PROCEDURES.values() if found.category in procedure.categories
        ],
        "may_draft": permissions.may(request.actor, "draft_lot"),
        "may_see_cases": case_permissions.may(request.actor, "see_cases"),
    }
    return render(request, "trading/project_detail.html", context)


@require_http_methods(["GET", "POST"])
def lot_new(request: ActorRequest, no: str, procedure: str) -> HttpResponse:
    """Drafts a lot with its notice. Whether it may be published is asked on its own page."""
    permissions.require(request.actor, "draft_lot")
    found = selectors.access_project(request.actor, no)
    if procedure not in PROCEDURES:
        raise NotFound("procedure_unknown", _("没有这种交易方式。"))
    form = LotForm(request.POST or None, procedure=procedure)
    status = 422
    if request.method == "POST" and form.is_valid():
        try:
            lot = lots.draft_lot(
                project_no=no,
                entry=entry_of(form, procedure),
                fields=form.notice_fields(),
                actor=request.actor,
                clock=system_clock(),
            )
        except (Conflict, Invalid) as error:
            status = tell(form, error, request)
        else:
            messages.success(request, _("标的和公告草稿已建立。"))
            return redirect("trading:staff_lot", no=lot.no)
    context = {"project": found, "form": form, "procedure": PROCEDURES[procedure]}
    code = status if form.errors else 200
    return render(request, "trading/lot_form.html", context, status=code)


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
        has_reserve=data.get("has_reserve", False),
        unit=data["unit"],
    )


@require_safe
def staff_lot(request: ActorRequest, no: str) -> HttpResponse:
    """A lot at the desk: its gates as of now, its notice, its room."""
    permissions.require(request.actor, "see_drafts")
    lot = selectors.access_lot(request.actor, no)
    now = system_clock().now()
    gates = publication.check_gates(lot, now) if lot.state == "draft" else []
    notice = notice_of(lot)
    standing = selectors.list_room_standings([lot], now).get(lot.room_code)
    may_edit = permissions.may(request.actor, "edit_lot")
    is_draft = lot.state == "draft" and notice is not None and notice.state == "draft"
    context = {
        "lot": lot,
        "state_name": shown.lot_state_name(lot),
        "chip": shown.lot_chip(lot),
        "facts": shown.facts_of(lot),
        "money": shown.money_of(lot),
        "gates": [(item.code, shown.gate_text(item)) for item in gates],
        "approval": project_approval(lot.project.no, organisation_id=lot.project.unit_id),
        "earliest_on": shown.earliest_of(gates),
        "blocked": [shown.blocked_text(item) for item in lot.blocked],
        "notice": notice,
        "timeline": shown.timeline_of(
            lot, now, list_by_subject(no), standing, selectors.find_lot_abort(lot)
        ),
        "papers": list_documents(request.actor, no),
        "rules": shown.law_of(lot),
        "preset": preset(lot.preset, lot.preset_version),
        "may_publish": permissions.may(request.actor, "publish_lot")
        and bool(lot.blocked)
        and notice is not None
        and notice.state == "approved",
        "may_edit": may_edit and is_draft,
        "locked": publishing.change_hold(lot, notice) if may_edit else "",
        "may_note_contract": permissions.may(request.actor, "note_contract")
        and shown.awaits_contract(lot),
        "may_see_notice": notice_permissions.may(request.actor, "see_unpublished"),
    }
    return render(request, "trading/staff_lot.html", context)


@require_http_methods(["GET", "POST"])
def lot_edit(request: ActorRequest, no: str) -> HttpResponse:
    """Changes a draft lot's figures; the notice follows."""
    permissions.require(request.actor, "edit_lot")
    lot = selectors.access_lot(request.actor, no)
    held = publishing.change_hold(lot, notice_of(lot))
    if held and request.method != "POST":
        messages.warning(request, held)
        return redirect("trading:staff_lot", no=no)
    form = LotForm(request.POST or None, procedure=lot.procedure, initial=shown.typed_again(lot))
    for name in [name for name in form.fields if name.startswith("notice_")]:
        del form.fields[name]
    status = 422
    if request.method == "POST" and form.is_valid():
        try:
            lots.edit_lot(
                lot_no=no,
                entry=entry_of(form, lot.procedure),
                actor=request.actor,
                clock=system_clock(),
            )
        except (Conflict, Invalid) as error:
            status = tell(form, error, request)
        else:
            messages.success(request, _("标的已更新，公告草稿同步更新。"))
            return redirect("trading:staff_lot", no=no)
    context = {"lot": lot, "form": form, "project": lot.project, "held": held}
    context["procedure"] = PROCEDURES[lot.procedure]
    code = status if form.errors else 200
    return render(request, "trading/lot_form.html", context, status=code)


@require_http_methods(["GET", "POST"])
def note_contract(request: ActorRequest, no: str) -> HttpResponse:
    """Asks on which day the contract was signed and notes it."""
    permissions.require(request.actor, "note_contract")
    lot = selectors.access_lot(request.actor, no)
    if not shown.awaits_contract(lot):
        raise NotFound("no_contract", _("这个标的现在没有要登记的合同。"))
    form = ContractForm(request.POST or None)
    status = 422
    if request.method == "POST" and form.is_valid():
        try:
            awards.note_contract(
                lot_no=no, actor=request.actor, clock=system_clock(), **form.cleaned_data
            )
        except (Conflict, Invalid) as error:
            status = tell(form, error, request)
        else:
            messages.success(request, _("合同签订日期已登记。"))
            return redirect("trading:staff_lot", no=no)
    code = status if form.errors else 200
    return render(request, "trading/contract_form.html", {"lot": lot, "form": form}, status=code)


@require_http_methods(["GET", "POST"])
def publish_again(request: ActorRequest, no: str) -> HttpResponse:
    """Asks for publication once more after mending what blocked it; the first look only asks."""
    permissions.require(request.actor, "publish_lot")
    lot = selectors.access_lot(request.actor, no)
    status = 200
    if request.method == "POST":
        try:
            publication.try_again(lot_no=no, actor=request.actor, clock=system_clock())
        except Conflict as error:
            request.refusal, status = error, 409
        else:
            messages.success(request, _("已重新安排发布。"))
            return redirect("trading:staff_lot", no=no)
    gates = publication.check_gates(lot, system_clock().now()) if lot.state == "draft" else []
    context = {
        "lot": lot,
        "gates": [(item.code, shown.gate_text(item)) for item in gates],
        "hold": publishing.publication_hold(lot, notice_of(lot), gates),
        "is_refused": status != 200,
    }
    return render(request, "trading/publish_confirm.html", context, status=status)


def notice_of(lot: Any) -> Any:
    """The notice that publishes the lot, if it has one."""
    return find_by_subject(lot.no, PROCEDURES[lot.procedure].notice_kind)
