"""The public replay of a room that has ended: its record, for reading and for playing it again."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import ActorRequest
from bidding import projection, selectors
from bidding.protocol import Malformed, parse_after
from bidding.rules.state import FINAL
from bidding.sequencer.guard import guard
from bidding.views.rooms import UNITS


@require_safe
@never_cache
def replay(request: ActorRequest, code: str) -> HttpResponse:
    """What everybody may see of it, whoever asks: plates, no refused attempt, no reserve."""
    room = selectors.access_room(code)
    book = selectors.read_book(room)
    is_over = book.state.phase in FINAL
    context: dict[str, Any] = {
        "code": code,
        "title": room.title,
        "unit": UNITS[room.unit],
        "is_over": is_over,
        "here": reverse("bidding:replay", args=[code]),
        "room_url": reverse("bidding:room", args=[code]),
        "lot_url": f"/lots/{room.origin_no}/" if room.origin_no else None,
        "feed": f"/api/rooms/{code}/events",
    }
    if is_over:
        snapshot = projection.snapshot(room, book, None, guard.look().now, [])
        context |= {"snapshot": snapshot, **page_of(room, request.GET.get("after", ""))}
        context["setup"] = {"unit": context["unit"], "feed": context["feed"], "published": snapshot}
    return render(request, "bidding/replay.html", context)


def page_of(room: Any, after: str) -> dict[str, Any]:
    """The events after a number, as many as the feed gives at once; what is no number is none."""
    try:
        first = parse_after(after or "0")
    except Malformed:
        first = 0
    events, more = selectors.list_events(room, first)
    return {
        "events": events,
        "next_after": events[-1]["seq"] if more else None,
        "before_after": max(0, first - selectors.PAGE) if first else None,
    }
