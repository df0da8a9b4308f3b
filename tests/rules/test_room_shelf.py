"""What a process remembers: live rooms as long as they live, of the ended ones the last used."""

import pytest

from bidding.sequencer import shelf
from bidding.sequencer.shelf import Shelf


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Shelf[int]:
    monkeypatch.setattr(shelf, "ENDED_KEPT", 2)
    return Shelf()


def test_live_rooms_are_never_dropped(small: Shelf[int]) -> None:
    for number in range(10):
        small.put(str(number), number, is_ended=False)
    assert [small.get(str(number)) for number in range(10)] == list(range(10))


def test_of_ended_rooms_the_last_used_stay(small: Shelf[int]) -> None:
    small.put("a", 1, is_ended=True)
    small.put("b", 2, is_ended=True)
    small.get("a")
    small.put("c", 3, is_ended=True)
    assert [small.get(code) for code in "abc"] == [1, None, 3]


def test_a_room_that_ends_moves_over(small: Shelf[int]) -> None:
    small.put("a", 1, is_ended=False)
    small.put("a", 2, is_ended=True)
    assert (small.get("a"), len(small)) == (2, 1)


def test_what_is_dropped_is_gone(small: Shelf[int]) -> None:
    small.put("a", 1, is_ended=False)
    small.put("b", 2, is_ended=True)
    small.drop("a")
    small.drop("b")
    assert (small.get("a"), small.get("b"), len(small)) == (None, None, 0)
