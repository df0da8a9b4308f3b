"""What one process may hold at a time: a port, the database of the default profile, a name.

Each is asked for before anything is prepared, and refused in one sentence that says what to do."""

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

BACKLOG = 1024


def take_port(port: int) -> socket.socket:
    """A socket that listens on this machine's own address. Who connects waits until we serve."""
    if not 1 <= port <= 65535:
        raise CommandError(f"--port must be a number from 1 to 65535, not {port}.")
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise CommandError(port_refused(port, error)) from None
    return listening


def port_refused(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use. Choose another with --port, or stop what listens there."
    if error.errno == errno.EACCES:
        return f"Port {port} needs root. Choose one above 1023 with --port."
    return f"Port {port} cannot be used: {error.strerror}. Choose another with --port."


@contextmanager
def only_server(port: int | None) -> Iterator[None]:
    """Held as long as this process serves the SQLite database; CommandError while another does.
    The system lets go of it when a process ends, however it ends. PostgreSQL is shared by many."""
    if connection.vendor != "sqlite":
        yield
        return
    path = Path(f"{settings.DATABASES['default']['NAME']}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "another process"
            raise CommandError(
                f"This database is served already, by {holder}. Stop that one first; several"
                " servers need DATABASE_URL and REDIS_URL."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on port {port}\n")
        lock.flush()
        yield


def run_folder() -> Path:
    """Where the running processes' names and addresses stand."""
    return Path(settings.VAR_DIR) / "run"


def served_origin() -> str:
    """The site's address: as it is set, else that of the server that runs here."""
    env = run_folder() / "env"
    if "PUBLIC_ORIGIN" not in os.environ and env.exists():
        for line in env.read_text().splitlines():
            name, _equals, value = line.removeprefix("export ").partition("=")
            if name == "PUBLIC_ORIGIN":
                return value.strip("'")
    return str(settings.PUBLIC_ORIGIN)


def refuse_taken_name(pid_file: Path) -> None:
    """CommandError while a living process of this project goes by that name."""
    pid = pid_file.read_text().strip() if pid_file.exists() else ""
    if pid.isdigit() and int(pid) != os.getpid() and "manage.py" in command_line(pid):
        raise CommandError(f"{pid_file.stem} runs already (process {pid}). Stop it first.")


def command_line(pid: str) -> str:
    """How that process was started; "" when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (OSError, UnicodeDecodeError):
        return ""
