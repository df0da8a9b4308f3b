"""The room over plain HTTP: snapshot, events, offers. The same answers as the socket."""

import logging
import threading
from http import HTTPStatus
from typing import Any

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts.middleware import ActorRequest
from bidding import projection, selectors
from bidding.limits import sender_of
from bidding.permissions import is_own_origin
from bidding.protocol import (
    MAX_BYTES,
    Malformed,
    parse_after,
    parse_join,
    parse_object,
    parse_offer,
)
from bidding.rules import commands as c
from bidding.sequencer.books import Act, Frame, refused_frame, unknown_frame
from bidding.sequencer.committer import sequencer
from bidding.sequencer.guard import guard

STATUS = {"not_seated": 403, "too_fast": 429}
WAIT_SECONDS = 10.0
logger = logging.getLogger(__name__)
JSON = {"ensure_ascii": False}


@require_safe
@never_cache
def snapshot(request: ActorRequest, code: str) -> JsonResponse:
    """The room as the actor may see it."""
    room = selectors.access_room(code)
    seat = selectors.find_seat(room, request.actor)
    now = guard.look().now
    book = selectors.read_book(room)
    shown = projection.snapshot(room, book, seat, now, list(book.offers))
    return JsonResponse(shown, json_dumps_params=JSON)


@require_safe
@never_cache
def events(request: HttpRequest, code: str) -> JsonResponse:
    """At most 500 events after a `seq`."""
    room = selectors.access_room(code)
    try:
        after = parse_after(request.GET.get("after", "0"))
    except Malformed as wrong:
        text = projection.malformed_message(wrong.what)
        return refuse("bad_after", text, HTTPStatus.BAD_REQUEST)
    found, more = selectors.list_events(room, after)
    body: dict[str, Any] = projection.events_frame(found, min(after, room.seq), guard.look().now)
    return JsonResponse({**body, "more": more}, json_dumps_params=JSON)


@csrf_exempt
@require_POST
@never_cache
def offers(request: ActorRequest, code: str) -> JsonResponse:
    """An offer, or with `"join": true` the answer to the inquiry."""
    selectors.access_room(code)
    origin = request.headers.get("Origin", "")
    if not is_own_origin(origin, request.get_host(), request.scheme or ""):
        text = _("请求须带有本网站的 Origin 标头；来自其他网站的请求不予受理。")
        return refuse("bad_origin", text, HTTPStatus.FORBIDDEN)
    if not request.actor.is_signed_in:
        return refuse_signed_out()
    try:
        command, token = read_command(request)
    except Malformed as wrong:
        logger.info("malformed frame", extra={"room": code, "what": wrong.what})
        text = projection.malformed_message(wrong.what)
        return refuse("malformed", text, 422, refused_frame(wrong.token, "malformed", None))
    return answer(ask(request, code, command, token))


def read_command(request: HttpRequest) -> tuple[c.Command, str]:
    if len(request.body) > MAX_BYTES:
        raise Malformed("size")
    values = parse_object(request.body)
    if values.get("join") is True:
        return c.Join(None), parse_join(values).token
    frame = parse_offer(values)
    return c.Offer(None, frame.amount_fen), frame.token


def ask(request: ActorRequest, code: str, command: c.Command, token: str) -> Frame:
    """Queues the command and waits for the commit; an unknown result is asked for again under
    the same token."""
    session_key = request.session.session_key or ""
    sender = sender_of(session_key)
    if not sender.admit():
        return refused_frame(token, "too_fast", None)
    done = threading.Event()
    box: list[Frame] = []

    def reply(frame: Frame) -> None:
        sender.answered(frame.get("type"))
        box.append(frame)
        done.set()

    act = Act(command, token, request.actor.user_id, session_key, reply=reply)
    sequencer.submit(code, act)
    give_back()
    if not done.wait(WAIT_SECONDS) or not box:
        return unknown_frame(token)
    return box[0]


def give_back() -> None:
    """Who waits for the committer keeps no connection from others meanwhile."""
    if not connection.in_atomic_block:
        connection.close()


def answer(frame: Frame) -> JsonResponse:
    """The frame with the contract's status."""
    kind = frame["type"]
    if kind == "signed_out":
        return refuse_signed_out()
    if kind == "unknown":
        text = _("报价结果尚未确定，请用同一报价编号再次提交。")
        return refuse("unknown", text, HTTPStatus.SERVICE_UNAVAILABLE, frame)
    if kind == "ack":
        return JsonResponse(frame)
    code = str(frame["code"])
    return refuse(code, projection.refusal_message(code), STATUS.get(code, 409), frame)


def refuse_signed_out() -> JsonResponse:
    text = _("您尚未登录，或登录已失效：请登录后再试。")
    return refuse("signed_out", text, HTTPStatus.UNAUTHORIZED)


def refuse(code: str, text: str, status: int, frame: Frame | None = None) -> JsonResponse:
    """Every refusal has a code and a sentence; one of a command has its frame's fields too."""
    shown = {**(frame or {}), "error": code, "message": text}
    return JsonResponse(shown, status=status, json_dumps_params=JSON)
