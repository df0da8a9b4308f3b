"""The room's socket address."""

from django.urls import re_path

from bidding.consumers import RoomConsumer

websocket_urlpatterns = [
    re_path(r"^ws/rooms/(?P<code>[0-9A-Z]{8})/$", RoomConsumer.as_asgi()),
]
