"""A whole centre for a journey: its own folder, port and clock, on either profile.

`default`: one process on SQLite. `full`: PostgreSQL, Redis, Celery, two web processes, as
`make full` starts them. Everything ends with `stop`."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shutil import rmtree

import httpx

from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
STOP_SECONDS = 30


class Centre:
    """A running centre whose legal clock the journey may move; `language` is its visitors'."""

    def __init__(self, profile: str, language: str = "zh-hans") -> None:
        self.profile, self.language = profile, language
        self.folder = Path(tempfile.mkdtemp(prefix="ygj", dir="/tmp"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        keep = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
        self.env = {
            **keep,
            "YANGGUANG_MODE": "test",
            "YANGGUANG_VAR": str(self.folder),
            "TEST_CLOCK": "1",
            "PUBLIC_ORIGIN": self.url,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self.profile == "full":
            self.launch("bin/full", "--port", str(self.port), "--empty")
        else:
            self.manage("migrate", "-v0")
            self.manage("seed_demo", "--profile", "e2e")
            self.launch("manage.py", "serve", "--port", str(self.port))
        self.wait_until_ready()
        if self.profile == "full":
            self.read_env()
            self.manage("seed_demo", "--profile", "e2e")

    def launch(self, *command: str) -> None:
        log = (self.folder / "centre.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=self.env, stdout=log, stderr=log
        )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((self.folder / "centre.log").read_text()[-4000:])
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)

    def read_env(self) -> None:
        """Takes over the addresses of the servers that the profile started."""
        for line in (self.folder / "run" / "env").read_text().splitlines():
            name, _equals, value = line.removeprefix("export ").partition("=")
            self.env[name] = value.strip("'")

    def manage(self, *arguments: str) -> str:
        """Runs one of the product's own commands beside the server; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        rmtree(self.folder, ignore_errors=True)
