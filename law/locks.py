"""Row locks of the law."""

from kernel.errors import NotFound
from law.models import CalendarProposal


def lock_proposal(pk: int) -> CalendarProposal:
    """Returns the proposal locked until the transaction ends."""
    found = CalendarProposal.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise NotFound("proposal_unknown")
    return found
