"""Every address of the site and who may use it. A cell that says no is a refused request.

A new address fails `test_every_address_is_listed` until it stands in ADDRESSES with the roles it
answers. GET: the listed roles are answered, all others refused. POST: all others are refused and
nothing enters the record; what the listed roles do with it is tested with its app."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client

from audit.events import AttemptRefused
from audit.models import Entry
from kernel.actors import Role
from tests.conftest import using
from tests.worlds import walk
from tests.worlds.walk import ANONYMOUS

pytestmark = pytest.mark.django_db
Roles = frozenset[str]
EVERYBODY: Roles = frozenset(map(str, walk.ROLES))
SIGNED = EVERYBODY - {ANONYMOUS}
NONE: Roles = frozenset()
ADMIN: Roles = frozenset({Role.ADMINISTRATOR})
PEOPLE = ADMIN | {Role.AUDITOR}
CLERK: Roles = frozenset({Role.NOTICE_CLERK})
REVIEWER: Roles = frozenset({Role.NOTICE_REVIEWER})
NOTICES = CLERK | REVIEWER | {Role.SUPERVISOR, Role.AUDITOR}
STAFF: Roles = NOTICES | {Role.HOST, Role.FINANCE}
HOST: Roles = frozenset({Role.HOST})
CONTROL = HOST | {Role.SUPERVISOR}
FINANCE: Roles = frozenset({Role.FINANCE})
DEPOSITS = FINANCE | {Role.SUPERVISOR, Role.AUDITOR}
WINDOW: Roles = frozenset({Role.WINDOW_CLERK})
CASES = WINDOW | {
    Role.DEPARTMENT_REVIEWER,
    Role.SECTION_CHIEF,
    Role.SUPERVISOR,
    Role.AUDITOR,
}
LEDGER: Roles = frozenset({Role.SUPERVISOR, Role.AUDITOR})
BIDDER: Roles = frozenset({Role.BIDDER})


class Address(NamedTuple):
    """A path whose {names} are filled from the world; who is answered."""

    path: str
    get: Roles
    post: Roles = NONE


ADDRESSES = {
    # probes, language, look
    "healthz": Address("/healthz", EVERYBODY),
    "readyz": Address("/readyz", EVERYBODY),
    "metrics": Address("/metrics", EVERYBODY),  # from this machine alone
    "i18n/setlang/": Address("/i18n/setlang/", EVERYBODY, EVERYBODY),
    "display/": Address("/display/", NONE, EVERYBODY),
    "styleguide/": Address("/styleguide/", EVERYBODY),
    # one's own access
    "demo/sign-in/": Address("/demo/sign-in/", NONE),
    "accounts/(?P<door>signup|email|confirm-email|password|login/code)/": Address(
        "/accounts/signup/", NONE
    ),
    "accounts/security/": Address("/accounts/security/", SIGNED),
    "accounts/security/password/": Address("/accounts/security/password/", NONE, SIGNED),
    "accounts/security/sessions/end/": Address("/accounts/security/sessions/end/", NONE, SIGNED),
    "accounts/security/sessions/<str:handle>/end/": Address(
        "/accounts/security/sessions/abc/end/", NONE
    ),
    # people
    "staff/people/": Address("/staff/people/", PEOPLE),
    "staff/people/new/": Address("/staff/people/new/", ADMIN, ADMIN),
    "staff/people/<str:public_id>/": Address("/staff/people/{person}/", PEOPLE),
    "staff/people/<str:public_id>/grant/": Address("/staff/people/{person}/grant/", NONE, ADMIN),
    "staff/people/<str:public_id>/roles/<str:role>/revoke/": Address(
        "/staff/people/{person}/roles/bidder/revoke/", NONE, ADMIN
    ),
    "staff/people/<str:public_id>/suspend/": Address(
        "/staff/people/{person}/suspend/", NONE, ADMIN
    ),
    "staff/people/<str:public_id>/reinstate/": Address(
        "/staff/people/{person}/reinstate/", NONE, ADMIN
    ),
    "staff/people/<str:public_id>/confirm/": Address(
        "/staff/people/{person}/confirm/", NONE, PEOPLE
    ),
    "staff/people/<str:public_id>/reset/": Address("/staff/people/{person}/reset/", NONE, ADMIN),
    # the ledger; one's own exports exist for nobody else (tests/web/test_audit_exports.py)
    "audit/": Address("/audit/ledger/", LEDGER),
    "audit/ledger/": Address("/audit/ledger/", LEDGER),
    "audit/ledger/<path:stream>/<int:seq>/": Address("/audit/ledger/lot/{lot}/1/", LEDGER),
    "audit/exports/": Address("/audit/exports/", NONE, LEDGER),
    "audit/exports/<str:code>/": Address("/audit/exports/ABCD2345/", NONE),
    "audit/exports/<str:code>/progress/": Address("/audit/exports/ABCD2345/progress/", NONE),
    "audit/exports/<str:code>/file/": Address("/audit/exports/ABCD2345/file/", NONE),
    "audit/exports/<str:code>/cancel/": Address("/audit/exports/ABCD2345/cancel/", NONE),
    "audit/exports/<str:code>/retry/": Address("/audit/exports/ABCD2345/retry/", NONE),
    "verify/receipts/<str:receipt_no>/": Address("/verify/receipts/R-ABCD2345-000001/", NONE),
    # papers
    "verify/": Address("/verify/", EVERYBODY, EVERYBODY),
    "v/<str:code>": Address("/v/{document}", EVERYBODY, EVERYBODY),
    "v/<str:code>/file": Address("/v/{document}/file", CASES),
    # notices
    "notices/": Address("/notices/", EVERYBODY),
    r"notices/?\.(?P<form>atom|ics|csv)": Address("/notices.atom", EVERYBODY),
    "notices/<str:no>/": Address("/notices/{notice}/", EVERYBODY),
    "notices/<str:no>/v/<int:index>/": Address("/notices/{notice}/v/1/", EVERYBODY),
    "notices/<str:no>/qr.svg": Address("/notices/{notice}/qr.svg", EVERYBODY),
    "staff/notices/": Address("/staff/notices/", NOTICES),
    "staff/notices/<str:no>/": Address("/staff/notices/{notice}/", NOTICES),
    "staff/notices/<str:no>/edit/": Address("/staff/notices/{draft}/edit/", CLERK, CLERK),
    "staff/notices/<str:no>/approve/": Address("/staff/notices/{draft}/approve/", NONE, REVIEWER),
    "staff/notices/<str:no>/return/": Address("/staff/notices/{draft}/return/", NONE, REVIEWER),
    # rooms
    "rooms/<room_code:code>/": Address("/rooms/{room}/", EVERYBODY),
    "rooms/<room_code:code>/hall/": Address("/rooms/{room}/hall/", EVERYBODY),
    "rooms/<room_code:code>/control/": Address("/rooms/{room}/control/", CONTROL),
    "rooms/<room_code:code>/control/health/": Address("/rooms/{room}/control/health/", CONTROL),
    "rooms/<room_code:code>/control/<host_act:act>/": Address(
        "/rooms/{room}/control/announce/", NONE, HOST
    ),
    "api/rooms/<str:code>/snapshot": Address("/api/rooms/{room}/snapshot", EVERYBODY),
    "api/rooms/<str:code>/events": Address("/api/rooms/{room}/events", EVERYBODY),
    "api/rooms/<str:code>/offers": Address("/api/rooms/{room}/offers", NONE, BIDDER),
    # law
    "staff/law/": Address("/staff/law/", PEOPLE),
    "staff/law/calendars/<int:pk>/approve/": Address(
        "/staff/law/calendars/1/approve/", NONE, ADMIN
    ),
    "staff/law/calendars/<int:pk>/reject/": Address("/staff/law/calendars/1/reject/", NONE, ADMIN),
    # cases
    "items/": Address("/items/", EVERYBODY),
    "items/<str:code>/": Address("/items/SG-XK/", EVERYBODY),
    "cases/track/": Address("/cases/track/", EVERYBODY, EVERYBODY),
    "staff/cases/": Address("/staff/cases/", CASES),
    "staff/cases/new/<str:code>/": Address("/staff/cases/new/SG-XK/", WINDOW, WINDOW),
    "staff/cases/<str:no>/": Address("/staff/cases/{case}/", CASES),
    "staff/cases/<str:no>/<case_action:action>/": Address(
        "/staff/cases/{case}/accept/", NONE, WINDOW
    ),
    # the sale
    "lots/<str:no>/": Address("/lots/{lot}/", EVERYBODY),
    "lots/<str:no>/register/": Address("/lots/{lot}/register/", BIDDER, BIDDER),
    "my/": Address("/my/", SIGNED),
    # the selling unit's own people alone (tests/web/test_trading_reserve.py)
    "my/lots/<str:no>/reserve/": Address("/my/lots/{lot}/reserve/", NONE),
    "my/registrations/<str:no>/withdraw/": Address(
        "/my/registrations/{lot}/withdraw/", NONE, BIDDER
    ),
    "staff/": Address("/staff/", SIGNED),
    "staff/projects/": Address("/staff/projects/", STAFF),
    "staff/projects/new/": Address("/staff/projects/new/", CLERK, CLERK),
    "staff/projects/<str:no>/": Address("/staff/projects/{project}/", STAFF),
    "staff/projects/<str:no>/lots/<str:procedure>/": Address(
        "/staff/projects/{project}/lots/listing/", CLERK, CLERK
    ),
    "staff/lots/<str:no>/": Address("/staff/lots/{lot}/", STAFF),
    "staff/lots/<str:no>/edit/": Address("/staff/lots/{draft_lot}/edit/", CLERK, CLERK),
    "staff/lots/<str:no>/publish/": Address("/staff/lots/{draft_lot}/publish/", CLERK, CLERK),
    "staff/deposits/": Address("/staff/deposits/", DEPOSITS),
    "staff/deposits/import/": Address("/staff/deposits/import/", NONE, FINANCE),
    # both need a row that is there (tests/web/test_trading_pages.py)
    "staff/credits/<int:pk>/return/": Address("/staff/credits/0/return/", NONE, FINANCE),
    "staff/lots/<str:no>/contract/": Address("/staff/lots/{lot}/contract/", NONE, CLERK),
    "staff/deposits/<int:pk>/refund/": Address(
        "/staff/deposits/{deposit}/refund/", FINANCE, FINANCE
    ),
    "api/ocds/releases": Address("/api/ocds/releases", EVERYBODY),
    "api/ocds/records/<str:ocid>": Address("/api/ocds/records/{ocid}", EVERYBODY),
    # what everybody looks at
    "": Address("/", EVERYBODY),
    "stats/": Address("/stats/", EVERYBODY),
    "rooms/": Address("/rooms/", EVERYBODY),
    "staff/rooms/": Address("/staff/rooms/", STAFF),
}
ALLAUTH = "accounts/"
"""allauth's own addresses: those that are open act on the signed-in person alone."""
OPEN_DOORS = {
    "accounts/login/",
    "accounts/logout/",
    "accounts/inactive/",
    "accounts/2fa/authenticate/",
    "accounts/2fa/webauthn/login/",
}
REFUSED = {401, 403, 404, 405}


