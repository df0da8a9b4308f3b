"""Addresses of rooms."""

from django.urls import path, register_converter

from bidding import api, views


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
    path("rooms/<room_code:code>/", views.room, name="room"),
    path("rooms/<room_code:code>/hall/", views.hall, name="hall"),
    path("rooms/<room_code:code>/control/", views.control, name="control"),
    path("rooms/<room_code:code>/control/health/", views.health, name="health"),
    path("rooms/<room_code:code>/control/<host_act:act>/", views.act, name="act"),
    path("api/rooms/<str:code>/snapshot", api.snapshot, name="snapshot"),
    path("api/rooms/<str:code>/events", api.events, name="events"),
    path("api/rooms/<str:code>/offers", api.offers, name="offers"),
]
