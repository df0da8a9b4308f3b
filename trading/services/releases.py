"""What became public of a lot, numbered in the order of the commits: the open data's cursor."""

from kernel.clock import Clock
from trading.locks import next_index
from trading.models import Lot, Release


def release(lot: Lot, tag: str, clock: Clock) -> Release:
    """Numbers one release, inside the caller's transaction. Once for each lot and tag."""
    known = Release.objects.filter(lot=lot, tag=tag).first()
    if known is not None:
        return known
    # The number's row stays locked until the commit: a reader never sees a later number first.
    index = next_index("ocds-releases")
    return Release.objects.create(index=index, lot=lot, tag=tag, released_at=clock.now())
