"""A mistyped variable is refused in one sentence, and none counts as something else."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings import BASE_DIR, flag, number

NUMBERS = (
    "WEB_PROCESSES",
    "ROOM_LOCK_WAIT_MS",
    "CLOCK_STEP_MS",
    "ROOM_SOCKETS_PER_ADDRESS",
    "FRESH_SIGN_IN_SECONDS",
    "ATTEMPT_SOURCES_KEPT_DAYS",
)
FLAGS = ("DEBUG", "BEHIND_PROXY", "REQUIRE_SECOND_FACTOR", "TEST_CLOCK")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("WEB_PROCESSES", "abc", "WEB_PROCESSES must be a whole number, not 'abc'"),
        ("BEHIND_PROXY", "ture", "BEHIND_PROXY must be true or false, not 'ture'"),
    ],
)
def test_a_command_says_what_is_mistyped(name: str, value: str, sentence: str) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=BASE_DIR,
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr.strip()) == (1, sentence)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["", "-1", "1.5", "1e3", "２"])
def test_a_number_is_a_whole_number(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name):
        number(name, 1)
    monkeypatch.setenv(name, " 7 ")
    assert number(name, 1) == 7
    monkeypatch.delenv(name)
    assert number(name, 1) == 1


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_is_yes_or_no(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for value, is_set in (("1", True), ("TRUE", True), ("off", False), ("0", False), ("", False)):
        monkeypatch.setenv(name, value)
        assert flag(name, default=not is_set) is is_set
    for value in ("ture", "2", "是"):
        monkeypatch.setenv(name, value)
        with pytest.raises(ImproperlyConfigured, match=name):
            flag(name, default=False)
