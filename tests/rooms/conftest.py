"""Rooms commit for real, so each test has a database of its own and a sequencer of its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from bidding.sequencer.books import forget_books
from bidding.sequencer.committer import sequencer
from bidding.sequencer.pulse import forget_pulse
from bidding.sequencer.shown import forget_views


@pytest.fixture(autouse=True)
def _own_engine(transactional_db: None) -> Iterator[None]:
    """The committer's thread keeps a connection: it ends before the database goes."""
    forget_books()
    forget_views()
    forget_pulse()
    yield
    sequencer.stop()
    forget_books()


@pytest.fixture
def no_listeners(monkeypatch: pytest.MonkeyPatch) -> Any:
    """For tests that look only at the record."""
    return monkeypatch.setattr("bidding.sequencer.batches.listeners", [])
