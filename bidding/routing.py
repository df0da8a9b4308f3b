"""The room's socket address; every other one leads nowhere."""

from typing import Any

from django.urls import re_path

from bidding.consumers import nowhere, room_socket

socket: Any = room_socket
elsewhere: Any = nowhere
websocket_urlpatterns = [
    re_path(r"^ws/rooms/(?P<code>[0-9A-HJKMNP-TV-Z]{8})/$", socket),
    re_path(r"", elsewhere),
]
