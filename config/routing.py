"""WebSocket addresses of all apps."""

from typing import Any

websocket_urlpatterns: list[Any] = []
