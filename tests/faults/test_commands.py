"""The commands of the README: what they say when something is missing, what their end tells."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.measures import ROOT
from tests.servers import free_port

Result = subprocess.CompletedProcess[str]


def run(*command: str, cwd: Path = ROOT, path: Path | None = None) -> Result:
    """Runs a command as a person would, `path` first in the search for programs."""
    search = f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]
    env = {"PATH": search, "HOME": "/nonexistent", "CI": "true"}
    return subprocess.run(
        command,
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


@pytest.fixture
def programs(tmp_path: Path) -> Callable[..., Path]:
    """A folder of programs that stand before the machine's own."""
    folder = tmp_path / "programs"
    folder.mkdir()

    def put(**scripts: str) -> Path:
        for name, script in scripts.items():
            file = folder / name.replace("_", "-")
            file.write_text(f"#!/bin/sh\n{script}\n")
            file.chmod(0o755)
        return folder

    return put


# ── bin/setup ─────────────────────────────────────────────────────────────────────────────────


def test_a_missing_library_is_one_exact_line_to_type(
    programs: Callable[..., Path], tmp_path: Path
) -> None:
    called = tmp_path / "called"
    stubs = programs(id="echo 1000", ldconfig="exit 0", apt_get=f"touch {called}; exit 1")

    result = run("bash", "bin/setup", "run", path=stubs)

    assert result.returncode == 1
    lines = [line.strip() for line in result.stderr.splitlines() if "apt-get" in line]
    assert lines == [
        "sudo apt-get install -y --no-install-recommends"
        " libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    ]
    assert not called.exists()


def test_each_purpose_asks_for_what_it_needs(programs: Callable[..., Path]) -> None:
    stubs = programs(id="echo 1000", ldconfig="exit 0", fc_list="exit 0")

    assert "fonts-noto-cjk" in run("bash", "bin/setup", "full", path=stubs).stderr
    assert "chromium" not in run("bash", "bin/setup", "full", path=stubs).stderr


def test_a_library_at_the_top_of_a_long_list_is_there(programs: Callable[..., Path]) -> None:
    names = "libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz-subset.so.0"
    stubs = programs(id="echo 1000", ldconfig=f"echo {names}; seq 200000", fc_list="exit 0")

    answer = run("bash", "bin/setup", "full", path=stubs).stderr

    assert "fonts-noto-cjk" in answer
    assert "libpango" not in answer
    assert "libharfbuzz" not in answer


def test_without_a_network_root_is_told_so(programs: Callable[..., Path]) -> None:
    stubs = programs(id="echo 0", ldconfig="exit 0", apt_get="exit 100", sleep="exit 0")

    result = run("bash", "bin/setup", "run", path=stubs)

    assert result.returncode == 1
    assert "is the network there?" in result.stderr


def test_an_unknown_purpose_is_refused() -> None:
    assert run("bash", "bin/setup", "dance").returncode == 2


def test_a_second_set_up_does_nothing() -> None:
    stamp = ROOT / ".venv" / ".stamp"
    before = stamp.stat().st_mtime_ns if stamp.exists() else None

    result = run("bash", "bin/setup", "run")

    assert (result.returncode, result.stdout) == (0, "")
    if before is not None:
        assert "Preparing" not in result.stderr
        assert stamp.stat().st_mtime_ns == before


# ── bin/run ───────────────────────────────────────────────────────────────────────────────────


def test_a_port_in_use_is_told_before_anything_else() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        result = run("bash", "bin/run", str(port))

    assert result.returncode == 1
    assert result.stderr.strip() == (
        f"Port {port} is in use. Choose another: make run PORT={port + 1}"
    )


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", ""])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    result = run("bash", "bin/run", port or " ")

    assert result.returncode == 2
    assert "PORT must be a number" in result.stderr


def test_a_server_that_was_told_to_stop_leaves_no_name_behind(tmp_path: Path) -> None:
    port = free_port()
    env = {**os.environ, "YANGGUANG_MODE": "test", "YANGGUANG_VAR": str(tmp_path)}
    env["PUBLIC_ORIGIN"] = f"http://127.0.0.1:{port}"
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=env, check=True)
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            assert any(str(port) in line for line in server.stdout)  # it greets once it serves
            assert (tmp_path / "run" / "web-1.pid").read_text() == f"{server.pid}\n"
        finally:
            server.send_signal(signal.SIGTERM)
        server.wait(30)
    assert list((tmp_path / "run").iterdir()) == []


# ── bin/test ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A checkout with nothing but the test command and one test in each of two tiers."""
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "test", tmp_path / "bin" / "test")
    (tmp_path / ".venv").symlink_to((ROOT / ".venv").resolve())
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:playwright -p no:django\n")
    for tier in ("rules", "architecture", "services", "web", "documents"):
        (tmp_path / "tests" / tier).mkdir(parents=True)
        name = tmp_path / "tests" / tier / f"test_{tier}.py"
        name.write_text("def test_it() -> None:\n    assert True\n")
    return tmp_path


def last_line(result: Result) -> str:
    return result.stdout.splitlines()[-1]


def add(suite: Path, place: str, text: str) -> None:
    file = suite / "tests" / place
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)


def add_browser_module(suite: Path, body: str) -> None:
    text = f'import {{ test }} from "node:test";\ntest("it", () => {{ {body} }});\n'
    add(suite, "js/it.test.js", text)
    add(suite, "js/package.json", '{"type": "module"}')


def test_all_green_ends_with_the_sum(suite: Path) -> None:
    add_browser_module(suite, "")

    result = run("bash", "bin/test", cwd=suite)

    assert (last_line(result), result.returncode) == ("6 passed, 0 failed", 0)


def test_a_failure_of_any_kind_counts_and_fails_the_whole(suite: Path) -> None:
    add(suite, "web/test_web.py", "def test_it() -> None:\n    assert False\n")
    add(suite, "services/test_import.py", "import nothing_like_it\n")
    add(suite, "rooms/test_empty.py", "")
    add(suite, "faults/test_broken.py", "raise SystemExit(0)\n")
    add_browser_module(suite, "throw 1;")

    result = run("bash", "bin/test", cwd=suite)

    assert last_line(result) == "4 passed, 5 failed"
    assert result.returncode != 0
