"""Private PostgreSQL and Redis servers on unix sockets, for tests only.

`PostgresServer` and `RedisServer` start, stop and kill -9 a server of their own in a short folder
under /tmp; nothing of the machine's own services is used. PostgreSQL refuses to run as root: then
it runs as the user `postgres`.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

START_SECONDS = 30
USER = "yangguang"


def postgres_program(name: str) -> str:
    """Returns the newest installed PostgreSQL's program."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    path = str(found[-1]) if found else shutil.which(name)
    if path is None:
        raise RuntimeError("PostgreSQL is missing: run bin/setup test")
    return path


def wait_until(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not start within {START_SECONDS} s")
        time.sleep(0.05)


class Server:
    """One process in a folder of its own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="yg", dir="/tmp"))
        self.folder.chmod(0o755)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self.process is None:
            raise RuntimeError("the server is not running")
        return self.process.pid

    def kill(self) -> None:
        """kill -9, as a failing machine would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(START_SECONDS)
            self.process = None

    def remove(self) -> None:
        """Stops the server and removes its files."""
        self._end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgresServer(Server):
    """A cluster of its own. `url(name)` names a database, `create(name, template)` makes one."""

    def __init__(self, *, is_durable: bool = False) -> None:
        super().__init__()
        self.data = self.folder / "data"
        self.options = [] if is_durable else ["-c", "fsync=off", "-c", "full_page_writes=off"]
        self.identity: dict[str, object] = {}
        if os.getuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.identity = {"user": "postgres", "group": "postgres", "extra_groups": []}
        command = [postgres_program("initdb"), "-D", str(self.data), "-U", USER, "-A", "trust"]
        command += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run(command, check=True)
        self.start()

    def start(self) -> None:
        command = [postgres_program("postgres"), "-D", str(self.data), "-k", str(self.folder)]
        command += ["-c", "listen_addresses=", "-c", "max_connections=80", *self.options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd="/", stdout=log, stderr=log, start_new_session=True, **self.identity
            )
        wait_until(self.is_up, "PostgreSQL")

    def is_up(self) -> bool:
        """Ready; RuntimeError as soon as it stopped while starting: it may be tried again."""
        if self.process is not None and self.process.poll() is not None:
            raise RuntimeError("PostgreSQL stopped while starting")
        return self.is_ready()

    def is_ready(self) -> bool:
        command = [postgres_program("pg_isready"), "-h", str(self.folder), "-q"]
        return self._run([*command, "-d", "postgres", "-U", USER]).returncode == 0

    def url(self, name: str) -> str:
        return f"postgres://{USER}@/{name}?host={self.folder}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Runs one statement as the superuser and returns what psql prints."""
        command = [postgres_program("psql"), "-h", str(self.folder), "-U", USER, "-d", database]
        return self._run(
            [*command, "-AtqX", "-v", "ON_ERROR_STOP=1", "-c", statement], check=True
        ).stdout

    def create(self, name: str, template: str = "template1") -> None:
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")

    def drop(self, name: str) -> None:
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _run(self, command: list[str], *, check: bool = False) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            command, cwd="/", capture_output=True, text=True, check=False, **self.identity
        )
        if check and result.returncode:
            raise RuntimeError(f"{' '.join(command[-2:])}: {result.stderr}")
        return result


class RedisServer(Server):
    """A Redis of its own; `url` is its unix socket."""

    def __init__(self) -> None:
        super().__init__()
        self.socket = self.folder / "redis.sock"
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        command += ["--appendonly", "no", "--dir", str(self.folder), "--loglevel", "warning"]
        self.socket.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd="/", stdout=log, stderr=log, start_new_session=True
            )
        wait_until(self.socket.exists, "Redis")

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
