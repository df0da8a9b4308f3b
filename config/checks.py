"""What `manage.py check --deploy` refuses: settings with which no real centre may run. And what a
running process says of itself to a monitor."""

import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from audit.clock import system_clock
from audit.selectors import has_open_faults
from audit.services import letters, sealing
from audit.services.examining import signed_size
from bidding.selectors import list_live_codes
from bidding.sequencer.committer import sequencer
from bidding.sequencer.guard import guard
from documents.services.keys import is_for_development, key_folder, missing_files

SHORTEST_KEY = 50
FEWEST_LETTERS = 5
Fault = tuple[str, str]
"""What is wrong, and what to do."""


def register_all() -> None:
    """Registers the checks; they run with --deploy only."""
    register(deployment, Tags.security, deploy=True)


def deployment(app_configs: Any, **_kwargs: Any) -> Sequence[CheckMessage]:
    """Every fault as an error, so that the command fails."""
    return [
        Error(what, hint=hint, id=f"config.E{number:03d}")
        for number, check in enumerate(CHECKS, 1)
        for what, hint in check()
    ]


def mode() -> Iterator[Fault]:
    if not settings.IS_PRODUCTION:
        text = f"YANGGUANG_MODE is {settings.MODE}: sample people with known passwords may sign in"
        yield text, "Set YANGGUANG_MODE=production."


def debug() -> Iterator[Fault]:
    if settings.DEBUG:
        yield "DEBUG shows settings and data to everybody", "Unset DEBUG."


def secret_key() -> Iterator[Fault]:
    key = settings.SECRET_KEY
    is_weak = len(key) < SHORTEST_KEY or len(set(key)) < FEWEST_LETTERS
    if is_weak or "insecure" in key or "secret" in key.lower():
        hint = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        yield f"SECRET_KEY is a default or shorter than {SHORTEST_KEY} characters", hint


def hosts() -> Iterator[Fault]:
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS is empty or open to any name", "Name the site's hosts."


def test_clock() -> Iterator[Fault]:
    if settings.TEST_CLOCK:
        yield "TEST_CLOCK lets a command move the legal clock", "Unset TEST_CLOCK."


def processes() -> Iterator[Fault]:
    if settings.WEB_PROCESSES > 1 and not settings.IS_SHARED:
        text = "Several web processes on SQLite would not hear each other"
        yield text, "Set DATABASE_URL and REDIS_URL, or WEB_PROCESSES=1."


def second_factor() -> Iterator[Fault]:
    if not settings.REQUIRE_SECOND_FACTOR:
        text = "A password alone opens the desks: REQUIRE_SECOND_FACTOR is off"
        yield text, "Unset REQUIRE_SECOND_FACTOR."


def origins() -> Iterator[Fault]:
    for origin in (settings.PUBLIC_ORIGIN, *settings.ALLOWED_ORIGINS):
        parts = urlsplit(origin)
        if parts.scheme != "https" or not parts.hostname or parts.path or "*" in origin:
            yield f"{origin!r} is no https origin", "Write it as https://host[:port]."


def keys() -> Iterator[Fault]:
    root = Path(settings.KEY_ROOT).resolve()
    if root.is_relative_to(settings.BASE_DIR):
        yield f"KEY_ROOT {root} lies inside the checkout", "Put the keys outside of it."
    for path in (root, *sorted(root.rglob("*"))) if root.is_dir() else ():
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield f"{path} is open to other users", f"chmod -R go= {root}"
            return
    if not root.is_dir():
        yield f"KEY_ROOT {root} is no folder", f"install -d -m 700 {root}"


def seal() -> Iterator[Fault]:
    folder = key_folder()
    hint = f"Put seal.key, seal.pem and ca.pem of the centre's own CA into {folder}."
    if missing := missing_files(folder):
        yield f"Papers cannot be signed: {folder} lacks {', '.join(missing)}", hint
        return
    try:
        is_demo = is_for_development(folder)
    except ValueError:
        yield f"{folder}/ca.pem is no certificate", hint
        return
    if is_demo:
        yield f"{folder} holds the development CA: anybody's demo signs with such a one", hint


