"""Our room on PostgreSQL and on SQLite against the tutorial design on PostgreSQL, in one run.

`room.accepted`: 32 bidders in a closed loop, each offer above all earlier ones from one shared
counter; rounds in which all three designs take turns, of which the medians count.
`fanout.*`: 1,000 watchers while one offer every 100 ms makes ten frames a second for 30 s, once
each design; lost is an acknowledged offer that a watcher did not hear of within five seconds.
The server is pinned to one core, the client to the other; who is not measured idles. JSON lines on
standard output, a table on standard error."""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tests.servers import PostgresServer, RedisServer  # noqa: E402

PYTHON = sys.executable
SEATS = 32
SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
WATCHERS = int(os.environ.get("BENCH_WATCHERS", "1000"))
WATCH_SECONDS = float(os.environ.get("BENCH_WATCH_SECONDS", "30"))
PER_SECOND = 10
PEER_CODE = "PEERROOM"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(core, command):
    return ["taskset", "-c", str(core), *command] if os.cpu_count() >= 2 else command


def wait_for(port, process):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit("the server stopped while starting")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


@contextmanager
def running(command, env, port, log):
    with open(log, "wb") as out:
        process = subprocess.Popen(pinned(0, command), cwd=ROOT, env=env, stdout=out, stderr=out)
        try:
            wait_for(port, process)
            yield
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def ours(folder, extra):
    """Our server with a migrated database; yields a maker of rooms and the environment."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    env = {**os.environ, **extra, "YANGGUANG_MODE": "test", "PUBLIC_ORIGIN": base}
    env |= {"YANGGUANG_VAR": str(folder), "LOG_LEVEL": "ERROR"}
    env |= {"ROOM_SOCKETS_PER_ADDRESS": "0"}  # everybody comes from this machine
    subprocess.run([PYTHON, "manage.py", "migrate", "-v0"], cwd=ROOT, env=env, check=True)
    command = [PYTHON, "manage.py", "serve", "--port", str(port)]
    with running(command, env, port, folder / "server.log"):

        def make():
            out = folder / "rooms.json"
            seed = [PYTHON, "manage.py", "seed_demo", "--profile", "bench"]
            seed += ["--rooms", "1", "--seats", str(SEATS), "--out", str(out)]
            subprocess.run(seed, cwd=ROOT, env=env, check=True, stderr=subprocess.DEVNULL)
            return out

        httpx.get(f"{base}/readyz", timeout=10).raise_for_status()
        yield make


@contextmanager
def peer(folder, extra):
    port = free_port()
    env = {**os.environ, **extra, "PYTHONPATH": str(ROOT)}
    command = [PYTHON, "benchmarks/peer_tutorial/app.py", str(port), PEER_CODE]
    with running(command, env, port, folder / "peer.log"):

        def make():
            room = {"code": PEER_CODE, "start_fen": 100 + int(time.time() * 1e7), "step_fen": 1}
            room["seats"] = [{} for _seat in range(SEATS)]
            out = folder / "peer.json"
            out.write_text(json.dumps({"base_url": f"http://127.0.0.1:{port}", "rooms": [room]}))
            return out

        yield make


def load(file, **options):
    command = [PYTHON, "benchmarks/client.py", str(file)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(
        pinned(1, command), cwd=ROOT, check=True, capture_output=True, text=True, timeout=600
    )
    return json.loads(done.stdout.splitlines()[-1])


PARTS = {
    "accepted": (("room.accepted", "accepted_per_s", "offers/s"), ("room.p99_ms", "p99_ms", "ms")),
    "watched": (
        ("fanout.deliveries", "deliveries_per_s", "deliveries/s"),
        ("fanout.lost", "lost", "deliveries"),
        ("fanout.lag_p99_ms", "lag_p99_ms", "ms"),
        ("fanout.frames", "frames_per_s", "frames/s"),
    ),
}
PEER, OURS = "tutorial", ("postgresql", "sqlite")


def rounds_of(makers, part):
    """The figures of each design, a list with one entry a round."""
    found = {name: [] for name in makers}
    for _round in range(ROUNDS if part == "accepted" else 1):
        for name, make in makers.items():
            if part == "accepted":
                found[name].append(load(make(), seconds=SECONDS))
            else:
                found[name].append(
                    load(make(), seconds=WATCH_SECONDS, watchers=WATCHERS, pace=PER_SECOND)
                )
    return found


def stop(*_why):
    """TERM ends a benchmark like Ctrl-C: its servers go with it."""
    raise KeyboardInterrupt


def main():
    signal.signal(signal.SIGTERM, stop)
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    parts = ["watched"] if asked.startswith("fanout") else ["accepted"] if asked else list(PARTS)
    folder = Path(tempfile.mkdtemp(prefix="ygbench", dir="/tmp"))
    postgres, redis = PostgresServer(is_durable=True), RedisServer()
    try:
        for name in ("ours", "peer"):
            postgres.create(name)
        shared = {"REDIS_URL": redis.url}
        for place in OURS:
            (folder / place).mkdir()
        with (
            peer(folder, {**shared, "DATABASE_URL": postgres.url("peer")}) as other,
            ours(folder / OURS[0], {**shared, "DATABASE_URL": postgres.url("ours")}) as big,
            ours(folder / OURS[1], {"SQLITE_PATH": str(folder / "bench.sqlite3")}) as small,
        ):
            makers = {PEER: other, OURS[0]: big, OURS[1]: small}
            for part in parts:
                report(part, rounds_of(makers, part))
    finally:
        postgres.remove()
        redis.remove()


def report(part, found):
    """JSON lines for programs, a table for people, as soon as they are known."""
    for bench, name, unit in PARTS[part]:
        against = [figures[name] for figures in found[PEER]]
        for profile in OURS:
            mine = [figures[name] for figures in found[profile]]
            ratios = [one / other for one, other in zip(mine, against, strict=True) if other]
            ratio = round(statistics.median(ratios), 2) if ratios else None
            value, peer_value = (round(statistics.median(side), 2) for side in (mine, against))
            line = {"bench": bench, "profile": profile, "value": value, "unit": unit}
            line |= {"peer": PEER, "peer_value": peer_value, "ratio": ratio}
            line |= {"rounds": mine, "peer_rounds": against}
            print(json.dumps(line), flush=True)
            sys.stderr.write(
                f"{bench:20} {profile:11} {value!s:>12} {peer_value!s:>12} {ratio!s:>8}\n"
            )


if __name__ == "__main__":
    main()