class World(NamedTuple):
    values: dict[str, str]
    clients: dict[str, Client]


@pytest.fixture(scope="module")
def world(
    sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[World]:
    """One world for all walks; a refused request changes nothing, so they share it."""
    import shutil

    name = str(shutil.copyfile(sqlite_template, tmp_path_factory.mktemp("walk") / "walk.sqlite3"))
    database = {**connections.settings["default"], "NAME": name}
    with django_db_blocker.unblock(), using(database):
        yield World(walk.build(), walk.browsers())


def is_refused(response: HttpResponse) -> bool:
    to_sign_in = response.status_code == 302 and response["Location"].startswith("/accounts/login/")
    return to_sign_in or response.status_code in REFUSED


def changes() -> int:
    """How much was recorded, the refused attempts themselves apart."""
    return Entry.objects.exclude(kind=AttemptRefused.kind).count()


def is_listed(route: str) -> bool:
    return route in ADDRESSES or (route.startswith(ALLAUTH) and "security" not in route)


def test_every_address_is_listed() -> None:
    unlisted = [route for route in walk.addresses() if not is_listed(route)]

    assert unlisted == []


def test_no_listed_address_is_gone() -> None:
    assert set(ADDRESSES) - set(walk.addresses()) == set()


@pytest.mark.parametrize("route", ADDRESSES)
def test_a_page_answers_its_roles_and_refuses_the_others(world: World, route: str) -> None:
    address = ADDRESSES[route]
    path = address.path.format(**world.values)
    answers = {role: client.get(path) for role, client in world.clients.items()}

    served = {role for role, answer in answers.items() if not is_refused(answer)}
    failed = {role: item.status_code for role, item in answers.items() if item.status_code >= 500}
    assert failed == {}
    assert served == address.get


@pytest.mark.parametrize("route", [key for key, item in ADDRESSES.items() if item.post < EVERYBODY])
def test_an_act_is_refused_to_all_others(world: World, route: str) -> None:
    address = ADDRESSES[route]
    path = address.path.format(**world.values)
    before = changes()
    others = {role: client for role, client in world.clients.items() if role not in address.post}

    done = {
        role: answer.status_code
        for role, client in others.items()
        if not is_refused(answer := client.post(path))
    }

    assert done == {}
    assert changes() == before


@pytest.mark.parametrize(
    "route",
    [
        route
        for route in walk.addresses()
        if route.startswith("accounts/") and route not in OPEN_DOORS and "door" not in route
    ],
)
def test_a_visitor_reaches_none_of_the_access_pages(world: World, route: str) -> None:
    path = "/" + route.replace("<int:pk>", "1").replace("<str:handle>", "abc")
    path = path.replace(r"(?P<key>[-:\w]+)", "abc").replace(
        "(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)", "1-abc"
    )

    assert is_refused(Client().get(path))
    assert is_refused(Client().post(path))
