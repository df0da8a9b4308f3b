"""Row locks of notices; taken after the locks of the lot."""

from kernel.errors import NotFound
from notices.models import Notice, NoticeSeries


def lock_notice(no: str) -> Notice:
    """Returns the notice locked until the transaction ends."""
    notice = Notice.objects.select_for_update().filter(no=no).first()
    if notice is None:
        raise NotFound("notice_unknown")
    return notice


def next_index(name: str) -> int:
    """Returns the next number of a series; a rolled-back transaction gives it back."""
    NoticeSeries.objects.get_or_create(name=name)
    series = NoticeSeries.objects.select_for_update().get(name=name)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last
