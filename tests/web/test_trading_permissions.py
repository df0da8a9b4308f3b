"""Role × state × action of a sale: every cell that says no is a refused request, and nothing moves.

The table names every address of the app; a new address without a row fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from django.urls import reverse

from audit.events import AttemptRefused
from audit.models import Entry
from kernel.actors import Role
from tests.worlds.city import organisation, person
from tests.worlds.market import Market, auction, beijing
from trading.models import Deposit, Lot, Registration
from trading.urls import urlpatterns

pytestmark = pytest.mark.django_db

ANYBODY = frozenset({*Role, "nobody", "anonymous"})
SIGNED_IN = ANYBODY - {"anonymous"}
BIDDER = frozenset({Role.BIDDER})
CLERK = frozenset({Role.NOTICE_CLERK})
FINANCE = frozenset({Role.FINANCE})
STAFF = frozenset(
    {
        Role.NOTICE_CLERK,
        Role.NOTICE_REVIEWER,
        Role.HOST,
        Role.FINANCE,
        Role.SUPERVISOR,
        Role.AUDITOR,
    }
)
MONEY = frozenset({Role.FINANCE, Role.SUPERVISOR, Role.AUDITOR})
NOBODY: frozenset[Any] = frozenset()
STATES = ("draft", "announced", "won")


@dataclass(frozen=True)
class Scene:
    """What the addresses point at. The bidder's own registration is `registration`."""

    lot: Lot
    registration: str
    deposit: int


@dataclass(frozen=True)
class Cell:
    """One action. `draft`, `announced`, `won`: who is not refused in that state of the lot."""

    name: str
    method: str
    args: Callable[[Scene], list[Any]]
    draft: frozenset[Any]
    announced: frozenset[Any]
    won: frozenset[Any]


def every(name: str, method: str, args: Callable[[Scene], list[Any]], who: frozenset[Any]) -> Cell:
    return Cell(name, method, args, who, who, who)


def by_lot(scene: Scene) -> list[Any]:
    return [scene.lot.no]


def by_project(scene: Scene) -> list[Any]:
    return [scene.lot.project.no]


def alone(_scene: Scene) -> list[Any]:
    return []


def by_deposit(scene: Scene) -> list[Any]:
    return [scene.deposit]


TABLE = (
    Cell("lot", "get", by_lot, STAFF, ANYBODY, ANYBODY),
    Cell("register", "get", by_lot, NOBODY, BIDDER, BIDDER),
    Cell("register", "post", by_lot, NOBODY, BIDDER, BIDDER),
    every("my_home", "get", alone, SIGNED_IN),
    every("reserve", "get", by_lot, NOBODY),
    every("reserve", "post", by_lot, NOBODY),
    Cell("withdraw", "post", lambda scene: [scene.registration], NOBODY, BIDDER, BIDDER),
    every("staff_home", "get", alone, SIGNED_IN),
    every("project_list", "get", alone, STAFF),
    every("project_new", "get", alone, CLERK),
    every("project_new", "post", alone, CLERK),
    every("project", "get", by_project, STAFF),
    every("lot_new", "get", lambda scene: [*by_project(scene), "auction"], CLERK),
    every("lot_new", "post", lambda scene: [*by_project(scene), "auction"], CLERK),
    every("staff_lot", "get", by_lot, STAFF),
    every("lot_edit", "get", by_lot, CLERK),
    every("lot_edit", "post", by_lot, CLERK),
    every("publish_again", "get", by_lot, CLERK),
    every("publish_again", "post", by_lot, CLERK),
    every("deposit_desk", "get", alone, MONEY),
    every("import_bank", "post", alone, FINANCE),
    Cell("refund", "get", by_deposit, NOBODY, FINANCE, FINANCE),
    Cell("refund", "post", by_deposit, NOBODY, FINANCE, FINANCE),
    every("return_credit", "get", lambda scene: [0], NOBODY),
    every("return_credit", "post", lambda scene: [0], NOBODY),
    every("note_contract", "get", by_lot, NOBODY),
    every("note_contract", "post", by_lot, NOBODY),
    every("ocds_releases", "get", alone, ANYBODY),
    Cell("ocds_record", "get", lambda s: [f"ocds-yg0001-{s.lot.no}"], NOBODY, ANYBODY, ANYBODY),
)


