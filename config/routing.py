"""WebSocket addresses of all apps."""

from typing import Any

from bidding.routing import websocket_urlpatterns as bidding

websocket_urlpatterns: list[Any] = [*bidding]
