"""The one place that says which handler hears which event, what the timekeeper takes, who answers
which `evaluate` question. Upward calls go through here and nowhere else."""

from collections.abc import Callable
from typing import Any

Question = dict[str, Any]
Answer = dict[str, Any]

EVALUATE: dict[str, Callable[[Question], Answer]] = {}


def connect() -> None:
    """Subscribes the handlers; called once when the apps are ready."""
