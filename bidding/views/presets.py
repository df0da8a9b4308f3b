"""The desk of presets: what is in force, what is proposed, how vectors come out, who decides."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import ActorRequest
from audit.clock import system_clock
from bidding import catalogue, permissions
from bidding.data import preset_rows as shipped_rows
from bidding.forms import PresetForm, RejectionForm, initial_of
from bidding.rules.dry_run import Trial, dry_run
from bidding.rules.preset_rows import check_row
from bidding.rules.presets import Preset, parse_preset
from bidding.services import presets as services
from kernel.errors import Conflict, Invalid
from law.selectors import china_date

PROPOSED = "proposed"


@dataclass(frozen=True, slots=True)
class TermLine:
    """One customary term as proposed, beside what is in force."""

    key: str
    value: object
    before: object
    is_changed: bool


@require_safe
@never_cache
def desk(request: ActorRequest) -> HttpResponse:
    """Presets in force, open proposals, what became of earlier ones."""
    permissions.require(request.actor, "see_presets")
    proposals = catalogue.list_proposals(request.actor)
    shipped = {(row.preset, row.version) for row in shipped_rows()}
    context = {
        "rows": [
            (row, (row.preset, row.version) not in shipped) for row in catalogue.presets().values()
        ],
        "waiting": [item for item in proposals if item.state == PROPOSED],
        "decided": [item for item in proposals if item.state != PROPOSED],
        "may_propose": permissions.may(request.actor, "propose_preset"),
    }
    return render(request, "bidding/preset_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def propose(request: ActorRequest, code: str) -> HttpResponse:
    """A row made after a preset in force: tried out as often as wanted, then proposed."""
    permissions.require(request.actor, "propose_preset")
    base = catalogue.presets().get(code)
    if base is None:
        raise Http404
    if request.method != "POST":
        year = china_date(system_clock().now()).year
        form = PresetForm(initial=initial_of(base, catalogue.vectors_of(code), year), base=base)
        return show_form(request, form, None)
    form = PresetForm(request.POST, base=base)
    trials = try_out(form)
    holds = form.is_valid() and bool(trials) and all(trial.holds for trial in trials or ())
    if "propose" not in request.POST or not holds:
        return show_form(request, form, trials)
    try:
        proposal = services.propose_preset(
            row=form.row(),
            vectors=form.cleaned_data["vectors"],
            actor=request.actor,
            clock=system_clock(),
        )
    except Conflict as refused:
        form.add_error(None, str(refused.message))
        return show_form(request, form, trials)
    messages.success(request, _("已提交，等待另一位管理员批准。"))
    return redirect("bidding:preset_proposal", proposal.pk)


def try_out(form: PresetForm) -> list[Trial] | None:
    """The vectors' results, or None if the row cannot be tried; its faults stand in the form."""
    if not form.is_valid():
        return None
    vectors = form.cleaned_data["vectors"]
    found = check_row(form.row(), vectors, catalogue.presets())
    if found.faults:
        form.add_faults(dict(found.faults))
        return None
    return dry_run(parse_preset(found.row), vectors)


def show_form(request: ActorRequest, form: PresetForm, trials: list[Trial] | None) -> HttpResponse:
    failed = sum(not trial.holds for trial in trials or ())
    context = {"form": form, "base": form.base, "trials": trials, "failed": failed}
    is_refused = bool(form.errors) or bool(failed)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
    return render(request, "bidding/preset_form.html", context, status=status)


@require_safe
@never_cache
def proposal(request: ActorRequest, pk: int) -> HttpResponse:
    """One proposal with its differences and its vectors tried out now."""
    return show_proposal(request, pk, RejectionForm())


def show_proposal(request: ActorRequest, pk: int, form: RejectionForm) -> HttpResponse:
    found = catalogue.access_proposal(pk, request.actor)
    row = parse_preset(found.row)
    before = catalogue.presets().get(row.preset)
    context: dict[str, Any] = {
        "proposal": found,
        "row": row,
        "before": before,
        "lines": lines_of(row, before),
        "trials": dry_run(row, found.vectors),
        "is_open": found.state == PROPOSED,
        "may_decide": permissions.may(request.actor, "decide_preset"),
        "is_own": found.proposer == request.actor.id,
        "form": form,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "bidding/preset_proposal.html", context, status=status)


def lines_of(row: Preset, before: Preset | None) -> list[TermLine]:
    """Each customary term, and what it is now under the same code."""
    old = before.terms if before else {}
    return [
        TermLine(key, value, old.get(key), before is not None and old.get(key) != value)
        for key, value in row.terms.items()
    ]


@require_POST
def approve(request: ActorRequest, pk: int) -> HttpResponse:
    """Another administrator puts the row in force."""
    try:
        services.approve_preset(pk=pk, actor=request.actor, clock=system_clock())
    except Invalid:
        text = _("现在已不能批准：数据与现行模板矛盾，或有算例不成立。请否决后重新提出。")
        messages.error(request, text)
        return redirect("bidding:preset_proposal", pk)
    messages.success(request, _("规则模板已生效，新建标的即可选用；已公告的标的不受影响。"))
    return redirect("bidding:presets")


@require_POST
def reject(request: ActorRequest, pk: int) -> HttpResponse:
    """The proposal is dropped, with the reason."""
    permissions.require(request.actor, "decide_preset")
    form = RejectionForm(request.POST)
    if not form.is_valid():
        return show_proposal(request, pk, form)
    reason = form.cleaned_data["reason"]
    services.reject_preset(pk=pk, reason=reason, actor=request.actor, clock=system_clock())
    messages.success(request, _("已否决。"))
    return redirect("bidding:presets")
