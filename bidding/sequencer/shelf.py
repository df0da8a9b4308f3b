"""Where a process keeps what it remembers of rooms: live ones as long as they live, of those that
ended the last used. Worthless as soon as the row says otherwise, so anything may be dropped."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

Item = TypeVar("Item")
ENDED_KEPT = 128


class Shelf(Generic[Item]):
    """By room code; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: dict[str, Item] = {}
        self._ended: OrderedDict[str, Item] = OrderedDict()

    def get(self, code: str) -> Item | None:
        with self._lock:
            found = self._live.get(code)
            if found is None and code in self._ended:
                self._ended.move_to_end(code)
                found = self._ended[code]
            return found

    def put(self, code: str, item: Item, *, is_ended: bool) -> None:
        with self._lock:
            if not is_ended:
                self._live[code] = item
                return
            self._live.pop(code, None)
            self._ended[code] = item
            self._ended.move_to_end(code)
            while len(self._ended) > ENDED_KEPT:
                self._ended.popitem(last=False)

    def drop(self, code: str) -> None:
        with self._lock:
            self._live.pop(code, None)
            self._ended.pop(code, None)

    def clear(self) -> None:
        with self._lock:
            self._live.clear()
            self._ended.clear()

    def __len__(self) -> int:
        return len(self._live) + len(self._ended)
