"""The product's processes as `make full` and `make run` start them, to be killed by tests."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.servers import PostgresServer

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 120.0


class Stack:
    """Processes on one listening socket that outlives them."""

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        self.folder = folder
        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen(512)
        self.listening.set_inheritable(True)
        self.port: int = self.listening.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.env = {**env, "YANGGUANG_MODE": "test", "PUBLIC_ORIGIN": self.base}
        self.env |= {"YANGGUANG_VAR": str(folder), "LOG_LEVEL": "WARNING"}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str, program: str = "manage.py") -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, program, *command],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=log,
                pass_fds=() if self.listening.fileno() < 0 else (self.listening.fileno(),),
            )

    def start_web(self, name: str) -> None:
        self.start(name, "serve", "--fd", str(self.listening.fileno()))

    def start_alone(self) -> None:
        """The one process of the default profile, on a port of its own number."""
        self.listening.close()
        self.start("web-1", "serve", "--port", str(self.port))

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.env, check=True, stdout=subprocess.PIPE
        )
        return done.stdout.decode()

    def seed(self, seconds: float, seats: int, watchers: int) -> dict[str, Any]:
        plan: dict[str, Any] = json.loads(
            self.run("-m", "tests.faults.seed", str(seconds), str(seats))
        )
        return {**plan, "ws": self.base.replace("http", "ws"), "watchers": watchers}

    def send_clients(self, plan: Mapping[str, Any]) -> Path:
        (self.folder / "plan.json").write_text(json.dumps(plan))
        log = self.folder / "clients.jsonl"
        paths = (str(self.folder / "plan.json"), str(log))
        self.start("clients", *paths, program="tests/faults/clients.py")
        return log

    def kill(self, name: str) -> None:
        """kill -9, as a failing machine would."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def wait_ready(self) -> None:
        def is_ready() -> bool:
            address = ("127.0.0.1", self.port)
            with suppress(OSError), socket.create_connection(address, 2) as probe:
                probe.settimeout(2)
                probe.sendall(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
                return b" 200 " in probe.recv(64)
            return False

        wait_for(is_ready, "the web processes")

    def wait_clients(self) -> None:
        assert self.processes.pop("clients").wait(120) == 0

    def end(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(6)
            if process.poll() is None:
                process.kill()
                process.wait()
        self.listening.close()

    def logs(self) -> str:
        """What the processes said, for a failed test's reader."""
        paths = sorted(self.folder.glob("*.log"))
        return "\n".join(f"== {path.name}\n{path.read_text()[-3000:]}" for path in paths)


def wait_for(holds: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.05)


def acks_in(log: Path) -> int:
    return log.read_text().count('"what": "ack"') if log.exists() else 0


def wait_for_acks(log: Path, more: int, what: str) -> None:
    """Waits until so many further offers were acknowledged."""
    wanted = acks_in(log) + more
    wait_for(lambda: acks_in(log) >= wanted, what)


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.endswith("_URL")}


def restart(server: PostgresServer) -> None:
    """Starts again on the same data; the dead one's children may need a moment to be gone."""

    def try_to() -> bool:
        try:
            server.start()
        except RuntimeError:
            server.process = None
            return False
        return True

    wait_for(try_to, "PostgreSQL after kill -9")