def proxy() -> Iterator[Fault]:
    if not settings.BEHIND_PROXY:
        text = "Without BEHIND_PROXY the TLS proxy's address stands for everybody's"
        yield text, "Set BEHIND_PROXY=1 and let the proxy write X-Forwarded-For and -Proto."


def centre() -> Iterator[Fault]:
    if settings.CENTRE_CODE == "yangguang-demo":
        yield "CENTRE_CODE is the demo's; it names the ledger for ever", "Set CENTRE_CODE."


def static_files() -> Iterator[Fault]:
    if settings.IS_PRODUCTION and not (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file():
        yield "The static files are not collected", "manage.py collectstatic --noinput"


CHECKS: tuple[Callable[[], Iterator[Fault]], ...] = (
    mode,
    debug,
    secret_key,
    hosts,
    test_clock,
    processes,
    second_factor,
    origins,
    keys,
    proxy,
    centre,
    static_files,
    seal,
)


# ── a running process ─────────────────────────────────────────────────────────────────────────


class Migrations:
    """Whether the database is at the level of the code; asked until it was once."""

    are_applied = False

    @classmethod
    def missing(cls) -> int:
        if cls.are_applied:
            return 0
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        cls.are_applied = not plan
        return len(plan)


def letters_to_tell() -> dict[str, int]:
    """The letters' figures if something is wrong with them: they keep no process from serving."""
    try:
        found = failing_letters()
    except DatabaseError:
        connection.close()
        return {}
    return found if found["letters_failing"] or found["letters_dead"] else {}


def clock_to_tell() -> dict[str, str]:
    """What the guard says of the clock unless they agree: `off`, or `settling` for a while."""
    state = guard.state()
    return {} if state == "agrees" else {"clock": state}


def readiness() -> tuple[dict[str, str], str]:
    """What keeps this process from serving, by subject, empty when it can; and whether the ledger
    is `sound`, `broken` or, without a database, `unknown`."""
    try:
        waiting = Migrations.missing()
        faults = {"migrations": f"{waiting} not applied"} if waiting else {}
        faults |= sequencer.faults()
        return faults, "broken" if has_open_faults() else "sound"
    except DatabaseError:
        connection.close()
        return {"database": "does not answer"}, "unknown"


class Ledger:
    """What this process last saw of the ledger, so that pages ask nothing; see `note_ledger`."""

    is_sound = True


def note_ledger() -> None:
    """Looks whether a fault of the ledger is open; the server does every few seconds."""
    Ledger.is_sound = not has_open_faults()


def system_fault() -> str:
    """What is wrong with the house that every page tells, "" if nothing is; asks no database."""
    if not Ledger.is_sound:
        return _("系统状态：存证台账正在核查")
    return "" if guard.state() == "agrees" else _("系统状态：时钟正在校准")


def failing_letters() -> dict[str, int]:
    """What the relay could not bring to its handlers: how many are tried again and since how many
    seconds the oldest of them waits, and how many were given up."""
    oldest = letters.list_failing_letters(1)
    waited = (system_clock().now() - oldest[0].since).total_seconds() if oldest else 0
    return {
        "letters_failing": letters.count_failing_letters(),
        "letters_failing_oldest_seconds": max(0, int(waited)),
        "letters_dead": letters.count_dead_letters(),
    }


def figures() -> dict[str, int]:
    """Figures of the whole centre, each a cheap query or two; the clock's are this process's."""
    return {
        "ledger_entries_placed": sealing.leaf_count(),
        "ledger_entries_unsigned": sealing.leaf_count() - signed_size(),
        **failing_letters(),
        "rooms_live": len(list_live_codes()),
        "clock_step_ms": guard.step_us // 1000,
        "clock_steps": guard.steps,
    }
