"""One room or row that raises stops the clock for nobody else and is not tried without end."""

import logging
from typing import Any

import pytest

from bidding.sequencer.store import RoomLocked
from config import timekeeper
from config.wiring import DueRows
from kernel.errors import Conflict

pytestmark = pytest.mark.django_db


class Ticking:
    """A time of the test's own."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Ticking:
    ticking = Ticking()
    monkeypatch.setattr(timekeeper, "time", ticking)
    monkeypatch.setattr(timekeeper, "put_off", timekeeper.PutOff())
    monkeypatch.setattr(timekeeper, "DUE", [])
    return ticking


def due_rows(name: str, done: list[Any], bad: Any = None) -> DueRows:
    def act(key: Any, _clock: object) -> None:
        done.append(key)
        if key == bad:
            raise ZeroDivisionError

    return DueRows(name, lambda _now, limit: ["a", "b", "c"][:limit], act)


def test_a_row_that_raises_keeps_no_other_back(
    ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    first: list[Any] = []
    second: list[Any] = []
    rows = [due_rows("first", first, bad="a"), due_rows("second", second)]
    monkeypatch.setattr(timekeeper, "DUE", rows)
    assert timekeeper.take_turn() == 5
    assert (first, second) == (["a", "b", "c"], ["a", "b", "c"])


def test_a_question_that_raises_keeps_the_other_rows(
    ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[Any] = []

    def find(_now: object, _limit: int) -> list[Any]:
        raise Conflict("broken")

    broken = DueRows("broken", find, lambda _key, _clock: None)
    monkeypatch.setattr(timekeeper, "DUE", [broken, due_rows("sound", done)])
    assert timekeeper.take_turn() == 3


def test_a_room_that_raises_keeps_no_other_back(
    ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled: list[str] = []

    def settle(code: str, _act: object) -> None:
        if code == "BROKEN":
            raise KeyError(code)
        settled.append(code)

    monkeypatch.setattr(timekeeper.rooms, "list_due", lambda _now, _limit: ["BROKEN", "SOUND"])
    monkeypatch.setattr(timekeeper, "settle_alone", settle)
    assert timekeeper.tick_rooms() == 1
    assert settled == ["SOUND"]


def test_what_failed_is_told_once_and_tried_ever_later(
    ticking: Ticking, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Given a hundred turns in twenty seconds, the failing one is tried five times."""
    tried: list[Any] = []
    monkeypatch.setattr(timekeeper, "DUE", [due_rows("first", tried, bad="a")])
    with caplog.at_level(logging.ERROR):
        for _turn in range(100):
            timekeeper.take_turn()
            ticking.now += 0.2
    assert tried.count("a") == 5
    assert tried.count("b") == 100
    assert sum("could not be done" in record.message for record in caplog.records) == 1


def test_a_room_that_others_hold_is_asked_for_every_second(ticking: Ticking) -> None:
    """Its close must not be seen a minute late because somebody held its row for long."""

    def held() -> None:
        raise RoomLocked

    put_off, key = timekeeper.PutOff(), ("room", "R")
    for _try in range(10):
        assert not put_off.waits(key)
        assert not put_off.try_to(key, held)
        assert put_off.waits(key)
        ticking.now += 1.01


def test_what_works_again_counts_as_never_failed(ticking: Ticking) -> None:
    put_off, key = timekeeper.PutOff(), ("room", "R")
    for _try in range(4):
        put_off.failed(key)
    ticking.now += 100
    assert put_off.try_to(key, lambda: None)
    assert put_off.failed(key)


def test_a_database_that_is_away_ends_the_turn(
    ticking: Ticking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is nobody's own fault: nothing is put off for it."""

    class Gone:
        def is_usable(self) -> bool:
            return False

    monkeypatch.setattr(timekeeper, "connection", Gone())
    put_off = timekeeper.PutOff()
    with pytest.raises(ZeroDivisionError):
        put_off.try_to(("room", "R"), lambda: 1 / 0)
    assert not put_off.waits(("room", "R"))


def test_what_is_put_off_does_not_stand_before_the_rest(ticking: Ticking) -> None:
    put_off = timekeeper.PutOff()
    for number in range(100):
        put_off.failed(("room", number))
    assert put_off.limit() == timekeeper.LIMIT + 100
