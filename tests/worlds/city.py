"""A small city for tests: organisations, people and the one item, made through the services."""

from datetime import UTC, datetime

from accounts import selectors, services
from accounts.models import Organisation
from accounts.rules.uscc import check_character, inner_character
from approvals.services import items
from kernel.actors import SYSTEM, Actor, Role
from kernel.clock import FixedClock

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Monday 2026-03-02 09:00 in Beijing."""


def code_of(body: str) -> str:
    """A lawful credit code from its first sixteen characters."""
    first = body + inner_character(body[8:16])
    return first + check_character(first)


def organisation(name: str, number: int) -> Organisation:
    code = code_of(f"91510600MA62{number:04d}")
    clock = FixedClock(AT)
    return services.register_organisation(code=code, name=name, actor=SYSTEM, clock=clock)


def person(username: str, company: Organisation, *roles: Role) -> Actor:
    """A person with roles, as the services see them."""
    services.ensure_person(
        username=username,
        name=username,
        password="yangguang-demo",
        organisation=company,
        roles=roles,
        actor=SYSTEM,
        clock=FixedClock(AT),
    )
    return selectors.actor_of_username(username)


def publish_item(code: str = "SG-XK", statutory_wd: int = 20, committed_wd: int = 7) -> None:
    entry = items.ItemEntry(
        code=code,
        name="项目审批",
        organ="行政审批局",
        statutory_wd=statutory_wd,
        committed_wd=committed_wd,
        materials=("申请报告", "资金证明"),
        bases=("行政许可法",),
        fee_note="不收费",
        window="3 号窗口",
        enquiry="0838-2500100",
        is_project_approval=True,
    )
    items.publish_item(entry=entry, actor=SYSTEM, clock=FixedClock(AT))
