"""Addresses of rooms."""

from django.urls import path, register_converter

from bidding import api
from bidding.views import check, presets, replay, rooms


class RoomCode:
    """Eight characters of Crockford's base32."""

    regex = "[0-9A-HJKMNP-TV-Z]{8}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class HostAct:
    """What a host can do, and the second person of an abort."""

    regex = "open|announce|pause|resume|ask_abort|withdraw_abort|confirm_abort|decline_abort"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(RoomCode, "room_code")
register_converter(HostAct, "host_act")
app_name = "bidding"
urlpatterns = [
    path("rooms/check/", check.check, name="check"),
    path("rooms/check/now", check.now, name="check_now"),
    path("rooms/<room_code:code>/", rooms.room, name="room"),
    path("rooms/<room_code:code>/hall/", rooms.hall, name="hall"),
    path("rooms/<room_code:code>/replay/", replay.replay, name="replay"),
    path("rooms/<room_code:code>/control/", rooms.control, name="control"),
    path("rooms/<room_code:code>/control/health/", rooms.health, name="health"),
    path("rooms/<room_code:code>/control/<host_act:act>/", rooms.act, name="act"),
    path("staff/presets/", presets.desk, name="presets"),
    path("staff/presets/<str:code>/new/", presets.propose, name="propose_preset"),
    path("staff/presets/proposals/<int:pk>/", presets.proposal, name="preset_proposal"),
    path("staff/presets/proposals/<int:pk>/approve/", presets.approve, name="approve_preset"),
    path("staff/presets/proposals/<int:pk>/reject/", presets.reject, name="reject_preset"),
    path("api/rooms/<str:code>/snapshot", api.snapshot, name="snapshot"),
    path("api/rooms/<str:code>/events", api.events, name="events"),
    path("api/rooms/<str:code>/offers", api.offers, name="offers"),
]
