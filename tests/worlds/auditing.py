"""A ledger to be audited: an ended room with offers and a refusal, a room that still runs, notes of
other apps; and the people who may look."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.test import Client

from accounts.models import User
from audit import relay
from bidding.models import Room
from kernel.actors import Actor, Role
from tests.worlds import ledger
from tests.worlds.city import organisation, person
from tests.worlds.desk import freshly

ENDED, RUNNING = "7KQ2MX9D", "8N3R5T7W"
PLATES = ("A83", "K27")


@dataclass(frozen=True)
class Offer:
    kind: ClassVar[str] = "offer_placed"
    plate: str
    amount_fen: int
    receipt_no: str


@dataclass(frozen=True)
class Refused:
    kind: ClassVar[str] = "offer_refused"
    plate: str
    amount_fen: int
    code: str


@dataclass(frozen=True)
class Closed:
    kind: ClassVar[str] = "closed"
    ends_at: str


@dataclass(frozen=True)
class Edited:
    kind: ClassVar[str] = "trading.lot_edited"
    lot_no: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True)
class Said:
    kind: ClassVar[str] = "announced"
    text: str


def room(code: str, phase: str) -> None:
    Room.objects.create(
        code=code, title=code, preset="ASC", preset_version="1", terms={}, phase=phase,
        created_at=ledger.AT,
    )  # fmt: skip


def offers(code: str, count: int) -> None:
    """So many accepted offers by two plates, one refusal in the sealed stream, the end."""
    for index in range(count):
        receipt = f"R-{code}-{index + 1:06d}"
        offer = Offer(PLATES[index % 2], 8_000_000_000 + index * 2_000_000_000, receipt)
        ledger.note(f"room/{code}", offer, after_s=index)
    refused = Refused("P05", 8_150_000_000, "off_step")
    ledger.note(f"room/{code}/sealed", refused, after_s=count)
    ledger.note(f"room/{code}", Closed("2026-04-21T10:04:00.000+08:00"), after_s=count)


@dataclass
class Desk:
    """Ada audits, Sam supervises, Bob bids."""

    people: dict[Role, Actor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        centre = organisation("阳光市公共资源交易中心", 9002)
        names = {Role.AUDITOR: "ada", Role.SUPERVISOR: "sam", Role.BIDDER: "bob"}
        for role, name in names.items():
            self.people[role] = person(name, centre, role)
        room(ENDED, "sold")
        room(RUNNING, "limited")
        offers(ENDED, 4)
        offers(RUNNING, 2)
        changed = Edited("L-1", {"start_fen": 1, "title": "旧"}, {"start_fen": 1, "title": "新"})
        ledger.note("lot/L-1", changed, after_s=60)
        ledger.note("lot/L-1", Said("=HYPERLINK(1)"), after_s=61)

    def browser(self, role: Role = Role.AUDITOR, language: str = "zh-hans") -> Client:
        client = Client()
        client.cookies["django_language"] = language
        user = User.objects.get(pk=self.people[role].user_id)
        client.force_login(user)
        freshly(client, user)
        return client


@contextmanager
def exports_in(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Exports and keys lie in the folder."""
    patch.setattr("django.conf.settings.DOCUMENT_ROOT", folder)
    patch.setattr("django.conf.settings.KEY_ROOT", folder / "keys")
    yield


def work() -> int:
    """What the relay does."""
    return relay.drain()
