"""Rooms commit for real, so each test has a database of its own and a sequencer of its own."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _own_engine(own_engine: None) -> None:
    """Every test here needs it."""


@pytest.fixture
def no_listeners(monkeypatch: pytest.MonkeyPatch) -> Any:
    """For tests that look only at the record."""
    return monkeypatch.setattr("bidding.sequencer.batches.listeners", [])
