"""The app's row locks."""

from kernel.errors import NotFound
from oversight.models import Export


def lock_export(code: str) -> Export:
    """Locks one export. NotFound without it."""
    found = Export.objects.select_for_update().filter(code=code).first()
    if found is None:
        raise NotFound("no_such_export")
    return found
