"""Item guides and tracking for the public; the window and the department for staff."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import ActorRequest
from accounts.views.refusals import tell
from approvals import permissions, projection, selectors
from approvals.forms import (
    REMEDIES,
    AcceptanceForm,
    DecisionForm,
    IntakeForm,
    OpinionForm,
    ReasonForm,
    RefusalForm,
    TrackingForm,
)
from approvals.rules.case_states import CASE_TABLE, CaseState
from approvals.services import decision, intake
from audit.clock import system_clock
from documents.selectors import list_documents
from kernel.clock import CHINA
from kernel.errors import Conflict, Invalid, Refusal
from kernel.machine import actions
from law import selectors as law

TRIES, TRIES_PER_CASE, TRIES_SECONDS = 10, 20, 600
PAGE = 50


def today() -> Any:
    return system_clock().now().astimezone(CHINA).date()


@require_safe
def items(request: ActorRequest) -> HttpResponse:
    """What can be applied for here."""
    return render(request, "approvals/item_list.html", {"items": selectors.list_items()})


@require_safe
def item(request: ActorRequest, code: str) -> HttpResponse:
    """The guide of one item: materials, days, basis, fee, window."""
    trail = [(_("办事指南"), reverse("approvals:items"))]
    context = {"item": selectors.access_item(code), "trail": trail}
    return render(request, "approvals/item_detail.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
def track(request: ActorRequest) -> HttpResponse:
    """An applicant follows a case by its number and the phone's last four digits."""
    form = TrackingForm(request.POST or None, initial={"no": request.GET.get("no", "")})
    context: dict[str, Any] = {"form": form, "case": None}
    status = 200
    if request.method == "POST" and form.is_valid():
        found = follow(request, **form.cleaned_data)
        if isinstance(found, Refusal):
            form.add_error(None, TRACKING[found.code][1])
            status = TRACKING[found.code][0]
        else:
            context |= case_context(found, is_inside=False)
    return render(request, "approvals/case_track.html", context, status=status)


def follow(request: ActorRequest, no: str, last4: str) -> Any:
    """The case, or why not: a wrong number and a wrong phone are one answer. Only failures
    count, for a hall full of honest applicants shares one address."""
    keys = {
        f"track:from:{request.META.get('REMOTE_ADDR', '')}": TRIES,
        f"track:no:{sha256(no.strip().upper().encode()).hexdigest()}": TRIES_PER_CASE,
    }
    if any(int(cache.get(key, 0)) >= most for key, most in keys.items()):
        return Refusal("too_often")
    found = selectors.find_case_for_tracking(no, last4)
    if found is None:
        for key in keys:
            cache.set(key, int(cache.get(key, 0)) + 1, TRIES_SECONDS)
        return Refusal("not_found")
    return found


TRACKING = {
    "not_found": (404, gettext_lazy("没有查到：请核对受理号和电话后四位。")),
    "too_often": (429, gettext_lazy("查询次数过多，请十分钟后再试。")),
}


def case_context(case: Any, *, is_inside: bool) -> dict[str, Any]:
    return {
        "case": case,
        "state_name": projection.state_name(case),
        "turn": projection.turn_of(case),
        "clock": projection.clock_of(case, today(), law.calendar()),
        "history": projection.history_of(case, is_inside=is_inside),
        "rail": projection.rail_of(case),
        "contact": projection.masked(case.contact),
    }


@require_safe
def queue(request: ActorRequest) -> HttpResponse:
    """Open cases, nearest promise first."""
    page = Paginator(selectors.list_queue(request.actor), PAGE).get_page(request.GET.get("page"))
    day, work = today(), law.calendar()
    context = {
        "page": page,
        "rows": [
            (case, projection.state_name(case), projection.clock_of(case, day, work))
            for case in page
        ],
        "ended": [
            (case, projection.state_name(case))
            for case in selectors.list_recently_ended(request.actor)
        ],
        "items": selectors.list_items(),
        "may_receive": permissions.may(request.actor, "receive_case"),
    }
    return render(request, "approvals/case_queue.html", context)


