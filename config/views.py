"""Pages and probes that belong to no app."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from audit.clock import system_clock
from config import checks
from config.context import SIZES, THEMES
from config.forms import SampleForm
from config.middleware import refuse_in_json, speaks_json

DISPLAY = {"theme": THEMES, "size": SIZES}
LOOPBACK = frozenset({"127.0.0.1", "::1"})
YEAR = timedelta(days=365)
PALETTE = "bg surface sunken ink muted rule control brand bid focus lead warn error"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """The process can serve: the database answers and is migrated. A broken ledger is told, and
    serving goes on: whoever damages a row must not be able to stop a sale. So are letters that
    their handlers failed to take, and a clock that stepped: the rooms' pages tell people why."""
    faults, ledger = checks.readiness()
    status = HTTPStatus.SERVICE_UNAVAILABLE if faults else HTTPStatus.OK
    answer = {"ready": not faults, "ledger": ledger, "faults": faults}
    answer |= {} if faults else {**checks.letters_to_tell(), **checks.clock_to_tell()}
    return JsonResponse(answer, status=status)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for a monitor on this machine, in Prometheus' text form."""
    if request.META["REMOTE_ADDR"] not in LOOPBACK:
        raise Http404
    lines = [f"yangguang_{name} {value}\n" for name, value in checks.figures().items()]
    return HttpResponse("".join(lines), content_type="text/plain; version=0.0.4")


@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Keeps the reader's theme and type size in cookies, then goes back; unknown values reset."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    for name, known in DISPLAY.items():
        value = request.POST.get(name)
        if value in known:
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax")
        elif value is not None:
            response.delete_cookie(name, samesite="Lax")
    return response


# ── what Django itself refuses ────────────────────────────────────────────────────────────────


def refusal(request: HttpRequest, status: HTTPStatus, template: str = "") -> HttpResponse:
    """Answers as a page or, to a program, as JSON."""
    if speaks_json(request):
        return refuse_in_json(status)
    return render(request, template or f"errors/{status.value}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """The page asks nothing of the database, which may be what failed."""
    return refusal(request, HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refusal(request, HTTPStatus.FORBIDDEN, "errors/403_csrf.html")


# ── the design system, shown ──────────────────────────────────────────────────────────────────


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component with sample content, in the light, dark and hall themes."""
    form = SampleForm({"organisation": "昭阳建工集团", "uscc": "91530600MA6K", "amount": "1e9"})
    context = {**samples(), "form": form, "page": Paginator(range(312), 25).page(4)}
    return render(request, "config/styleguide.html", context)


def samples() -> dict[str, Any]:
    """Returns invented content for the lists of the style guide."""
    now = system_clock().now()
    return {
        "chips": [
            ("info", _("报名中")),
            ("soon", _("即将截止")),
            ("live", _("直播")),
            ("amended", _("已更正")),
            ("done", _("已成交")),
            ("none", _("流拍")),
            ("stopped", _("已中止")),
            ("publicity", _("公示中")),
            ("archived", _("已归档")),
            ("draft", _("草稿")),
            ("waiting", _("待复核")),
            ("paused", _("已暂停")),
            ("locked", _("保密")),
        ],
        "ends": [now + timedelta(days=3, hours=7), now + timedelta(minutes=2), now],
        "steps": [
            {"label": _("公告"), "state": "done"},
            {"label": _("报名"), "state": "done"},
            {"label": _("竞价"), "state": "done"},
            {"label": _("公示"), "state": "current", "note": _("剩 2 个工作日")},
            {"label": _("签约"), "state": "todo"},
            {"label": _("归档"), "state": "todo"},
        ],
        "events": [
            {"at": now - timedelta(days=23), "title": _("公告第 1 版"), "link": "PDF", "href": "#"},
            {"at": now - timedelta(days=6), "title": _("更正第 2 版"), "state": "warn"},
            {"at": now - timedelta(hours=1), "title": _("限时竞价")},
            {"when": _("待定"), "title": _("签订合同"), "state": "todo"},
        ],
        "tasks": [
            {"label": _("单位信息"), "kind": "done", "status": _("已完成"), "href": "#"},
            {"label": _("缴纳保证金"), "kind": "soon", "status": _("待办"), "href": "#"},
            {"label": _("取得竞买号牌"), "kind": "locked", "status": _("尚不能开始")},
        ],
        "offers": [
            (118, now, "K27", 8_160_000_000, False),
            (117, now - timedelta(seconds=11, milliseconds=191), "A83", 8_140_000_000, True),
            (112, now - timedelta(seconds=54, milliseconds=7), "P05", 8_120_000_000, False),
        ],
        "palette": PALETTE.split(),
    }
