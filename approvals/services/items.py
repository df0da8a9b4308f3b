"""Publishing items (事项): a version is immutable, a change is a new version."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as _noop

from approvals import events, permissions
from approvals.models import ItemVersion
from audit.services import record
from kernel.actors import Actor
from kernel.clock import Clock
from kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """What a guide must tell (ALL 30): materials, days, basis, fee, place."""

    code: str
    name: str
    organ: str
    statutory_wd: int
    committed_wd: int
    materials: Sequence[str]
    bases: Sequence[str]
    fee_note: str
    window: str
    enquiry: str
    is_project_approval: bool = False


@transaction.atomic(durable=True)
def publish_item(*, entry: ItemEntry, actor: Actor, clock: Clock) -> ItemVersion:
    """Publishes the next version of an item. Invalid if it promises more days than the law."""
    permissions.require(actor, "publish_item")
    require_complete(entry)
    last = ItemVersion.objects.filter(code=entry.code).order_by("-index").first()
    now = clock.now()
    item = ItemVersion.objects.create(
        code=entry.code,
        index=last.index + 1 if last else 1,
        name=entry.name,
        organ=entry.organ,
        statutory_wd=entry.statutory_wd,
        committed_wd=entry.committed_wd,
        materials=list(entry.materials),
        bases=list(entry.bases),
        fee_note=entry.fee_note,
        window=entry.window,
        enquiry=entry.enquiry,
        is_project_approval=entry.is_project_approval,
        published_at=now,
    )
    event = events.ItemPublished(item.code, item.index, item.statutory_wd, item.committed_wd)
    record(stream=f"item/{item.code}", event=event, actor=actor, at=now)
    return item


DISCLOSED = {
    "name": _noop("请填写事项名称。"),
    "organ": _noop("请填写办理机关。"),
    "materials": _noop("请列出申请材料。"),
    "bases": _noop("请列出办理依据。"),
    "fee_note": _noop("请写明收费标准，不收费也要写明。"),
    "window": _noop("请写明办理窗口。"),
    "enquiry": _noop("请写明咨询方式。"),
}


def require_complete(entry: ItemEntry) -> None:
    """The five disclosures are there (content, procedure, papers, days, fee) and the promise
    lies within the law. ALL 30."""
    faults: dict[str, object] = {
        name: _(text) for name, text in DISCLOSED.items() if not is_told(getattr(entry, name))
    }
    if not 0 <= entry.committed_wd <= entry.statutory_wd:
        faults["committed_wd"] = _("承诺时限不能超过法定时限。")
    if len(set(entry.materials)) != len(entry.materials):
        faults["materials"] = _("同一材料只列一次。")
    if faults:
        raise Invalid(fields=faults)


def is_told(value: str | Sequence[str]) -> bool:
    """Whether something stands there: a text, or a list without blank lines."""
    lines = [value] if isinstance(value, str) else list(value)
    return bool(lines) and all(line.strip() for line in lines)
