"""WebSocket addresses of all apps."""

from channels.routing import URLRouter

from bidding.routing import websocket_urlpatterns as bidding
from config.middleware import with_request_id

websocket_application = with_request_id(URLRouter([*bidding]))
