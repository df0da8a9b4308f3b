"""The commands of the README: what they say when something is missing, what their end tells."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.architecture.measures import ROOT
from tests.servers import free_port, wait_until

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


def test_a_bare_machine_is_told_to_get_make(tmp_path: Path) -> None:
    """`bash bin/setup run` is what works there; everything but make is at hand."""
    for folder in reversed(os.environ["PATH"].split(os.pathsep)):
        for program in Path(folder).glob("*"):
            (tmp_path / program.name).unlink(missing_ok=True)
            (tmp_path / program.name).symlink_to(program)
    (tmp_path / "make").unlink(missing_ok=True)
    (tmp_path / "id").unlink()
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)

    result = subprocess.run(
        ["/bin/bash", "bin/setup", "run"],
        cwd=ROOT,
        env={"PATH": str(tmp_path), "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert result.returncode == 1
    assert "sudo apt-get install -y --no-install-recommends make\n" in result.stderr


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


# ── serve ─────────────────────────────────────────────────────────────────────────────────────


def manage(var: Path, *words: str, **env: str) -> Result:
    """Runs one of the product's own commands on the database of that folder."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**os.environ, "YANGGUANG_MODE": "test", "YANGGUANG_VAR": str(var), **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


class Centre:
    """A served centre of the default profile in a folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        assert self.manage("migrate", "-v0").returncode == 0
        self.server = self.start()

    def env(self, var: Path | None = None) -> dict[str, str]:
        own = {key: value for key, value in os.environ.items() if key != "PUBLIC_ORIGIN"}
        return {**own, "YANGGUANG_MODE": "test", "YANGGUANG_VAR": str(var or self.var)}

    def manage(self, *words: str, var: Path | None = None) -> Result:
        return manage(self.var, *words, **self.env(var))

    def start(self) -> "subprocess.Popen[str]":
        """Serves, and returns once it greets."""
        command = [sys.executable, "manage.py", "serve", "--port", str(self.port)]
        server = subprocess.Popen(
            command, cwd=ROOT, env=self.env(), stdout=subprocess.PIPE, text=True
        )
        assert server.stdout
        assert any(str(self.port) in line for line in server.stdout)
        return server

    def end(self, how: signal.Signals) -> None:
        self.server.send_signal(how)
        self.server.communicate(timeout=30)

    def names(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in (self.var / "run").iterdir()}


@pytest.fixture(scope="module")
def one_centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    found = Centre(tmp_path_factory.mktemp("centre"))
    try:
        yield found
    finally:
        found.end(signal.SIGKILL)


@pytest.fixture
def own_centre(tmp_path: Path) -> Iterator[Centre]:
    """One for a test that leaves something in it."""
    found = Centre(tmp_path / "centre")
    try:
        yield found
    finally:
        found.end(signal.SIGKILL)


@pytest.fixture
def centre(one_centre: Centre) -> Centre:
    """It serves, whatever the test before did to it."""
    if one_centre.server.poll() is not None:
        one_centre.server = one_centre.start()
    return one_centre


def threads_of(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def until_sent_away(watcher: ClientConnection) -> None:
    while True:
        watcher.recv(timeout=3)


def one_sentence(result: Result) -> str:
    """What a refused command said: a single line, and exit code 1."""
    assert result.returncode == 1, result.stdout + result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    return result.stderr.strip()


def test_a_server_that_was_told_to_stop_leaves_no_name_behind(centre: Centre) -> None:
    assert centre.names()["web-1.pid"] == f"{centre.server.pid}\n"

    centre.end(signal.SIGTERM)

    assert centre.names() == {}


def test_a_server_that_is_stopped_answers_who_is_being_served_and_ends(
    own_centre: Centre, tmp_path: Path
) -> None:
    """Somebody watches a room, somebody else's request waits for the database: the watcher is sent
    away at once, the request gets its answer, and the process is gone."""
    out = tmp_path / "rooms.json"
    words = ("seed_demo", "--profile", "bench", "--rooms", "1", "--seats", "1", "--out", str(out))
    assert own_centre.manage(*words).returncode == 0
    made = json.loads(out.read_text())
    room, base = made["rooms"][0], f"http://127.0.0.1:{own_centre.port}"
    cookie = room["seats"][0]["cookie"]
    token = httpx.get(f"{base}/accounts/logout/", headers={"Cookie": cookie}).cookies["csrftoken"]
    headers = {"Cookie": f"{cookie}; csrftoken={token}", "Referer": f"{base}/"}
    answers: list[int] = []

    def sign_out() -> None:
        data = {"csrfmiddlewaretoken": token}
        answer = httpx.post(f"{base}/accounts/logout/", data=data, headers=headers, timeout=60)
        answers.append(answer.status_code)

    asking = threading.Thread(target=sign_out)
    lock = sqlite3.connect(own_centre.var / "yangguang.sqlite3", isolation_level=None)
    with connect(f"ws://127.0.0.1:{own_centre.port}/ws/rooms/{room['code']}/") as watcher:
        watcher.recv()
        lock.execute("BEGIN IMMEDIATE")
        before = threads_of(own_centre.server.pid)
        asking.start()
        wait_until(lambda: threads_of(own_centre.server.pid) > before, "the request")
        own_centre.server.terminate()
        with pytest.raises(ConnectionClosed):
            until_sent_away(watcher)
        assert own_centre.server.poll() is None
        lock.execute("ROLLBACK")
    own_centre.server.communicate(timeout=60)
    asking.join()
    lock.close()
    assert answers == [302]
    assert own_centre.server.returncode == 0


def test_a_refused_server_says_why_and_leaves_the_serving_one_alone(
    centre: Centre, tmp_path: Path
) -> None:
    names, port = centre.names(), str(centre.port)

    taken = centre.manage("serve", "--demo", "--port", port, var=tmp_path / "other")
    assert f"Port {port} is in use." in one_sentence(taken)
    assert not (tmp_path / "other" / "yangguang.sqlite3").exists()  # nothing was prepared for it

    again = centre.manage("serve", "--port", str(free_port()))
    said = one_sentence(again)
    assert f"served already, by process {centre.server.pid} on port {port}." in said

    for wrong in ("0", "99999999"):
        none = centre.manage("serve", "--port", wrong, var=tmp_path / "other")
        assert f"from 1 to 65535, not {wrong}" in one_sentence(none)
    assert centre.names() == names

    second = subprocess.run(
        ["bash", "bin/run", port],
        cwd=ROOT,
        env=centre.env(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"This centre runs already: http://127.0.0.1:{port}/" in one_sentence(second)


def test_bad_input_to_the_bench_makes_nothing(centre: Centre, tmp_path: Path) -> None:
    out = tmp_path / "rooms.json"
    wrong = (
        (("--rooms", "0"), "--rooms must be at least 1, not 0."),
        (("--rooms", "-1"), "--rooms must be at least 1, not -1."),
        (("--seats", "0"), "--seats must be at least 1, not 0."),
        (("--seats", "10000"), "--seats must be at most 9999, not 10000."),
        (("--out", "/nonexistent/x.json"), "/nonexistent/x.json cannot be written"),
    )
    seed = ("seed_demo", "--profile", "bench", "--seats", "2", "--out", str(out))
    for words, sentence in wrong:
        assert sentence in one_sentence(centre.manage(*seed, *words))
    assert not out.exists()

    assert centre.manage(*seed).returncode == 0
    made = json.loads(out.read_text())
    # The first room of this centre: no refused command made one. Its address is the server's.
    assert made["base_url"] == f"http://127.0.0.1:{centre.port}"
    with closing(sqlite3.connect(centre.var / "yangguang.sqlite3")) as database:
        assert database.execute("SELECT code FROM bidding_room").fetchall() == [
            (made["rooms"][0]["code"],)
        ]


def test_a_killed_server_leaves_nothing_that_keeps_the_next_out(centre: Centre) -> None:
    centre.end(signal.SIGKILL)

    centre.server = centre.start()

    assert centre.names()["web-1.pid"] == f"{centre.server.pid}\n"


def test_a_name_that_a_living_process_bears_is_not_taken(centre: Centre, tmp_path: Path) -> None:
    other = tmp_path / "other" / "run"
    other.mkdir(parents=True)
    (other / "web-1.pid").write_text(f"{centre.server.pid}\n")

    result = centre.manage("serve", "--port", str(free_port()), var=other.parent)

    assert f"web-1 runs already (process {centre.server.pid})" in one_sentence(result)
    assert (other / "web-1.pid").read_text() == f"{centre.server.pid}\n"


# ── bad input to a command ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words",
    [
        "seed_demo",
        "export_bundle --all --out {out}/x.zip",
        "import_bank {out}/bank.csv",
        "import_holidays law/data/holidays",
        "relay --once",
        "serve --port {port}",
    ],
)
def test_an_unprepared_database_is_one_sentence(tmp_path: Path, words: str) -> None:
    head = "booked_at,amount,currency,payer_name,payer_account,payee_account,reference\n"
    (tmp_path / "bank.csv").write_text(f"{head}2026-11-03T10:00:00+08:00,1.00,CNY,甲,1,2,r\n")

    result = manage(tmp_path, *words.format(out=tmp_path, port=free_port()).split())

    assert one_sentence(result).endswith("run `manage.py migrate` first.")
    assert not (tmp_path / "x.zip").exists()


def test_unsafe_settings_are_one_sentence_and_a_traceback_is_there_for_who_asks(
    tmp_path: Path,
) -> None:
    unsafe = {"YANGGUANG_MODE": "production", "SECRET_KEY": ""}

    result = manage(tmp_path, "check", "--deploy", **unsafe)

    assert one_sentence(result) == "SECRET_KEY must be set in production"
    assert "Traceback" in manage(tmp_path, "check", "--traceback", **unsafe).stderr


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
