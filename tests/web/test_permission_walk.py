"""Every address of the site and who may use it. A cell that says no is a refused request.

A new address fails `test_every_address_is_listed` until it stands in ADDRESSES with the roles it
answers, and a new act of an address fails `test_every_act_of_an_address_is_walked`. Each leads to
something that exists in the world of the walk. GET: the listed roles are answered, all others
refused. POST: all others are refused and nothing enters the record; what the listed roles do with
it is tested with its app. Refused is 403, for a visitor also the way to sign in; 404 only where the
design keeps from a role that there is anything, and the address says so and why."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.urls.converters import get_converters

from audit.events import AttemptRefused
from audit.models import Entry
from kernel.actors import Role
from tests.conftest import using
from tests.worlds import rows, walk
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
SUPERVISOR: Roles = frozenset({Role.SUPERVISOR})
CONTROL = HOST | SUPERVISOR
FINANCE: Roles = frozenset({Role.FINANCE})
DEPOSITS = FINANCE | {Role.SUPERVISOR, Role.AUDITOR}
DEPARTMENT: Roles = frozenset({Role.DEPARTMENT_REVIEWER})
CHIEF: Roles = frozenset({Role.SECTION_CHIEF})
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
    """A path whose {names} are filled from the world; who is answered. None: there is no such
    method here, for anybody. `hidden` is told 404 when refused, `because` of what."""

    path: str
    get: Roles | None
    post: Roles | None = None
    hidden: Roles = NONE
    because: str = ""


Addresses = tuple[Address, ...]


def acts(path: str, who: dict[str, Roles], hidden: Roles = NONE, because: str = "") -> Addresses:
    """One address for each act; an act has no page."""
    return tuple(
        Address(path.replace("<act>", act), None, roles, hidden, because)
        for act, roles in who.items()
    )


DRAFT = (EVERYBODY - NOTICES, "a notice exists for others once it is published")
CASE = (EVERYBODY - CASES, "a case exists for its applicant and those who work on it")
SALE = (EVERYBODY - STAFF, "a sale exists for others once its notice is published")
UNIT = (SIGNED, "a reserve's page exists for the selling unit alone (AUC-05)")
OWN = (SIGNED, "nobody else's exists")
OWN_EXPORT = (LEDGER - {Role.AUDITOR}, "another's export does not exist")
BIDS = (SIGNED - BIDDER, "who registered is nobody's business (AUC-01)")
AUDITOR: Roles = frozenset({Role.AUDITOR})


def paper(kind: str, who: Roles) -> Address:
    """A paper's bytes; its address tells no more than that the code exists."""
    return Address(f"/v/{{{kind}}}/file", who, None, EVERYBODY, "a paper exists for its holder")


