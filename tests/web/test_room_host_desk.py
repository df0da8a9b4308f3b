"""The host's console tells of those who have offered, and of nobody else."""

from typing import Any

import pytest
from django.test import Client

from bidding.rules import commands as c
from bidding.rules.staff import CLOCK
from bidding.sequencer.guard import guard
from tests.worlds.pages import browser
from tests.worlds.rooms import Table, lay_table

pytestmark = pytest.mark.usefixtures("own_engine")


@pytest.fixture
def table() -> Table:
    return lay_table("anna", "ben", "carl")


def desk(client: Client, table: Table) -> dict[str, Any]:
    return client.get(f"/rooms/{table.code}/control/health/").json()["desk"]


def test_each_plate_that_offered_stands_with_its_last_offer(table: Table, host: Client) -> None:
    for name, fen in (("anna", 1000), ("ben", 1100), ("anna", 1200)):
        table.place(name, fen)
    shown = [(row["plate"], row["amount_fen"]) for row in desk(host, table)["plates"]]
    assert shown == [(table.anna.plate, 1200), (table.ben.plate, 1100)]


def test_a_refused_offer_is_shown_with_its_reason(table: Table, host: Client) -> None:
    table.place("anna", 1000)
    table.place("ben", 1100)
    table.place("anna", 1150)
    [row] = desk(host, table)["refused"]
    assert (row["plate"], row["amount_fen"]) == (table.anna.plate, 1150)
    assert row["message"] == "报价无效：未达到最低有效价（反向竞价为超过最高有效价）。"
    page = host.get(f"/rooms/{table.code}/control/").content.decode()
    assert "报价无效：未达到最低有效价（反向竞价为超过最高有效价）。" in page


def test_who_has_not_offered_is_not_to_be_seen(table: Table, host: Client) -> None:
    """A refused attempt of a plate that nobody has seen would tell the host that it is there."""
    table.place("carl", 5)
    table.place("anna", 1000)
    assert desk(host, table)["refused"] == []
    page = host.get(f"/rooms/{table.code}/control/").content.decode()
    assert table.carl.plate not in page
    assert table.ben.plate not in page


def test_the_desk_is_the_host_s_and_the_supervisor_s_alone(table: Table) -> None:
    for client in (Client(), browser(table.anna.actor)):
        answer = client.get(f"/rooms/{table.code}/control/health/")
        assert answer.status_code in {302, 403}


def test_only_the_last_attempts_are_kept_in_sight(
    table: Table, host: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bidding.selectors.ATTEMPTS_LOOKED_THROUGH", 3)
    table.place("anna", 1000)
    table.place("ben", 1100)
    for fen in (1, 2, 3, 4):
        table.place("anna", fen)
    assert [row["amount_fen"] for row in desk(host, table)["refused"]] == [4, 3, 2]


@pytest.mark.parametrize(("state", "word"), [("off", "时钟异常"), ("settling", "时钟恢复中")])
def test_a_clock_that_stepped_stands_in_the_health_strip(
    table: Table, host: Client, monkeypatch: pytest.MonkeyPatch, state: str, word: str
) -> None:
    assert host.get(f"/rooms/{table.code}/control/health/").json()["clock"] == "agrees"
    monkeypatch.setattr(guard, "state", lambda: state)
    assert host.get(f"/rooms/{table.code}/control/health/").json()["clock"] == state
    page = host.get(f"/rooms/{table.code}/control/").content.decode()
    assert f'data-bind="health_late">{word}<' in page
    assert 'data-bind="health" data-ok="false"' in page


def test_a_host_who_may_not_resume_reads_what_to_do(
    table: Table, host: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And everybody reads why the room is paused."""
    table.act(c.Pause(CLOCK))
    watch = guard.watch
    monkeypatch.setattr(guard, "watch", lambda reading: watch(reading)._replace(is_settled=False))
    answer = host.post(f"/rooms/{table.code}/control/resume/")
    assert answer.status_code == 409
    assert "校准数据库服务器时钟" in answer.content.decode()
    page = Client().get(f"/rooms/{table.code}/").content.decode()
    assert "竞价已暂停：系统时钟异常，已自动暂停；恢复时补足时间" in page
