"""Serving: our own start of Daphne, so that loops begin with it and its protocols are known.

One listening socket may be shared by several processes. On the default profile the
timekeeper and the relay run inside; in production each is a process of its own."""

import asyncio
import itertools
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from django.db import connection
from twisted.internet.defer import Deferred

from audit.relay import relay_forever
from bidding.hub import hub
from bidding.sequencer.committer import sequencer
from bidding.sequencer.store import own_connection
from bidding.services.outage import beat
from bidding.transport import SCOPE_KEY
from config import checks, timekeeper

logger = logging.getLogger(__name__)
LARGEST_FRAME = 65_536
HEARTBEAT_SECONDS = 1.0
LEDGER_BEATS = 5
"""How many beats lie between two looks at the ledger's state for the pages."""
ANSWER_SECONDS = 5.0
"""How long requests under way may take after TERM, so that a server may be stopped by day."""
TASKS_SECONDS = 3.0
LEAVE_SECONDS = 15.0
"""After so long, what still runs is left behind."""

Work = Callable[[], Coroutine[Any, Any, None]]
Inbox = asyncio.Queue[dict[str, Any]]


class OurServer(Server):
    """Daphne that tells each socket's application which protocol it speaks through, and that lets
    requests under way be answered before it ends."""

    port: Any = None
    """Twisted's listening port, once there is one."""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Inbox | None:
        if scope["type"] == "websocket":
            scope[SCOPE_KEY] = protocol
        return super().create_application(protocol, scope)

    def kill_all_applications(self) -> "Deferred[Any]":
        """Called before the loop ends, which waits for the answer. Daphne's own goes on as soon as
        the first of many has ended: the thread of a request would then wait for the loop for ever
        and the process with it."""
        return Deferred.fromFuture(asyncio.ensure_future(self.finish()))

    async def finish(self) -> None:
        """Takes nobody in any more, sends sockets away, waits for requests; what is late is cut
        off: whoever asked it asks again."""
        if self.port is not None:
            self.port.stopListening()
        requests = set[asyncio.Future[Any]]()
        for protocol, details in list(self.connections.items()):
            application = details.get("application_instance")
            if application is None or application.done():
                continue
            requests.add(application)
            if isinstance(protocol, WebSocketProtocol):
                application.cancel()
                protocol.dropConnection()  # the client comes back, to whoever serves then
        if requests:
            _done, late = await asyncio.wait(requests, timeout=ANSWER_SECONDS)
            for application in late:
                application.cancel()


class Loops:
    """The tasks that live as long as the server."""

    def __init__(self, beside: Sequence[Work] = ()) -> None:
        self.beside = beside
        self.stop = threading.Event()
        self.tasks: list[asyncio.Task[None]] = []
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        """Called in the server's own loop once it listens."""
        loop = asyncio.get_event_loop()
        found = hub()
        work = [found.watch(), found.guard()]
        work += [start() for start in self.beside]
        if settings.REDIS_URL:
            work.append(found.listen())
        self.run(heartbeats, "heartbeat")
        self.run(ticks, "ticks")
        if not settings.IS_SHARED:
            work.append(relay_forever())
            self.run(timekeeper.run_until, "timekeeper")
        self.tasks = [loop.create_task(item) for item in work]
        sequencer.start()

    def run(self, target: Callable[[threading.Event], None], name: str) -> None:
        thread = threading.Thread(target=target, args=(self.stop,), name=name, daemon=True)
        thread.start()
        self.threads.append(thread)

    def end(self) -> None:
        self.stop.set()
        sequencer.stop()
        for thread in self.threads:
            thread.join(timeout=2)
        loop = asyncio.get_event_loop()
        loop.run_until_complete(self.end_tasks())

    async def end_tasks(self) -> None:
        """The server's loop has stopped; it runs once more, so that what waits for it can end:
        our own tasks with their child processes, and threads of requests that were cut off."""
        for task in self.tasks:
            task.cancel()
        until = time.monotonic() + TASKS_SECONDS
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            if time.monotonic() >= until:
                break
            await asyncio.wait(others, timeout=0.1)


def leave_soon(code: int) -> None:
    """A thread that waits for what never comes must not keep the process: everything is committed
    or rolled back, and whoever has no answer asks again. Does nothing if all ends by itself."""

    def leave() -> None:
        logger.warning("left behind", extra={"threads": [t.name for t in threading.enumerate()]})
        os._exit(code)

    last = threading.Timer(LEAVE_SECONDS, leave)
    last.daemon = True
    last.start()


def ticks(stop: threading.Event) -> None:
    """Closes rooms on time from every serving process; the first one closes, the others see it."""
    if not settings.IS_SHARED:
        return  # the timekeeper inside does it
    own_connection()
    while not stop.is_set():
        try:
            timekeeper.tick_rooms()
        except Exception:
            logger.exception("rooms could not be looked at")
            connection.close()  # a dead one must not stay this thread's own
            stop.wait(1)
        stop.wait(timekeeper.TURN_SECONDS)


def heartbeats(stop: threading.Event) -> None:
    """One row a second: a quiet room commits nothing by itself. A thread and a connection of its
    own: no crowd of sockets or requests may make this house look dead."""
    own_connection()
    name = f"{os.uname().nodename}:{os.getpid()}"
    beats = itertools.count()
    while not stop.is_set():
        try:
            beat(name)
            if next(beats) % LEDGER_BEATS == 0:
                checks.note_ledger()
        except Exception:
            logger.exception("no heartbeat")
            connection.close()
        stop.wait(HEARTBEAT_SECONDS)
    connection.close()


def serve(
    *,
    listening: socket.socket,
    on_ready: Callable[[], None],
    beside: Sequence[Work] = (),
) -> None:
    """Serves on that socket until TERM; then ends its loops and what runs `beside` them."""
    from config.asgi import application

    loops = Loops(beside)

    def ready() -> None:
        from twisted.internet import reactor

        # Daphne calls this before its loop runs; the tasks belong inside it.
        call_later: Any = reactor.callLater
        call_later(0, loops.start)
        call_later(0, on_ready)

    server = OurServer(
        application=application,
        endpoints=["tcp:port=0"],
        ready_callable=ready,
        signal_handlers=True,
        websocket_max_message_size=LARGEST_FRAME,
        ping_interval=20,
        ping_timeout=30,
        http_timeout=120,
        application_close_timeout=3,
        verbosity=0,
    )
    adopt(server, listening)
    code = 1
    try:
        server.run()
        code = 0
    finally:
        leave_soon(code)
        loops.end()


def adopt(server: OurServer, listening: socket.socket) -> None:
    """Listens on a socket that is open already, perhaps a parent's that other web processes share,
    and on no other. Daphne refuses to be made without an endpoint, so the one it was given is
    taken away."""
    from twisted.internet import reactor

    server.endpoints = []
    listening.setblocking(False)

    def listen() -> None:
        server.port = reactor.adoptStreamPort(
            listening.fileno(), socket.AF_INET, server.http_factory
        )

    reactor.callWhenRunning(listen)
