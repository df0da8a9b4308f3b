"""Entry registration of a project (进场登记)."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.selectors import access_organisation
from audit.services import record
from kernel.actors import Actor
from kernel.clock import CHINA, Clock
from kernel.errors import Invalid
from law.rules.codes import is_project_code
from trading import events, permissions
from trading.locks import next_index
from trading.models import Project

CATEGORIES = ("01", "02", "03", "04", "05", "90")


@dataclass(frozen=True, slots=True)
class ProjectEntry:
    """What the unit hands in. `exemption_note` names the paper that frees it of approval (LK-1)."""

    name: str
    category: str
    unit_code: str
    funds_note: str
    investment_code: str = ""
    exemption_note: str = ""


@transaction.atomic(durable=True)
def register_project(*, entry: ProjectEntry, actor: Actor, clock: Clock) -> Project:
    """Registers a project and gives its number. Invalid names every wrong field."""
    permissions.require(actor, "register_project")
    require_entry(entry)
    unit = access_organisation(entry.unit_code)
    now = clock.now()
    series = f"{settings.REGION_CODE}-{now.astimezone(CHINA).year}-{entry.category}"
    project = Project.objects.create(
        no=f"{series}-{next_index(series):05d}",
        name=entry.name.strip(),
        category=entry.category,
        unit_id=unit.pk,
        investment_code=entry.investment_code.strip(),
        funds_note=entry.funds_note.strip(),
        is_exempt=bool(entry.exemption_note.strip()),
        exemption_note=entry.exemption_note.strip(),
        created_by=actor.id,
        created_at=now,
    )
    event = events.ProjectRegistered(
        project.no, project.name, project.category, unit.code, project.exemption_note
    )
    record(stream=f"project/{project.no}", event=event, actor=actor, at=now)
    return project


def require_entry(entry: ProjectEntry) -> None:
    faults: dict[str, object] = {}
    if not entry.name.strip():
        faults["name"] = _("请填写项目名称。")
    if entry.category not in CATEGORIES:
        faults["category"] = _("请选择交易类别。")
    if not entry.funds_note.strip():
        faults["funds_note"] = _("请写明资金来源与落实情况。")
    if entry.investment_code.strip() and not is_project_code(entry.investment_code):
        faults["investment_code"] = _(
            "这不是投资项目代码：应为 24 位，例如 2606-510600-04-01-123456；没有代码的留空。"
        )
    if faults:
        raise Invalid(fields=faults)