ADDRESSES: dict[str, Address | Addresses] = {
    # probes, language, look
    "healthz": Address("/healthz", EVERYBODY),
    "readyz": Address("/readyz", EVERYBODY),
    "metrics": Address("/metrics", EVERYBODY),  # from this machine alone
    "i18n/setlang/": Address("/i18n/setlang/", EVERYBODY, EVERYBODY),
    "display/": Address("/display/", None, EVERYBODY),
    "styleguide/": Address("/styleguide/", EVERYBODY),
    # one's own access
    "demo/sign-in/": Address("/demo/sign-in/", None, NONE, EVERYBODY, "only a demo has it"),
    "accounts/(?P<door>signup|email|confirm-email|password|login/code)/": tuple(
        Address(f"/accounts/{door}/", NONE, NONE, EVERYBODY, "a door that is shut is none")
        for door in ("signup", "email", "confirm-email", "password", "login/code")
    ),
    "accounts/security/": Address("/accounts/security/", SIGNED),
    "accounts/security/password/": Address("/accounts/security/password/", None, SIGNED),
    "accounts/security/sessions/end/": Address("/accounts/security/sessions/end/", None, SIGNED),
    "accounts/security/sessions/<str:handle>/end/": Address(
        "/accounts/security/sessions/{session}/end/", None, NONE, *OWN
    ),
    # people
    "staff/people/": Address("/staff/people/", PEOPLE),
    "staff/people/new/": Address("/staff/people/new/", ADMIN, ADMIN),
    "staff/people/<str:public_id>/": Address("/staff/people/{person}/", PEOPLE),
    "staff/people/<str:public_id>/grant/": Address("/staff/people/{person}/grant/", None, ADMIN),
    "staff/people/<str:public_id>/roles/<str:role>/revoke/": Address(
        "/staff/people/{person}/roles/bidder/revoke/", None, ADMIN
    ),
    "staff/people/<str:public_id>/suspend/": Address(
        "/staff/people/{person}/suspend/", None, ADMIN
    ),
    "staff/people/<str:public_id>/reinstate/": Address(
        "/staff/people/{person}/reinstate/", None, ADMIN
    ),
    "staff/people/<str:public_id>/confirm/": Address(
        "/staff/people/{person}/confirm/", None, PEOPLE
    ),
    "staff/people/<str:public_id>/reset/": Address("/staff/people/{person}/reset/", None, ADMIN),
    # the ledger; the export of the walk is the auditor's
    "audit/": Address("/audit/", LEDGER),
    "audit/ledger/": Address("/audit/ledger/", LEDGER),
    "audit/ledger/<path:stream>/<int:seq>/": Address("/audit/ledger/lot/{lot}/1/", LEDGER),
    "audit/exports/": Address("/audit/exports/", None, LEDGER),
    "audit/exports/<str:code>/": Address("/audit/exports/{export}/", AUDITOR, None, *OWN_EXPORT),
    "audit/exports/<str:code>/progress/": Address(
        "/audit/exports/{export}/progress/", AUDITOR, None, *OWN_EXPORT
    ),
    "audit/exports/<str:code>/file/": Address(
        "/audit/exports/{export}/file/", AUDITOR, None, *OWN_EXPORT
    ),
    "audit/exports/<str:code>/cancel/": Address(
        "/audit/exports/{export}/cancel/", None, AUDITOR, *OWN_EXPORT
    ),
    "audit/exports/<str:code>/retry/": Address(
        "/audit/exports/{export}/retry/", None, AUDITOR, *OWN_EXPORT
    ),
    "verify/receipts/<str:receipt_no>/": Address("/verify/receipts/{receipt}/", EVERYBODY),
    # papers
    "verify/": Address("/verify/", EVERYBODY, EVERYBODY),
    "v/<str:code>": Address("/v/{acceptance_notice}", EVERYBODY, EVERYBODY),
    "v/<str:code>/file": (
        paper("acceptance_notice", CASES),
        paper("grant_decision", CASES),
        paper("deal_confirmation", (NOTICES | FINANCE)),
        paper("qualification", NONE),
    ),
    # notices
    "notices/": Address("/notices/", EVERYBODY),
    r"notices/?\.(?P<form>atom|ics|csv)": tuple(
        Address(f"/notices.{form}", EVERYBODY) for form in ("atom", "ics", "csv")
    ),
    "notices/<str:no>/": (
        Address("/notices/{notice}/", EVERYBODY),
        Address("/notices/{draft}/", NOTICES, None, *DRAFT),
    ),
    "notices/<str:no>/v/<int:index>/": Address("/notices/{notice}/v/1/", EVERYBODY),
    "notices/<str:no>/qr.svg": Address("/notices/{notice}/qr.svg", EVERYBODY),
    "staff/notices/": Address("/staff/notices/", NOTICES),
    "staff/notices/<str:no>/": (
        Address("/staff/notices/{notice}/", NOTICES),
        Address("/staff/notices/{draft}/", NOTICES, None, *DRAFT),
    ),
    "staff/notices/<str:no>/edit/": (
        Address("/staff/notices/{draft}/edit/", CLERK, CLERK, *DRAFT),
        Address("/staff/notices/{notice}/edit/", CLERK, CLERK),
    ),
    "staff/notices/<str:no>/approve/": (
        Address("/staff/notices/{draft}/approve/", None, REVIEWER, *DRAFT),
        Address("/staff/notices/{notice}/approve/", None, REVIEWER),
    ),
    "staff/notices/<str:no>/return/": (
        Address("/staff/notices/{draft}/return/", None, REVIEWER, *DRAFT),
        Address("/staff/notices/{notice}/return/", None, REVIEWER),
    ),
    # rooms
    "rooms/<room_code:code>/": Address("/rooms/{room}/", EVERYBODY),
    "rooms/<room_code:code>/hall/": Address("/rooms/{room}/hall/", EVERYBODY),
    "rooms/<room_code:code>/replay/": Address("/rooms/{room}/replay/", EVERYBODY),
    "rooms/<room_code:code>/control/": Address("/rooms/{room}/control/", CONTROL),
    "rooms/<room_code:code>/control/health/": Address("/rooms/{room}/control/health/", CONTROL),
    "rooms/<room_code:code>/control/<host_act:act>/": acts(
        "/rooms/{room}/control/<act>/",
        {
            "open": HOST,
            "announce": HOST,
            "pause": HOST,
            "resume": HOST,
            "ask_abort": HOST,
            "withdraw_abort": HOST,
            "confirm_abort": SUPERVISOR,
            "decline_abort": SUPERVISOR,
        },
    ),
    "api/rooms/<str:code>/snapshot": Address("/api/rooms/{room}/snapshot", EVERYBODY),
    "api/rooms/<str:code>/events": Address("/api/rooms/{room}/events", EVERYBODY),
    # an offer is posted, and sent through a socket, as everybody in tests/rooms/test_every_role.py
    "api/rooms/<str:code>/offers": Address("/api/rooms/{room}/offers", None, EVERYBODY),
    "rooms/check/": Address("/rooms/check/", EVERYBODY),
    "rooms/check/now": Address("/rooms/check/now", EVERYBODY),
    "staff/presets/": Address("/staff/presets/", PEOPLE),
    "staff/presets/<str:code>/new/": Address("/staff/presets/TC/new/", ADMIN, ADMIN),
    "staff/presets/proposals/<int:pk>/": Address(
        "/staff/presets/proposals/{preset_proposal}/", PEOPLE
    ),
    "staff/presets/proposals/<int:pk>/approve/": Address(
        "/staff/presets/proposals/{preset_proposal}/approve/", None, ADMIN
    ),
    "staff/presets/proposals/<int:pk>/reject/": Address(
        "/staff/presets/proposals/{preset_proposal}/reject/", None, ADMIN
    ),
    # law
    "staff/law/": Address("/staff/law/", PEOPLE),
    "staff/law/calendars/<int:pk>/approve/": Address(
        "/staff/law/calendars/{proposal}/approve/", None, ADMIN
    ),
    "staff/law/calendars/<int:pk>/reject/": Address(
        "/staff/law/calendars/{proposal}/reject/", None, ADMIN
    ),
    # cases
    "items/": Address("/items/", EVERYBODY),
    "items/<str:code>/": Address("/items/SG-XK/", EVERYBODY),
    "cases/track/": Address("/cases/track/", EVERYBODY, EVERYBODY),
    "staff/cases/": Address("/staff/cases/", CASES),
    "staff/cases/new/<str:code>/": Address("/staff/cases/new/SG-XK/", WINDOW, WINDOW),
    "staff/cases/<str:no>/": Address("/staff/cases/{case}/", CASES, None, *CASE),
    "staff/cases/<str:no>/<case_action:action>/": acts(
        "/staff/cases/{case}/<act>/",
        {
            "accept": WINDOW,
            "notify_correction": WINDOW,
            "refuse": WINDOW,
            "withdraw": WINDOW,
            "start_review": DEPARTMENT,
            "propose": DEPARTMENT,
            "decide": CHIEF,
            "return": CHIEF,
        },
        *CASE,
    ),
    # the sale
    "lots/<str:no>/": (
        Address("/lots/{lot}/", EVERYBODY),
        Address("/lots/{draft_lot}/", STAFF, None, *SALE),
    ),
    "lots/<str:no>/register/": Address("/lots/{lot}/register/", BIDDER, BIDDER),
    "my/": Address("/my/", SIGNED),
    # the selling unit's own people are tried in tests/web/test_trading_reserve.py
    "my/lots/<str:no>/reserve/": Address("/my/lots/{lot}/reserve/", NONE, NONE, *UNIT),
    "my/registrations/<str:no>/withdraw/": Address(
        "/my/registrations/{registration}/withdraw/", None, BIDDER, *BIDS
    ),
    "staff/": Address("/staff/", SIGNED),
    "staff/projects/": Address("/staff/projects/", STAFF),
    "staff/projects/new/": Address("/staff/projects/new/", CLERK, CLERK),
    "staff/projects/<str:no>/": Address("/staff/projects/{project}/", STAFF, None, *SALE),
    "staff/projects/<str:no>/lots/<str:procedure>/": tuple(
        Address(f"/staff/projects/{{project}}/lots/{procedure}/", CLERK, CLERK)
        for procedure in ("listing", "auction", "reverse")
    ),
    "staff/lots/<str:no>/": Address("/staff/lots/{lot}/", STAFF),
    "staff/lots/<str:no>/edit/": Address("/staff/lots/{draft_lot}/edit/", CLERK, CLERK),
    "staff/lots/<str:no>/publish/": Address("/staff/lots/{draft_lot}/publish/", CLERK, CLERK),
    "staff/deposits/": Address("/staff/deposits/", DEPOSITS),
    "staff/deposits/import/": Address("/staff/deposits/import/", None, FINANCE),
    "staff/credits/<int:pk>/return/": Address("/staff/credits/{credit}/return/", FINANCE, FINANCE),
    "staff/lots/<str:no>/contract/": Address("/staff/lots/{sold}/contract/", CLERK, CLERK),
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


def cells() -> list[Any]:
    """Every address with every act of it."""
    return [
        pytest.param(address, id=address.path)
        for found in ADDRESSES.values()
        for address in ([found] if isinstance(found, Address) else found)
    ]


ALLAUTH = "accounts/"
"""allauth's own addresses: those that are open act on the signed-in person alone."""
OPEN_DOORS = {
    "accounts/login/",
    "accounts/logout/",
    "accounts/inactive/",
    "accounts/2fa/authenticate/",
    "accounts/2fa/webauthn/login/",
}


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
        values = walk.build()
        yield World({**values, **rows.furnish(values["lot"])}, walk.browsers())


NO_METHOD = (ANONYMOUS, Role.ADMINISTRATOR)


def asks_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith("/accounts/login/")


def is_refused(response: HttpResponse) -> bool:
    return asks_to_sign_in(response) or response.status_code in {401, 403, 404, 405}


def wrong_refusal(address: Address, role: str, response: HttpResponse) -> int | None:
    """The status of an answer that is not the very refusal which the design has for the role."""
    if role == ANONYMOUS and asks_to_sign_in(response):
        return None
    wanted = 404 if role in address.hidden else 403
    return None if response.status_code == wanted else response.status_code


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


def test_every_act_of_an_address_is_walked() -> None:
    """An address whose parameter is a list of words is walked with each of them."""
    missing = []
    for route, found in ADDRESSES.items():
        walked = {found.path} if isinstance(found, Address) else {item.path for item in found}
        for word in words_of(route):
            if not any(f"/{word}/" in path or path.endswith(f".{word}") for path in walked):
                missing.append((route, word))

    assert missing == []


def words_of(route: str) -> list[str]:
    """The words that the route's parameters can be, where they are such."""
    kinds = re.findall(r"<(\w+):\w+>", route)
    patterns = [get_converters()[kind].regex for kind in kinds]
    patterns += re.findall(r"\(\?P<\w+>([^)]+)\)", route)
    return [
        word
        for pattern in patterns
        if re.fullmatch(r"[a-z_/|-]+", pattern)
        for word in pattern.split("|")
    ]


@pytest.mark.parametrize("address", cells())
def test_a_page_answers_its_roles_and_refuses_the_others(world: World, address: Address) -> None:
    path = address.path.format(**world.values)
    if address.get is None:
        answers = [world.clients[role].get(path).status_code for role in NO_METHOD]
        assert set(answers) == {405}
        return
    answers = {role: client.get(path) for role, client in world.clients.items()}

    failed = {role: item.status_code for role, item in answers.items() if item.status_code >= 500}
    shut = {role: answers[role].status_code for role in address.get if is_refused(answers[role])}
    wrong = {
        role: status
        for role in answers.keys() - address.get
        if (status := wrong_refusal(address, role, answers[role]))
    }
    assert (failed, shut, wrong) == ({}, {}, {})


@pytest.mark.parametrize("address", cells())
def test_an_act_is_refused_to_all_others(world: World, address: Address) -> None:
    path = address.path.format(**world.values)
    if address.post is None:
        answers = [world.clients[role].post(path).status_code for role in NO_METHOD]
        assert set(answers) == {405}
        return
    before = changes()

    wrong = {
        role: status
        for role in world.clients.keys() - address.post
        if (status := wrong_refusal(address, role, world.clients[role].post(path)))
    }

    assert wrong == {}
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