@require_http_methods(["GET", "POST"])
def receive(request: ActorRequest, code: str) -> HttpResponse:
    """The window takes an application."""
    permissions.require(request.actor, "receive_case")
    found = selectors.access_item(code)
    initial = {"project_no": request.GET.get("project", "")}
    form = IntakeForm(request.POST or None, materials=found.materials, initial=initial)
    status = 422
    if request.method == "POST" and form.is_valid():
        application = intake.Application(item_code=code, **form.cleaned_data)
        try:
            case = intake.receive_case(
                application=application, actor=request.actor, clock=system_clock()
            )
        except (Conflict, Invalid) as error:
            status = tell(form, error, request)
        else:
            messages.success(request, _("已收件，受理号 %(no)s。") % {"no": case.no})
            return redirect("approvals:case", no=case.no)
    context = {"item": found, "form": form}
    answer = status if form.errors else 200
    return render(request, "approvals/case_intake.html", context, status=answer)


@require_safe
def case(request: ActorRequest, no: str) -> HttpResponse:
    """One case with what may be done next, by whom."""
    found = selectors.access_case(request.actor, no)
    return show_case(request, found, {})


def show_case(
    request: ActorRequest, found: Any, bound: dict[str, Any], refused: int = 422
) -> HttpResponse:
    """The case's page; `bound` holds the form that was refused, by its action: it is shown as it
    was typed even when the action is no longer possible."""
    actor = request.actor
    is_inside = permissions.may(actor, "see_cases")
    is_own = permissions.is_own_proposal(actor, found)
    possible = set(actions(CASE_TABLE, CaseState(found.state)))
    if set(found.item.materials) <= set(found.handed_in):
        possible.discard("notify_correction")
    forms = {
        name: bound.get(name) or make_form(name, found)
        for name, act in ACTIONS.items()
        if (name in bound or act.step in possible) and permissions.may(actor, act.permission)
    }
    if is_own:
        forms.pop("decide", None)
    context = case_context(found, is_inside=is_inside) | {
        "forms": forms,
        "minor": MINOR,
        "papers": list_documents(actor, found.no),
        "is_inside": is_inside,
        "is_own_proposal": is_own,
    }
    return render(request, "approvals/case_detail.html", context, status=refused if bound else 200)


def make_form(name: str, found: Any, posted: Any = None) -> Any:
    """The form of an action, bound when something was posted."""
    if name == "accept":
        initial = {"handed_in": found.handed_in}
        return AcceptanceForm(posted, materials=found.item.materials, initial=initial)
    if name == "decide":
        return DecisionForm(posted, initial={"decision": found.proposal, "remedies": REMEDIES})
    kind = FORMS.get(name)
    return kind(posted) if kind else None


FORMS: dict[str, Any] = {
    "refuse": RefusalForm,
    "withdraw": ReasonForm,
    "propose": OpinionForm,
    "return": ReasonForm,
}


@dataclass(frozen=True, slots=True)
class Act:
    """One action of the page: its arrow in the state table, whose it is, what does it."""

    step: str
    permission: str
    service: Callable[..., Any]


ACTIONS = {
    "accept": Act("accept", "accept_case", intake.accept_case),
    "notify_correction": Act("notify_correction", "notify_correction", intake.notify_correction),
    "start_review": Act("start_review", "start_review", decision.start_review),
    "propose": Act("propose", "propose_decision", decision.propose_decision),
    "decide": Act("grant", "decide_case", decision.decide_case),
    "return": Act("return", "return_proposal", decision.return_proposal),
    "refuse": Act("refuse", "refuse_case", intake.refuse_case),
    "withdraw": Act("withdraw", "withdraw_case", intake.withdraw_case),
}
MINOR = frozenset({"refuse", "withdraw", "return"})
"""Rare actions: the page folds them away."""


@require_POST
def do(request: ActorRequest, no: str, action: str) -> HttpResponse:
    """Does one action; a refused form comes back as it was typed."""
    found = selectors.access_case(request.actor, no)
    act = ACTIONS[action]
    permissions.require(request.actor, act.permission)
    form = make_form(action, found, request.POST)
    if form is not None and not form.is_valid():
        return show_case(request, found, {action: form})
    values = form.cleaned_data if form is not None else {}
    try:
        act.service(no=no, actor=request.actor, clock=system_clock(), **values)
    except (Conflict, Invalid) as error:
        if form is None:
            raise
        status = tell(form, error, request)
        found = selectors.access_case(request.actor, no)
        return show_case(request, found, {action: form}, status)
    messages.success(request, _("已办理。"))
    return redirect("approvals:case", no=no)
