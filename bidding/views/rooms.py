"""The room's pages: for bidders and watchers, for the host, for the screen in the hall."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware import ActorRequest
from accounts.selectors import name_of
from bidding import permissions, projection, selectors
from bidding.hub import is_channel_up
from bidding.sequencer.guard import guard
from bidding.services import rooms
from documents.projection import qr_code
from documents.selectors import list_documents
from kernel.clock import iso_ms
from kernel.errors import Invalid
from law.data import setting

STEP_COUNTS = (1, 2, 5)
GRACE = timedelta(seconds=2)
ACTIONS = {
    "open": "open_room",
    "announce": "announce",
    "pause": "pause_room",
    "resume": "resume_room",
    "ask_abort": "ask_abort",
    "withdraw_abort": "withdraw_abort",
    "confirm_abort": "confirm_abort",
    "decline_abort": "decline_abort",
}
"""Each act of the console and the row of the table that allows it."""
UNITS = {"wan": "万元", "yuan": "元"}


def context_of(request: ActorRequest, room: Any, seat: Any) -> dict[str, Any]:
    """What all three pages need."""
    now = guard.look().now
    book = selectors.read_book(room)
    recent = selectors.list_recent_offers(room)
    code = room.code
    snapshot = projection.snapshot(room, book, seat, now, recent)
    urls = urls_of(request, room)
    unit = UNITS[room.unit]
    return {
        "lot": {
            "title": room.title,
            "no": room.origin_no,
            "unit": unit,
        },
        "code": code,
        "snapshot": snapshot,
        "seat": seat.plate if seat else None,
        "news": selectors.list_recent_news(room),
        "urls": urls,
        "step_counts": STEP_COUNTS,
        "setup": {
            "code": code,
            "unit": unit,
            "seat": seat.plate if seat else None,
            "urls": urls,
        },
    }


def urls_of(request: ActorRequest, room: Any) -> dict[str, str | None]:
    """Where the page and its script go from here."""
    code = room.code
    here = reverse("bidding:room", args=[code])
    return {
        "ws": f"/ws/rooms/{code}/",
        "api": f"/api/rooms/{code}/",
        "room": here,
        "hall": reverse("bidding:hall", args=[code]),
        "replay": reverse("bidding:replay", args=[code]),
        "control": control_url(request, code),
        "lot": f"/lots/{room.origin_no}/" if room.origin_no else None,
        "login": None if request.actor.is_signed_in else login_url(here),
        # A session may end while the page is open: the way back in is always there.
        "sign_in": login_url(here),
    }


def control_url(request: ActorRequest, code: str) -> str | None:
    if not permissions.may(request.actor, "see_control"):
        return None
    return reverse("bidding:control", args=[code])


def login_url(page: str) -> str:
    """Where to sign in; afterwards back to the page."""
    return f"{reverse(settings.LOGIN_URL)}?next={page}"


@require_safe
@never_cache
@ensure_csrf_cookie
def room(request: ActorRequest, code: str) -> HttpResponse:
    """The bidder's room, or the same page without the bid zone for everybody else."""
    found = selectors.access_room(code)
    seat = selectors.find_seat(found, request.actor)
    context = context_of(request, found, seat)
    context["papers"] = papers_of(request, found)
    return render(request, "bidding/room.html", context)


def papers_of(request: ActorRequest, found: Any) -> list[dict[str, str]]:
    """The papers this person may fetch once the room has ended."""
    if found.due_at is not None or not found.origin_no:
        return []
    papers = list_documents(request.actor, found.origin_no)
    return [
        {"label": paper.title, "url": reverse("documents:document", args=[paper.code])}
        for paper in papers
    ]


@require_safe
@never_cache
def hall(request: ActorRequest, code: str) -> HttpResponse:
    """The big screen; whoever sees it may watch along on a phone."""
    found = selectors.access_room(code)
    context = context_of(request, found, None)
    context["along"] = qr_code(settings.PUBLIC_ORIGIN + context["urls"]["room"])
    return render(request, "bidding/hall.html", context)


@require_safe
@never_cache
@ensure_csrf_cookie
def control(request: ActorRequest, code: str) -> HttpResponse:
    """The host's console: declare, announce, pause, resume; nothing that could bend a sale."""
    permissions.require(request.actor, "see_control")
    return show_control(request, code)


