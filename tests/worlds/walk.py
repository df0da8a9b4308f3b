"""Every address of the site, a world in which each leads somewhere, and a browser per role."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts import services
from accounts.models import User
from approvals.models import Case
from audit.clock import system_clock
from config.management.demo import sales, world
from documents.models import Document
from kernel.actors import SYSTEM, Role
from kernel.clock import FixedClock
from notices.models import Notice
from trading.models import Deposit, Lot

ANONYMOUS = "anonymous"
NOBODY = "nobody"
"""Signed in, without a role."""
ROLES = (*Role, NOBODY, ANONYMOUS)
USERS = {
    Role.BIDDER: "bidA",
    Role.NOTICE_CLERK: "clerk1",
    Role.HOST: "host",
    Role.FINANCE: "finance",
    Role.SUPERVISOR: "sup",
    Role.AUDITOR: "auditor",
    Role.WINDOW_CLERK: "window",
    Role.DEPARTMENT_REVIEWER: "reviewer1",
    Role.SECTION_CHIEF: "chief",
    Role.CASHIER: "cashier",
    Role.ADMINISTRATOR: "admin",
}


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Every url pattern of the project as it is written, parameters included."""
    for item in (resolver or get_resolver()).url_patterns:
        route = prefix + str(item.pattern).removeprefix("^").removesuffix("$")
        if isinstance(item, URLPattern):
            yield route
        else:
            yield from addresses(item, route)


def people() -> dict[str, User]:
    """One person for each role, who holds that role alone, one without any."""
    clock = FixedClock(system_clock().now())
    place = User.objects.get(username="clerk1").memberships.get().organisation
    for name, roles in (("onlyreview", (Role.NOTICE_REVIEWER,)), ("noroles", ())):
        services.ensure_person(
            username=name,
            name=name,
            password="yangguang-demo",
            organisation=place,
            roles=roles,
            actor=SYSTEM,
            clock=clock,
        )
    names = {**USERS, Role.NOTICE_REVIEWER: "onlyreview", NOBODY: "noroles"}
    return {str(role): User.objects.get(username=name) for role, name in names.items()}


def build() -> dict[str, str]:
    """A published lot with paid-up bidders and papers, a draft of another, cases; the values of
    the parameters of addresses."""
    out = io.StringIO()
    call_command("seed_demo", profile="e2e", lot="WALK", stdout=out, verbosity=0)
    made: dict[str, Any] = json.loads(out.getvalue())
    now = system_clock().now()
    sales.cases_on_their_clock(now)
    world.settle()
    return values(Lot.objects.get(no=made["lot"]))


def values(lot: Lot) -> dict[str, str]:
    notice = Notice.objects.get(no=lot.notice_no)
    draft = a_draft()
    person = User.objects.get(username="bidB")
    return {
        "lot": lot.no,
        "room": lot.room_code,
        "project": lot.project.no,
        "notice": notice.no,
        "case": first_case(),
        "document": first_document(),
        "deposit": str(Deposit.objects.order_by("pk")[0].pk),
        "person": person.public_id,
        "ocid": ocid(),
        "draft_lot": draft.no,
        "draft": draft.notice_no,
    }


def a_draft() -> Lot:
    """A lot whose notice is still being written."""
    now = system_clock().now()
    stages = sales.Listing(45, 15, 20)
    plan = sales.land_plan("待发布地块", now, stages=stages, opened=timedelta(days=11))
    clock = FixedClock(now - timedelta(days=6))
    project = world.register_project(plan, clock)
    return world.draft(plan, project, clock)


def ocid() -> str:
    """The first open contracting id that the site itself offers."""
    found = Client().get("/api/ocds/releases").json()
    return str(found["releases"][0]["ocid"])


def first_case() -> str:
    return Case.objects.order_by("-pk")[0].no


def first_document() -> str:
    return str(Document.objects.order_by("pk")[0].code)


def browsers() -> dict[str, Client]:
    """A signed-in browser for each role; the visitor's has no session."""
    found = {ANONYMOUS: Client()}
    for role, user in people().items():
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        found[role] = client
    return found
