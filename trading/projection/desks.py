"""The staff's start page: the desks a person may sit at and how much waits on each."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kernel.actors import Actor, Role

CLERKS = (Role.NOTICE_CLERK, Role.NOTICE_REVIEWER)
CASE_STAFF = (Role.WINDOW_CLERK, Role.DEPARTMENT_REVIEWER, Role.SECTION_CHIEF)
DESKS: tuple[tuple[tuple[Role, ...], str, str, str, str], ...] = (
    (CLERKS, "notices", gettext_noop("公告待办"), "notices:queue", gettext_noop("件待起草或复核")),
    (
        CLERKS,
        "blocked",
        gettext_noop("项目与标的"),
        "trading:project_list",
        gettext_noop("个标的发布受阻"),
    ),
    (
        (Role.FINANCE, Role.SUPERVISOR, Role.AUDITOR),
        "refunds",
        gettext_noop("保证金"),
        "trading:deposit_desk",
        gettext_noop("笔应退未退"),
    ),
    (
        (Role.HOST, Role.SUPERVISOR),
        "rooms",
        gettext_noop("竞价室"),
        "oversight:rooms",
        gettext_noop("场正在竞价"),
    ),
    (
        (Role.SUPERVISOR,),
        "aborts",
        gettext_noop("中止申请"),
        "oversight:rooms",
        gettext_noop("件等待答复"),
    ),
    (
        (*CASE_STAFF, Role.SUPERVISOR),
        "cases",
        gettext_noop("办件"),
        "approvals:queue",
        gettext_noop("件在办"),
    ),
    ((Role.AUDITOR, Role.SUPERVISOR), "", gettext_noop("交易台账"), "oversight:ledger", ""),
    ((Role.ADMINISTRATOR,), "", gettext_noop("人员与岗位"), "accounts:people", ""),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk: where it is and what waits there (None: nothing is counted)."""

    key: str
    label: str
    href: str
    count: int | None
    words: str


def desks_of(actor: Actor, counts: Mapping[str, int]) -> list[Desk]:
    """The desks of this person's roles, in the order of the day."""
    return [
        Desk(key, str(_(label)), address(name), counts.get(key), str(_(words)) if words else "")
        for roles, key, label, name, words in DESKS
        if actor.has(*roles) and address(name)
    ]


def address(name: str) -> str:
    """The page's address, or nothing where this installation has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
