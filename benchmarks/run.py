"""Runs the benchmarks: `make bench`, or one with `ONLY=name`."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = {"room": "room.py", "fanout": "room.py", "engine": "engine.py", "pdf": "pdf.py"}


def main():
    asked = sys.argv[1].split(".")[0] if len(sys.argv) > 1 and sys.argv[1] else ""
    if asked and asked not in SCRIPTS:
        raise SystemExit(f"no benchmark {sys.argv[1]}; there are: {' '.join(SCRIPTS)}")
    names = [SCRIPTS[asked]] if asked else sorted(set(SCRIPTS.values()))
    for name in names:
        only = sys.argv[1:2] if asked else []
        command = [sys.executable, str(HERE / name), *only]
        subprocess.run(command, cwd=HERE.parent, check=True)


if __name__ == "__main__":
    main()
