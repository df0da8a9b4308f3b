"""What the ledger holds of a paper, in the bytes that it hashes."""

import json
from dataclasses import dataclass
from typing import Any, cast

from audit.selectors import find_entry
from kernel.errors import NotFound


@dataclass(frozen=True)
class Recorded:
    """An entry's body and its hash in hex."""

    body: dict[str, Any]
    hash: str


def read_record(stream: str, seq: int | None) -> Recorded:
    """Returns the entry. NotFound if the ledger has none there."""
    entry = find_entry(stream, seq) if seq is not None else None
    if entry is None:
        raise NotFound("no_such_entry", params={"stream": stream, "seq": seq})
    return Recorded(cast("dict[str, Any]", entry.body), entry.hash.hex())


def canonical(body: dict[str, Any]) -> bytes:
    """The bytes that the ledger hashes (RFC 8785 for values that need none of its finesse)."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()