def show_control(
    request: ActorRequest,
    code: str,
    errors: dict[str, object] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    found = selectors.access_room(code)
    context = context_of(request, found, None)
    for act, action in ACTIONS.items():
        may_act = permissions.may(request.actor, action)
        context["urls"][act] = reverse("bidding:act", args=[code, act]) if may_act else None
    context["abort"] = abort_of(request, found)
    context["is_declared"] = selectors.read_book(found).state.sealed.is_declared
    context["urls"]["sign_in"] = login_url(reverse("bidding:control", args=[code]))
    context["urls"]["health"] = reverse("bidding:health", args=[code])
    context["health"] = health_of(found)
    context["desk"] = desk_of(found)
    context["form_errors"] = errors or {}
    context["form_values"] = request.POST.dict()
    return render(request, "bidding/control.html", context, status=status)


def abort_of(request: ActorRequest, found: Any) -> dict[str, Any]:
    """The request to abort that waits, or what became of the last one."""
    now = guard.look().now
    waiting = selectors.find_abort_request(found, now)
    return {
        "request": waiting,
        "asked_at": iso_ms(waiting.at) if waiting else "",
        "asker": name_of(waiting.by) if waiting else "",
        "is_own": waiting is not None and waiting.by == request.actor.id,
        "last": selectors.find_abort_answer(found, now),
        "minutes": setting("abort_confirm_minutes"),
    }


def health_of(found: Any) -> dict[str, Any]:
    """The health strip: no plates, no counts of bidders. `late_ms`: how long ago something should
    have happened by the clock. `clock`: what the guard says of it."""
    started = monotonic()
    now = guard.look().now
    connection.ensure_connection()
    late = now - found.due_at if found.due_at else GRACE
    return {
        "database_ms": round((monotonic() - started) * 1000),
        "channel": "redis" if settings.REDIS_URL else "memory",
        "channel_ok": is_channel_up(),
        "seq": found.seq,
        "late_ms": round(late.total_seconds() * 1000) if late > GRACE else 0,
        "clock": guard.state(),
    }


def desk_of(found: Any) -> dict[str, Any]:
    """Those who have offered, and what of theirs was refused."""
    return projection.desk_fields(selectors.list_quotes(found), selectors.list_attempts(found))


@require_safe
@never_cache
def health(request: ActorRequest, code: str) -> JsonResponse:
    permissions.require(request.actor, "see_control")
    found = selectors.access_room(code)
    return JsonResponse({**health_of(found), "desk": desk_of(found)})


@require_POST
def act(request: ActorRequest, code: str, act: str) -> HttpResponseBase:
    """One act of the host. A refusal is told in words; nothing is half done."""
    selectors.access_room(code)
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        refusal = perform(request, code, act)
    except Invalid as wrong:
        if not wants_json:
            return show_control(request, code, wrong.fields, HTTPStatus.UNPROCESSABLE_ENTITY)
        fields = {name: str(text) for name, text in wrong.fields.items()}
        message = " ".join(fields.values())
        return JsonResponse({"error": wrong.code, "message": message, "fields": fields}, status=422)
    if refusal is not None:
        text = projection.act_refusal_message(refusal.code)
        if wants_json:
            return JsonResponse({"error": refusal.code, "message": text}, status=409)
        return show_control(request, code, {"": text}, HTTPStatus.CONFLICT)
    if wants_json:
        return HttpResponse(status=204)
    return redirect("bidding:control", code=code)


def perform(request: ActorRequest, code: str, act: str) -> Any:
    given = request.POST.get
    who: dict[str, Any] = {"room_code": code, "actor": request.actor}
    asked_at, reason = given("asked_at", ""), given("decline_reason", "")
    calls: dict[str, Callable[[], Any]] = {
        "open": partial(rooms.open_room, **who),
        "announce": partial(rooms.announce, text=given("text", ""), **who),
        "pause": partial(rooms.pause_room, reason=given("reason", ""), **who),
        "resume": partial(rooms.resume_room, **who),
        "ask_abort": partial(rooms.ask_abort, reason=given("abort_reason", ""), **who),
        "withdraw_abort": partial(rooms.withdraw_abort, **who),
        "confirm_abort": partial(rooms.confirm_abort, asked_at=asked_at, **who),
        "decline_abort": partial(rooms.decline_abort, asked_at=asked_at, reason=reason, **who),
    }
    return calls[act]()
