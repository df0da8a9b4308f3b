"""Serves the project: `manage.py serve --port 8000`, or `--fd N` on a shared socket."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.management.alone import only_server, refuse_taken_name, run_folder, take_port
from config.management.plain import NOT_MIGRATED, waiting_migrations


class Command(BaseCommand):
    """Daphne with our loops; `--demo` prepares the database and the demo world first."""

    help = "Serves HTTP and the rooms' sockets."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int)
        parser.add_argument("--fd", type=int)
        parser.add_argument("--demo", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        from config.serve import serve

        port, fd = options["port"], options["fd"]
        if (port is None) == (fd is None):
            raise CommandError("say either --port or --fd")
        if fd is not None and not settings.IS_SHARED:
            raise CommandError("several processes need DATABASE_URL and REDIS_URL")
        if port is not None and not settings.IS_PRODUCTION and "PUBLIC_ORIGIN" not in os.environ:
            settings.PUBLIC_ORIGIN = os.environ["PUBLIC_ORIGIN"] = f"http://127.0.0.1:{port}"
        listening = take_port(port) if fd is None else socket.socket(fileno=os.dup(fd))
        with listening, self.alone(port):
            if options["demo"]:
                call_command("migrate", verbosity=0)
                call_command("seed_demo", profile="demo")
            elif port is not None and waiting_migrations():
                raise CommandError(NOT_MIGRATED)
            beside = []
            if options["demo"] and settings.DEMO_MODE and port is not None:
                from config.management.demo.stage import keep_robots

                beside.append(lambda: keep_robots(f"http://127.0.0.1:{port}"))
            serve(listening=listening, on_ready=lambda: self.greet(port), beside=beside)

    @contextmanager
    def alone(self, port: int | None) -> Iterator[None]:
        """Those on a shared socket are named by who started them."""
        if port is None:
            yield
            return
        with only_server(port):
            refuse_taken_name(self.pid_file)
            try:
                yield
            finally:
                self.give_up_name()

    @property
    def pid_file(self) -> Path:
        return run_folder() / "web-1.pid"

    def take_name(self) -> None:
        """The single process of the default profile is web-1 as long as it serves."""
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        origin = f"export PUBLIC_ORIGIN='{settings.PUBLIC_ORIGIN}'\n"
        self.pid_file.with_name("env").write_text(origin)
        self.pid_file.write_text(f"{os.getpid()}\n")

    def give_up_name(self) -> None:
        if self.pid_file.exists() and self.pid_file.read_text() == f"{os.getpid()}\n":
            self.pid_file.unlink()
            self.pid_file.with_name("env").unlink(missing_ok=True)

    def greet(self, port: int | None) -> None:
        if port is None:
            return
        self.take_name()
        self.stdout.write(f"\n  {settings.CENTRE_NAME}\n  http://127.0.0.1:{port}/\n")
        if settings.DEMO_MODE:
            from config.management.demo.people import PASSWORD, PEOPLE

            names = " ".join(person.username for person in PEOPLE)
            self.stdout.write(f"  demo sign-ins (password {PASSWORD}):\n  {names}\n")
        self.stdout.flush()
