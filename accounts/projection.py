"""Words for roles, and what the desk of people says about each."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.rules.conflicts import conflict
from kernel.actors import Role

if TYPE_CHECKING:
    from accounts.models import RoleGrant
    from accounts.selectors import Person

ROLE_NAMES = {
    Role.BIDDER: gettext_noop("竞买人"),
    Role.NOTICE_CLERK: gettext_noop("公告岗"),
    Role.NOTICE_REVIEWER: gettext_noop("复核岗"),
    Role.HOST: gettext_noop("主持人"),
    Role.FINANCE: gettext_noop("财务"),
    Role.SUPERVISOR: gettext_noop("监管员"),
    Role.AUDITOR: gettext_noop("审计"),
    Role.WINDOW_CLERK: gettext_noop("窗口"),
    Role.DEPARTMENT_REVIEWER: gettext_noop("部门审核"),
    Role.SECTION_CHIEF: gettext_noop("科长"),
    Role.CASHIER: gettext_noop("出纳"),
    Role.ADMINISTRATOR: gettext_noop("系统管理员"),
}
BROWSERS = (
    ("Edg", "Edge"),
    ("MicroMessenger", "WeChat"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def role_name(role: Role) -> str:
    """A role in the reader's language."""
    return str(_(ROLE_NAMES[role]))


def browser_name(agent: str) -> str:
    """A browser's own words, shortened to what a person recognises: `Chrome · Windows`."""
    found = [
        next((name for mark, name in table if mark in agent), "") for table in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(filter(None, found)) or _("未知浏览器")


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role and one person: `state` is held, free or barred."""

    role: Role
    name: str
    state: str
    until_at: datetime | None = None
    against: str = ""
    """The name of the role that bars it."""


def role_rows(person: "Person") -> list[RoleRow]:
    """Every role: held, free to grant, or barred by one that is held."""
    held = {Role(grant.role): grant for grant in person.grants}
    return [role_row(role, held, held.get(role)) for role in Role]


def role_row(role: Role, held: "dict[Role, RoleGrant]", grant: "RoleGrant | None") -> RoleRow:
    if grant is not None:
        return RoleRow(role, role_name(role), "held", until_at=grant.until_at)
    against = conflict(held.keys(), role)
    if against is None:
        return RoleRow(role, role_name(role), "free")
    return RoleRow(role, role_name(role), "barred", against=role_name(against))
