import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.web.http import HTTPFactory

class Server:
    endpoints: Sequence[str]
    http_factory: HTTPFactory
    connections: dict[Any, dict[str, Any]]

    def __init__(
        self,
        application: Callable[..., Any],
        endpoints: Sequence[str] | None = None,
        signal_handlers: bool = True,
        http_timeout: float | None = None,
        websocket_max_message_size: int = ...,
        ping_interval: float = 20,
        ping_timeout: float = 30,
        application_close_timeout: float = 10,
        verbosity: int = 1,
        ready_callable: Callable[[], None] | None = None,
    ) -> None: ...
    def run(self) -> None: ...
    def create_application(
        self, protocol: Any, scope: dict[str, Any]
    ) -> asyncio.Queue[dict[str, Any]] | None: ...
    def kill_all_applications(self) -> Deferred[Any]: ...
