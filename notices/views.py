"""Public notices and the notice desk."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import (
    conditional_page,
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts.middleware import ActorRequest
from accounts.views.refusals import tell
from audit.clock import system_clock
from kernel.actors import PUBLIC
from kernel.errors import Conflict, Invalid
from law import selectors as law
from notices import permissions, selectors, services
from notices.forms import ApprovalForm, NoticeForm, ReturnForm
from notices.projection import feeds
from notices.projection import rows as projection
from notices.rules.kinds import CATEGORIES, KINDS
from notices.rules.states import NoticeState
from notices.rules.wording import content_hash, plain, provisional_days
from notices.selectors import NoticeQuery

PAGE = 25
MAX_LENGTH = 100


def query_of(request: ActorRequest) -> NoticeQuery:
    """The search in the address; what does not fit is left out, never an error page."""
    words = plain(request.GET.get("q", ""))[:MAX_LENGTH]
    kinds, categories = request.GET.getlist("kind"), request.GET.getlist("category")
    return NoticeQuery(
        words=words,
        kinds=tuple(kind for kind in KINDS if kind in kinds),
        categories=tuple(code for code in CATEGORIES if code in categories),
    )


@require_safe
@cache_control(private=True, no_cache=True)
def index(request: ActorRequest) -> HttpResponse:
    """Search with facets; the address is the state."""
    query = query_of(request)
    page = Paginator(selectors.search(query), PAGE).get_page(request.GET.get("page"))
    facets = selectors.count_facets(query)
    found, now = list(page), system_clock().now()
    query_string = request.GET.copy()
    query_string.pop("page", None)
    context = {
        "query": query,
        "page": page,
        "lines": projection.lines_of(found, selectors.list_running(found, now)),
        "facets": [
            ("kind", _("类型"), facets.kinds),
            ("category", _("交易类别"), facets.categories),
        ],
        "query_string": query_string.urlencode(),
    }
    return render(request, "notices/notice_list.html", context)


@require_safe
@cache_control(public=True, max_age=60)
@conditional_page
def feed(request: ActorRequest, form: str) -> HttpResponse:
    """The same query as Atom, calendar or CSV: in Chinese for everybody, so that it may be kept
    by caches; only published notices are in it."""
    with translation.override("zh-hans"):
        notices = list(selectors.search(query_of(request))[: feeds.LIMITS[form]])
        body, content_type = feeds.WRITERS[form](notices, request.GET.urlencode())
    response = HttpResponse(body, content_type=content_type)
    if form != "atom":
        response["Content-Disposition"] = f'attachment; filename="notices.{form}"'
    return response


@require_safe
@cache_control(public=True, max_age=86400)
def qr(request: ActorRequest, no: str) -> HttpResponse:
    """The published notice's address as a QR code."""
    notice = selectors.access_notice(PUBLIC, no)
    return HttpResponse(feeds.qr_svg(feeds.address(notice)), content_type="image/svg+xml")


@require_safe
@cache_control(private=True, no_cache=True)
def detail(request: ActorRequest, no: str) -> HttpResponse:
    """The newest wording, with its versions, hash and code."""
    notice = selectors.access_notice(request.actor, no)
    versions = selectors.list_versions(notice)
    if not versions:
        return redirect("notices:review", no=no)
    return show_version(request, versions[-1], versions)


@require_safe
@cache_control(private=True, no_cache=True)
def version(request: ActorRequest, no: str, index: int) -> HttpResponse:
    """One wording as it was published."""
    found = selectors.access_version(request.actor, no, index)
    return show_version(request, found, selectors.list_versions(found.notice))


def show_version(request: ActorRequest, shown: Any, versions: Any) -> HttpResponse:
    notice = shown.notice
    kind = KINDS[notice.kind]
    context = {
        "notice": notice,
        "shown": shown,
        "versions": versions,
        "is_newest": shown.index == versions[-1].index,
        "is_intact": selectors.is_intact(shown),
        "kind": kind,
        "facts": projection.facts_of(kind, shown.fields),
        "rows": projection.rows_of(notice.kind, shown.fields, law.calendar()),
        "category": projection.category_name(notice.category),
        "address": feeds.address(notice),
        "siblings": selectors.list_by_subject(notice.subject_no),
        "trail": [(_("公告"), reverse("notices:index"))],
    }
    return render(request, "notices/notice_detail.html", context)


@require_safe
@never_cache
def queue(request: ActorRequest) -> HttpResponse:
    """What waits at the desk."""
    page = Paginator(selectors.list_queue(request.actor), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "notices": list(page)}
    return render(request, "notices/notice_queue.html", context)


