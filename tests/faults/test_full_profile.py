"""`make full`: the production profile started, used, hurt and stopped as an operator would."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.architecture.measures import ROOT

PATIENCE_S = 120
OURS = ("web-1", "web-2", "worker", "timekeeper", "relay")
ALL = (*OURS, "postgres", "redis")
DRAWN = "SELECT count(*) FROM documents_document"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(is_so: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_S} s"
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    """Whether the process is there; a dead one that nobody has waited for yet is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Stack:
    """`bin/full` with a folder and a port of its own."""

    def __init__(self, var: Path) -> None:
        self.var, self.port = var, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = {key: value for key, value in os.environ.items() if not key.endswith("_URL")}
        env |= {"YANGGUANG_VAR": str(var), "YANGGUANG_MODE": "demo", "SQLITE_PATH": "/nonexistent"}
        env["PUBLIC_ORIGIN"] = self.url
        self.env = env
        self.log = (var / "full.out").open("w+")
        command = [sys.executable, "bin/full", "--port", str(self.port), "--empty"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL
        )

    def output(self) -> str:
        self.log.flush()
        return (self.var / "full.out").read_text()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.output()
        return "Ready:" in self.output()

    def pid(self, name: str) -> int:
        return int((self.var / "run" / f"{name}.pid").read_text())

    def urls(self) -> dict[str, str]:
        """What the file for operators says."""
        lines = (self.var / "run" / "env").read_text().splitlines()
        pairs = (line.removeprefix("export ").partition("=") for line in lines)
        return {name: value.strip("'") for name, _sign, value in pairs}

    def manage(self, *arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        env = {**self.env, **self.urls()}
        subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, timeout=200)

    def count(self, sql: str) -> int:
        with psycopg.connect(
            self.urls()["DATABASE_URL"].replace("postgres", "postgresql", 1)
        ) as db:
            row = db.execute(sql).fetchone()
        return int(row[0]) if row else 0

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    var = tmp_path_factory.mktemp("full")
    made = Stack(var)
    try:
        until(made.is_ready, "ready")
        made.manage("seed_demo", "--profile", "e2e", "--lot", "FULL")
        yield made
    finally:
        made.stop()
        name = var / "full" / "cluster_name"
        if name.exists():
            shutil.rmtree(Path("/var/lib/yangguang-full") / name.read_text(), ignore_errors=True)


def get(stack: Stack, path: str = "/readyz") -> int:
    try:
        return httpx.get(stack.url + path, timeout=5).status_code
    except httpx.TransportError:
        return 0


def test_it_is_ready_and_says_where(stack: Stack) -> None:
    assert get(stack) == 200
    assert {"DATABASE_URL", "REDIS_URL", "PUBLIC_ORIGIN"} <= set(stack.urls())
    assert all(is_alive(stack.pid(name)) for name in ALL)


def test_a_person_signs_in(stack: Stack) -> None:
    with httpx.Client(base_url=stack.url, timeout=20) as client:
        client.get("/accounts/login/")
        form = {
            "login": "bidA",
            "password": "yangguang-demo",
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        answer = client.post("/accounts/login/", data=form, headers={"Origin": stack.url})

        assert (answer.status_code, answer.headers["Location"]) == (302, "/my/")
        assert client.get("/my/").status_code == 200


@pytest.mark.parametrize("stopped", ["web-1", "web-2"])
def test_each_web_process_answers_without_the_other(stack: Stack, stopped: str) -> None:
    os.kill(stack.pid(stopped), signal.SIGSTOP)
    try:
        until(lambda: get(stack) == 200, "an answer of the other process")
    finally:
        os.kill(stack.pid(stopped), signal.SIGCONT)


def test_the_worker_draws_papers(stack: Stack) -> None:
    until(lambda: stack.count(DRAWN) >= 3, "three papers drawn and signed")


@pytest.mark.parametrize("name", OURS)
def test_one_of_ours_that_dies_is_started_again(stack: Stack, name: str) -> None:
    before = stack.pid(name)

    os.kill(before, signal.SIGKILL)

    until(lambda: stack.pid(name) != before and is_alive(stack.pid(name)), f"{name} again")
    until(lambda: get(stack) == 200, "the site")


def test_a_second_stack_in_the_same_folder_is_refused(stack: Stack) -> None:
    command = [sys.executable, "bin/full", "--port", str(free_port()), "--empty"]
    second = subprocess.run(
        command, cwd=ROOT, env=stack.env, capture_output=True, text=True, check=False, timeout=60
    )

    assert second.returncode != 0
    assert "is running already" in second.stderr
    assert get(stack) == 200


def test_a_port_in_use_is_told_before_anything_starts(stack: Stack, tmp_path: Path) -> None:
    command = [sys.executable, "bin/full", "--port", str(stack.port), "--empty"]
    env = {**stack.env, "YANGGUANG_VAR": str(tmp_path)}
    second = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60
    )

    assert f"Port {stack.port} is in use" in second.stderr
    assert list((tmp_path / "run").iterdir()) == []


def test_a_port_that_is_none_is_refused() -> None:
    for port in ("0", "99999", "http"):
        command = [sys.executable, "bin/full", "--port", port]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert answer.returncode == 2
        assert "from 1 to 65535" in answer.stderr


def test_nobody_else_of_the_machine_reaches_the_stores(stack: Stack) -> None:
    redis = Path(stack.urls()["REDIS_URL"].removeprefix("unix://"))
    for path in (redis, redis.parent / "pg" / ".s.PGSQL.5432"):
        assert path.is_socket()
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_several_processes_without_shared_stores_are_refused(stack: Stack) -> None:
    command = [sys.executable, "manage.py", "serve", "--fd", "0"]
    alone = {key: value for key, value in stack.env.items() if key != "SQLITE_PATH"}
    result = subprocess.run(
        command, cwd=ROOT, env=alone, capture_output=True, text=True, check=False, timeout=60
    )

    assert result.returncode != 0
    assert "DATABASE_URL and REDIS_URL" in result.stderr


def test_one_term_stops_everything(stack: Stack) -> None:
    pids = [stack.pid(name) for name in ALL]
    children = [
        int(pid)
        for parent in pids
        for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    ]

    assert stack.stop() == 0

    assert [pid for pid in (*pids, *children) if is_alive(pid)] == []
    assert list((stack.var / "run").iterdir()) == []
    assert get(stack) == 0
