"""The room's socket address."""

from typing import Any

from django.urls import re_path

from bidding.consumers import room_socket

socket: Any = room_socket
websocket_urlpatterns = [re_path(r"^ws/rooms/(?P<code>[^/]{1,64})/$", socket)]
