"""Public notices and the notice desk."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.middleware import ActorRequest
from audit.clock import system_clock
from kernel.errors import Invalid
from notices import permissions, selectors, services
from notices.forms import ApprovalForm, NoticeForm, ReturnForm, SearchForm
from notices.projection import feeds
from notices.projection import rows as projection
from notices.rules.kinds import KINDS
from notices.selectors import NoticeQuery

PAGE = 25


def query_of(request: ActorRequest) -> NoticeQuery:
    """The search in the address; what does not fit is left out."""
    form = SearchForm(request.GET)
    form.is_valid()
    found = form.cleaned_data
    return NoticeQuery(
        words=found.get("q") or "",
        kinds=tuple(found.get("kind") or ()),
        categories=tuple(found.get("category") or ()),
    )


@require_safe
def index(request: ActorRequest) -> HttpResponse:
    """Search with facets; the address is the state."""
    query = query_of(request)
    page = Paginator(selectors.search(query), PAGE).get_page(request.GET.get("page"))
    facets = selectors.count_facets(query)
    query_string = request.GET.copy()
    query_string.pop("page", None)
    context = {
        "query": query,
        "page": page,
        "lines": projection.lines_of(list(page)),
        "kinds": facets.kinds,
        "categories": projection.named(facets.categories),
        "query_string": query_string.urlencode(),
    }
    return render(request, "notices/notice_list.html", context)


@require_safe
def feed(request: ActorRequest, form: str) -> HttpResponse:
    """The same query as Atom, calendar or CSV."""
    notices = list(selectors.search(query_of(request))[: feeds.LIMIT])
    body, content_type = feeds.WRITERS[form](notices, request.GET.urlencode())
    response = HttpResponse(body, content_type=content_type)
    if form != "atom":
        response["Content-Disposition"] = f'attachment; filename="notices.{form}"'
    return response


@require_safe
def detail(request: ActorRequest, no: str) -> HttpResponse:
    """The newest wording, with its versions, hash and code."""
    notice = selectors.access_notice(request.actor, no)
    versions = selectors.list_versions(notice)
    if not versions:
        return redirect("notices:review", no=no)
    return show_version(request, versions[-1], versions)


@require_safe
def version(request: ActorRequest, no: str, index: int) -> HttpResponse:
    """One wording as it was published."""
    found = selectors.access_version(request.actor, no, index)
    return show_version(request, found, selectors.list_versions(found.notice))


def show_version(request: ActorRequest, shown: Any, versions: Any) -> HttpResponse:
    notice = shown.notice
    context = {
        "notice": notice,
        "shown": shown,
        "versions": versions,
        "is_newest": shown.index == versions[-1].index,
        "kind": KINDS[notice.kind],
        "rows": projection.rows_of(notice.kind, shown.fields),
        "category": projection.category_name(notice.category),
        "address": f"{settings.PUBLIC_ORIGIN}/notices/{notice.no}/",
        "siblings": selectors.list_by_subject(notice.subject_no),
    }
    return render(request, "notices/notice_detail.html", context)


@require_safe
def queue(request: ActorRequest) -> HttpResponse:
    """What waits at the desk."""
    notices = list(selectors.list_queue(request.actor))
    return render(request, "notices/notice_queue.html", {"notices": notices, "kinds": KINDS})


@require_http_methods(["GET", "POST"])
def edit(request: ActorRequest, no: str) -> HttpResponse:
    """The draft's form; bad input keeps what was typed."""
    notice = selectors.access_notice(request.actor, no)
    permissions.require(request.actor, "edit_notice")
    initial = {"title": notice.title, **notice.fields}
    form = NoticeForm(request.POST or None, kind=notice.kind, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        title = values.pop("title")
        clock = system_clock()
        services.edit_notice(no=no, title=title, fields=values, actor=request.actor, clock=clock)
        if "submit" not in request.POST:
            messages.success(request, _("草稿已保存。"))
            return redirect("notices:edit", no=no)
        if submitted(request, no, form):
            return redirect("notices:review", no=no)
    rows = projection.rows_of(notice.kind, notice.fields)
    context = {"notice": notice, "form": form, "kind": KINDS[notice.kind], "rows": rows}
    return render(request, "notices/notice_form.html", context)


def submitted(request: ActorRequest, no: str, form: NoticeForm) -> bool:
    """Hands the draft in; what is missing is put beside its field."""
    try:
        services.submit_notice(no=no, actor=request.actor, clock=system_clock())
    except Invalid as error:
        for name, message in error.fields.items():
            form.add_error(name if name in form.fields else None, str(message))
        return False
    messages.success(request, _("已提交复核。"))
    return True


@require_safe
def review(request: ActorRequest, no: str) -> HttpResponse:
    """The notice as it will read, with the reviewer's two choices."""
    notice = selectors.access_notice(request.actor, no)
    permissions.require(request.actor, "see_unpublished")
    return show_review(request, notice, ApprovalForm(), ReturnForm())


def show_review(
    request: ActorRequest, notice: Any, approval: ApprovalForm, sending_back: ReturnForm
) -> HttpResponse:
    context = {
        "notice": notice,
        "kind": KINDS[notice.kind],
        "rows": projection.rows_of(notice.kind, notice.fields),
        "approval_form": approval,
        "return_form": sending_back,
        "is_own": notice.author == request.actor.id,
        "may_review": permissions.may(request.actor, "approve_notice"),
        "may_edit": permissions.may(request.actor, "edit_notice"),
    }
    status = 422 if approval.errors or sending_back.errors else 200
    return render(request, "notices/notice_review.html", context, status=status)


@require_POST
def approve(request: ActorRequest, no: str) -> HttpResponse:
    """A second person approves, at once or for a later instant."""
    form = ApprovalForm(request.POST)
    notice = selectors.access_notice(request.actor, no)
    if not form.is_valid():
        return show_review(request, notice, form, ReturnForm())
    services.approve_notice(
        no=no,
        actor=request.actor,
        clock=system_clock(),
        publish_at=form.cleaned_data["publish_at"],
    )
    messages.success(request, _("已通过复核，到时自动发布。"))
    return redirect("notices:review", no=no)


@require_POST
def send_back(request: ActorRequest, no: str) -> HttpResponse:
    """The reviewer returns the notice with a reason."""
    permissions.require(request.actor, "return_notice")
    form = ReturnForm(request.POST)
    notice = selectors.access_notice(request.actor, no)
    if not form.is_valid():
        return show_review(request, notice, ApprovalForm(), form)
    services.return_notice(
        no=no, reason=form.cleaned_data["reason"], actor=request.actor, clock=system_clock()
    )
    messages.success(request, _("已退回起草人。"))
    return redirect("notices:queue")
