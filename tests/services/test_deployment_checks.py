"""`check --deploy`: silent for a real centre, an error for each thing it must not have."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config import checks
from config.settings import BASE_DIR
from documents.services import keys

KEY = "Zq3vT8mWn1xR6bKp0dLc7yHs2gJf9aQeUoViXtMzBwNrCkDhPlSy"
GOOD = {
    "YANGGUANG_MODE": "production",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "jy.example.cn",
    "PUBLIC_ORIGIN": "https://jy.example.cn",
    "ALLOWED_ORIGINS": "https://jy.example.cn",
    "BEHIND_PROXY": "1",
    "CENTRE_CODE": "510600",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A place outside the checkout, as `install -d -m 700` and `collectstatic` leave it."""
    (tmp_path / "keys").mkdir(mode=0o700)
    documents = tmp_path / "keys" / "documents"
    documents.mkdir(mode=0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "DEVELOPMENT", "电子签章根证书")
        keys.write_keys(documents, "阳光市公共资源交易中心")
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "staticfiles.json").write_text('{"paths": {}, "version": "1.1"}')
    return tmp_path


def check(home: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "YANGGUANG_VAR": str(home), **GOOD, **changes}
    command = [sys.executable, "manage.py", "check", "--deploy"]
    return subprocess.run(
        command, cwd=BASE_DIR, env=env, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_real_centre_is_let_pass_in_silence(home: Path) -> None:
    result = check(home)

    assert (result.returncode, result.stderr) == (0, "")


def test_everything_unsafe_is_named_at_once(home: Path) -> None:
    (home / "keys").chmod(0o755)
    (home / "static" / "staticfiles.json").unlink()

    result = check(
        home,
        DEBUG="1",
        SECRET_KEY="django-insecure-short",
        ALLOWED_HOSTS="*",
        WEB_PROCESSES="2",
        REQUIRE_SECOND_FACTOR="0",
        PUBLIC_ORIGIN="http://jy.example.cn",
        BEHIND_PROXY="0",
        CENTRE_CODE="yangguang-demo",
    )

    assert result.returncode != 0
    named = {number for number in range(1, 14) if f"config.E{number:03d}" in result.stderr}
    assert named == {2, 3, 4, 6, 7, 8, 9, 10, 11, 12}


def test_the_certificate_for_papers_is_the_centres_own(home: Path) -> None:
    folder = home / "keys" / "documents"
    (folder / "ca.pem").write_text("none")
    assert "config.E013" in check(home).stderr
    for path in folder.iterdir():
        path.unlink()
    keys.write_keys(folder, "阳光市公共资源交易中心")
    assert "development CA" in check(home).stderr
    (folder / "seal.key").unlink()
    assert "lacks seal.key" in check(home).stderr


def test_production_makes_no_certificate_of_its_own(tmp_path: Path, settings: Any) -> None:
    settings.KEY_ROOT, settings.IS_PRODUCTION = tmp_path, True
    with pytest.raises(FileNotFoundError):
        keys.load_seal_key()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", ["demo", "test"])
def test_a_demo_or_test_centre_is_refused(home: Path, mode: str) -> None:
    result = check(home, YANGGUANG_MODE=mode)

    assert result.returncode != 0
    assert "config.E001" in result.stderr


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"TEST_CLOCK": "1"}, "TEST_CLOCK"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"YANGGUANG_MODE": "prodution"}, "YANGGUANG_MODE"),
        ({"REDIS_URL": "unix:///tmp/none"}, "belong together"),
    ],
)
def test_settings_that_contradict_each_other_do_not_even_load(
    home: Path, change: dict[str, str], text: str
) -> None:
    result = check(home, **change)

    assert result.returncode != 0
    assert text in result.stderr


# ── one by one ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("check_of", "name", "bad", "good"),
    [
        (checks.mode, "IS_PRODUCTION", False, True),
        (checks.debug, "DEBUG", True, False),
        (checks.secret_key, "SECRET_KEY", "a" * 60, KEY),
        (checks.secret_key, "SECRET_KEY", KEY[:49], KEY),
        (checks.hosts, "ALLOWED_HOSTS", [], ["jy.example.cn"]),
        (checks.hosts, "ALLOWED_HOSTS", ["a.example", "*"], ["a.example"]),
        (checks.test_clock, "TEST_CLOCK", True, False),
        (checks.second_factor, "REQUIRE_SECOND_FACTOR", False, True),
        (checks.proxy, "BEHIND_PROXY", False, True),
        (checks.centre, "CENTRE_CODE", "yangguang-demo", "510600"),
    ],
)
def test_a_bad_value_is_one_error_and_a_good_one_none(
    settings: Any, check_of: Any, name: str, bad: object, good: object
) -> None:
    setattr(settings, name, bad)
    assert len(list(check_of())) == 1

    setattr(settings, name, good)
    assert list(check_of()) == []


@pytest.mark.parametrize(
    "origin", ["http://a.example", "https://a.example/path", "https://*.a.example", "a.example", ""]
)
def test_only_https_origins_pass(settings: Any, origin: str) -> None:
    settings.PUBLIC_ORIGIN, settings.ALLOWED_ORIGINS = "https://a.example", [origin]

    assert len(list(checks.origins())) == 1


def test_several_processes_need_shared_stores(settings: Any) -> None:
    settings.WEB_PROCESSES, settings.IS_SHARED = 2, False
    assert len(list(checks.processes())) == 1

    settings.IS_SHARED = True
    assert list(checks.processes()) == []


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701])
def test_keys_open_to_others_are_refused(settings: Any, home: Path, mode: int) -> None:
    settings.KEY_ROOT = home / "keys"
    assert list(checks.keys()) == []

    (home / "keys").chmod(mode)

    assert len(list(checks.keys())) == 1


def test_one_open_key_file_is_refused(settings: Any, home: Path) -> None:
    settings.KEY_ROOT = home / "keys"
    (home / "keys" / "log.json").write_text("{}")
    (home / "keys" / "log.json").chmod(0o644)

    assert len(list(checks.keys())) == 1


def test_keys_inside_the_checkout_are_refused(settings: Any) -> None:
    settings.KEY_ROOT = Path(BASE_DIR) / "kernel"

    assert any("inside the checkout" in what for what, _hint in checks.keys())
