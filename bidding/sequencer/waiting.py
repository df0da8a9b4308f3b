"""Acts that wait for one room whose row another transaction holds, so that no other room does."""

import time
from collections.abc import Iterable
from typing import NamedTuple

from bidding.sequencer.books import Act

Item = tuple[str, Act]
TRY_SECONDS = 0.05


class Held(NamedTuple):
    """A waiting act; after its deadline its sender is told to ask again."""

    item: Item
    deadline: float


class Waiting:
    """What waits, by room, each in its order. For the committer's thread alone."""

    def __init__(self) -> None:
        self.rooms: dict[str, list[Held]] = {}
        self.next_try = 0.0

    def rest(self) -> float | None:
        """Seconds until somebody is tried again; None while nobody waits."""
        return max(0.0, self.next_try - time.monotonic()) if self.rooms else None

    def hold(self, items: Iterable[Item], deadline: float) -> None:
        """Keeps one room's acts, undecided."""
        for code, act in items:
            act.answer = {}
            self.rooms.setdefault(code, []).append(Held((code, act), deadline))
        self.next_try = time.monotonic() + TRY_SECONDS

    def keep_deadlines(self, before: Iterable[Held]) -> None:
        """Gives acts that wait again the time they had, not that of the first among them."""
        known = {id(held.item[1]): held.deadline for held in before}
        for code, held in self.rooms.items():
            self.rooms[code] = [
                item._replace(deadline=known.get(id(item.item[1]), item.deadline)) for item in held
            ]

    def pass_by(self, batch: Iterable[Item], deadline: float) -> list[Item]:
        """Lets acts through whose room nobody waits for; the others queue up behind those."""
        through = []
        for item in batch:
            if item[0] in self.rooms:
                self.rooms[item[0]].append(Held(item, deadline))
            else:
                through.append(item)
        return through

    def without_held(self, batch: list[Item]) -> list[Item]:
        """Those of a batch that do not wait here."""
        if not self.rooms:
            return batch
        here = {id(held.item[1]) for room in self.rooms.values() for held in room}
        return [item for item in batch if id(item[1]) not in here]

    def take_due(self) -> list[list[Held]]:
        """Takes everything out, by room, when it is time to try again."""
        if not self.rooms or time.monotonic() < self.next_try:
            return []
        return self.take_all()

    def take_all(self) -> list[list[Held]]:
        rooms, self.rooms = self.rooms, {}
        return list(rooms.values())