@require_http_methods(["GET", "POST"])
@never_cache
def edit(request: ActorRequest, no: str) -> HttpResponse:
    """The draft's form; bad input keeps what was typed."""
    notice = selectors.access_notice(request.actor, no)
    permissions.require(request.actor, "edit_notice")
    held = projection.change_hold(notice)
    if held and request.method != "POST":
        messages.warning(request, held)
        return redirect("notices:review", no=no)
    base = content_hash(notice.title, notice.fields)
    initial = {"title": notice.title, **notice.fields, "base": base}
    form = NoticeForm(request.POST or None, kind=notice.kind, initial=initial)
    status = 422
    if request.method == "POST" and form.is_valid():
        status = written(request, no, form)
        if not status:
            to = "notices:review" if "submit" in request.POST else "notices:edit"
            return redirect(to, no=no)
    if form.errors:
        notice = selectors.access_notice(request.actor, no)
        base = content_hash(notice.title, notice.fields)
        form.data = {**request.POST.dict(), "base": base}
    rows = projection.rows_of(notice.kind, notice.fields, law.calendar())
    context = {"notice": notice, "form": form, "kind": KINDS[notice.kind], "rows": rows}
    context["held"] = projection.change_hold(notice)
    code = status if form.errors else 200
    return render(request, "notices/notice_form.html", context, status=code)


def written(request: ActorRequest, no: str, form: NoticeForm) -> int:
    """Keeps the draft and hands it in if asked; what is missing is put beside its field, what
    another saved meanwhile is not overwritten unasked. Returns the refusal's status, or 0."""
    values = dict(form.cleaned_data)
    title, base = values.pop("title"), values.pop("base")
    actor, clock = request.actor, system_clock()
    try:
        services.edit_notice(no=no, title=title, fields=values, base=base, actor=actor, clock=clock)
        if "submit" in request.POST:
            services.submit_notice(no=no, actor=actor, clock=clock)
    except (Conflict, Invalid) as error:
        return tell(form, error, request)
    said = _("已提交复核。") if "submit" in request.POST else _("草稿已保存。")
    messages.success(request, said)
    return 0


@require_safe
@never_cache
def review(request: ActorRequest, no: str) -> HttpResponse:
    """The notice as it will read, with the reviewer's two choices."""
    notice = selectors.access_notice(request.actor, no)
    permissions.require(request.actor, "see_unpublished")
    return show_review(request, notice, approval_form(notice), ReturnForm())


def approval_form(notice: Any, posted: Any = None) -> ApprovalForm:
    """The form of approval; it asks about provisional dates where there are any."""
    days = provisional_days(KINDS[notice.kind], notice.fields, law.calendar())
    return ApprovalForm(posted, now=system_clock().now(), is_provisional=bool(days))


def show_review(
    request: ActorRequest,
    notice: Any,
    approval: ApprovalForm,
    sending_back: ReturnForm,
    refused: int = 422,
) -> HttpResponse:
    may_review = permissions.may(request.actor, "approve_notice")
    is_open = notice.state in {NoticeState.DRAFT, NoticeState.REVIEW}
    at = system_clock().now()
    context = {
        "notice": notice,
        "kind": KINDS[notice.kind],
        "rows": projection.rows_of(notice.kind, notice.fields, law.calendar()),
        "approval_form": approval,
        "return_form": sending_back,
        "obstacles": selectors.obstacles_to(notice, at) if is_open else [],
        "why_refused": selectors.why_refused(notice),
        "is_own": permissions.is_writer(request.actor, notice),
        "may_review": may_review,
        "may_edit": permissions.may(request.actor, "edit_notice"),
    }
    status = refused if approval.errors or sending_back.errors else 200
    return render(request, "notices/notice_review.html", context, status=status)


@require_POST
def approve(request: ActorRequest, no: str) -> HttpResponse:
    """A second person approves, at once or for a later instant."""
    notice = selectors.access_notice(request.actor, no)
    permissions.require(request.actor, "approve_notice")
    form = approval_form(notice, request.POST)
    status = 422
    if form.is_valid():
        try:
            services.approve_notice(
                no=no, actor=request.actor, clock=system_clock(), **form.cleaned_data
            )
        except (Conflict, Invalid) as error:
            status = tell(form, error, request)
            notice = selectors.access_notice(request.actor, no)
        else:
            messages.success(request, _("已通过复核，到时自动发布。"))
            return redirect("notices:review", no=no)
    return show_review(request, notice, form, ReturnForm(), status)


@require_POST
def send_back(request: ActorRequest, no: str) -> HttpResponse:
    """The reviewer returns the notice with a reason."""
    notice = selectors.access_notice(request.actor, no)
    permissions.require(request.actor, "return_notice")
    form = ReturnForm(request.POST)
    status = 422
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            services.return_notice(no=no, reason=reason, actor=request.actor, clock=system_clock())
        except (Conflict, Invalid) as error:
            status = tell(form, error, request)
            notice = selectors.access_notice(request.actor, no)
        else:
            messages.success(request, _("已退回起草人。"))
            return redirect("notices:queue")
    return show_review(request, notice, approval_form(notice), form, status)
