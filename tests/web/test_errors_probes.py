"""What the site says of itself: alive, ready, its figures."""

import re
from collections.abc import Iterator
from typing import Any
from unittest import mock
from urllib.parse import urlencode

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from audit.models import LedgerFault
from bidding.sequencer.guard import guard
from config import checks
from config.checks import Migrations

pytestmark = pytest.mark.django_db


def test_alive_asks_nothing_of_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Client().get("/healthz").content == b"ok\n"


def test_ready_when_migrated() -> None:
    answer = Client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "ledger": "sound", "faults": {}}


def test_not_ready_while_a_migration_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Migrations, "are_applied", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'notices'")

    answer = Client().get("/readyz")

    assert answer.status_code == 503
    assert "not applied" in answer.json()["faults"]["migrations"]


def test_a_broken_ledger_is_told_and_serving_goes_on() -> None:
    LedgerFault.objects.create(stream="lot/1", seq=1, field="hash", found_at=timezone.now())

    answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["ledger"]) == (200, "broken")


def test_not_ready_without_the_database() -> None:
    with mock.patch("config.checks.has_open_faults", side_effect=OperationalError):
        answer = Client().get("/readyz")

    assert (answer.status_code, answer.json()["faults"]) == (
        503,
        {"database": "does not answer"},
    )


def test_figures_are_for_this_machine_alone() -> None:
    assert "yangguang_rooms_live 0" in Client().get("/metrics").content.decode()
    assert Client().get("/metrics", REMOTE_ADDR="10.0.0.7").status_code == 404


@pytest.mark.parametrize(
    "address", ["/lots/a%00/", "/v/%00", "/notices/?q=%00", "/api/rooms/%00/events"]
)
def test_an_address_with_a_nul_asks_nothing_of_the_database(
    address: str, django_assert_num_queries: Any
) -> None:
    """PostgreSQL takes no NUL: each such knock would be a server's error."""
    with django_assert_num_queries(0):
        assert Client().get(address).status_code == 400


def test_who_is_not_signed_in_is_shown_the_way_in() -> None:
    response = Client().get("/staff/projects/?q=1")
    assert response.status_code == 403
    page = response.content.decode()
    assert "登录已经过期" in page
    assert f"?{urlencode({'next': '/staff/projects/?q=1'})}" in page


@pytest.fixture
def _own_view() -> Iterator[None]:
    yield
    checks.Ledger.is_sound = True


@pytest.mark.usefixtures("_own_view")
def test_the_foot_of_a_page_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Green for as long as it is true; what was seen last is told without asking."""

    def foot() -> str:
        found = re.search(r'data-testid="system-state">.*?</span></span>', notices(), re.DOTALL)
        assert found is not None
        return found[0]

    assert "系统状态：正常" in foot()
    LedgerFault.objects.create(stream="lot/1", seq=1, field="hash", found_at=timezone.now())
    assert "系统状态：正常" in foot()

    checks.note_ledger()

    assert "系统状态：存证台账正在核查" in foot()
    LedgerFault.objects.all().delete()
    checks.note_ledger()
    monkeypatch.setattr(guard, "step_us", 3_600_000_000)
    assert "系统状态：时钟正在校准" in foot()


def notices() -> str:
    return Client().get("/notices/").content.decode()
