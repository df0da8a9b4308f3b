"""Loaded before everything else (see pyproject.toml): the suite keeps off a centre's own files."""

import atexit
import os
import shutil
import tempfile

from hypothesis import settings

os.environ.setdefault("YANGGUANG_MODE", "test")
if "YANGGUANG_VAR" not in os.environ:
    os.environ["YANGGUANG_VAR"] = tempfile.mkdtemp(prefix="ygtest", dir="/tmp")
    atexit.register(shutil.rmtree, os.environ["YANGGUANG_VAR"], ignore_errors=True)

# A loaded machine is slow, not wrong: no example fails by the clock.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