def scene_in(state: str, market: Market) -> Scene:
    if state == "draft":
        lot = market.draft(auction(), market.project("05"))
        market.approve(lot, beijing("2026-03-20 09:00"))
        market.clock.set(beijing("2026-03-20 09:00"))
        lot = market.publish(lot)
        assert lot.blocked
        return Scene(lot, "none", 0)
    if state == "announced":
        lot = market.published(auction())
        item = market.register(lot, market.alice)
        return Scene(lot, item.no, Deposit.objects.get(registration=item).pk)
    lot, (alice, bob) = market.awarded()
    return Scene(lot, alice.no, Deposit.objects.get(registration=bob).pk)


def browsers(market: Market) -> dict[Any, Client]:
    """One browser a role; the bidder is Alice, who is registered."""
    house = organisation("岗位测试单位", 555)
    names = {role: f"only-{role}" for role in Role} | {"nobody": "nobody"}
    for role, name in names.items():
        person(name, house, *([role] if role != "nobody" else []))
    names[Role.BIDDER] = "alice"
    found: dict[Any, Client] = {"anonymous": Client()}
    for role, name in names.items():
        found[role] = Client()
        user = get_user_model().objects.get(username=name)
        found[role].force_login(user, "django.contrib.auth.backends.ModelBackend")
    return found


def everything() -> dict[str, Any]:
    """All rows of the sale, and how long the ledger is but for the record of refusals."""
    tables = apps.get_app_config("trading").get_models()
    rows = {table.__name__: list(table.objects.order_by("pk").values()) for table in tables}
    return {**rows, "entries": Entry.objects.exclude(kind=AttemptRefused.kind).count()}


@contextmanager
def taken_back() -> Iterator[None]:
    """Lets a request commit, then takes it back."""
    outer = transaction.atomic()
    outer._from_testcase = True
    with outer:
        yield
        transaction.set_rollback(True)


def is_refused(response: Any) -> bool:
    if response.status_code == 302:
        return str(response["Location"]).startswith("/accounts/login/")
    return response.status_code in {403, 404}


@pytest.mark.parametrize("state", STATES)
def test_every_cell(state: str) -> None:
    market = Market()
    scene, clients = scene_in(state, market), browsers(market)
    before, wrong = everything(), []
    for cell in TABLE:
        url, may = reverse(f"trading:{cell.name}", args=cell.args(scene)), getattr(cell, state)
        for role in clients.keys() - may:
            response = getattr(clients[role], cell.method)(url)
            if not is_refused(response):
                wrong.append((cell.method, url, str(role), response.status_code))
        if everything() != before:
            wrong.append((cell.method, url, "somebody refused", "changed something"))
        for role in may:
            with taken_back():
                response = getattr(clients[role], cell.method)(url)
            if response.status_code >= 500 or is_refused(response):
                wrong.append((cell.method, url, str(role), response.status_code))
    assert wrong == []


def test_every_address_of_the_sale_is_in_the_table() -> None:
    assert {pattern.name for pattern in urlpatterns} == {cell.name for cell in TABLE}


def test_a_rival_s_registration_does_not_exist() -> None:
    market = Market()
    scene, clients = scene_in("announced", market), browsers(market)
    bob = Client()
    user = get_user_model().objects.get(username="bob")
    bob.force_login(user, "django.contrib.auth.backends.ModelBackend")
    url = reverse("trading:withdraw", args=[scene.registration])

    assert bob.post(url).status_code == 404

    assert Registration.objects.get().state == "deposit_due"
    page = bob.get(reverse("trading:register", args=[scene.lot.no])).content.decode()
    assert Deposit.objects.get().account_no not in page
    assert clients[Role.BIDDER].post(url).status_code == 302
