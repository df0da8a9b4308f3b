"""What oversight does when it hears of something; every handler may be called twice."""

from audit.clock import system_clock
from audit.selectors import EntryView
from oversight.services.making import run_export


def on_export_requested(entry: EntryView) -> None:
    """Slow: the file is made, unless it was made or cancelled meanwhile."""
    run_export(code=str(entry.body["export"]), clock=system_clock())
