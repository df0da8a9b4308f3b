"""A city's preset: two administrators, the ledger, the lots that take it and those that do not."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audit.selectors import entries_after
from bidding import catalogue
from bidding.models import PresetProposal, Room
from bidding.sequencer.shown import current
from bidding.services import presets as services
from kernel.actors import Actor, Role
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests.worlds.city import organisation, person
from tests.worlds.market import Market, Plan
from tests.worlds.presets import city_row, city_vectors
from trading.models import Lot
from trading.services import lots

pytestmark = pytest.mark.django_db


class Desk:
    """Ada and Ben keep the presets of a market."""

    def __init__(self) -> None:
        self.market = Market()
        self.clock = self.market.clock
        office = organisation("信息科", 9009)
        self.ada = person("ada", office, Role.ADMINISTRATOR)
        self.ben = person("ben", office, Role.ADMINISTRATOR)

    def propose(self, **changes: Any) -> PresetProposal:
        return services.propose_preset(
            row=city_row(**changes), vectors=city_vectors(), actor=self.ada, clock=self.clock
        )

    def approve(self, proposal: PresetProposal, actor: Actor | None = None) -> PresetProposal:
        by = actor or self.ben
        return services.approve_preset(pk=proposal.pk, actor=by, clock=self.clock)


@pytest.fixture
def desk() -> Desk:
    catalogue.preset.cache_clear()
    return Desk()


def test_a_proposal_is_not_in_force_yet(desk: Desk) -> None:
    proposal = desk.propose()
    assert "KS" not in catalogue.presets()
    with pytest.raises(LookupError):
        catalogue.preset("KS", "2026.1")
    (entry,) = entries_after(services.STREAM, 0)
    assert (entry.kind, entry.body["digest"]) == ("law.preset_proposed", proposal.digest)
    assert entry.body["row"]["terms"]["countdown_s"] == 300


def test_another_administrator_puts_it_in_force(desk: Desk) -> None:
    desk.approve(desk.propose())
    assert catalogue.presets()["KS"].terms["countdown_s"] == 300
    assert catalogue.preset("KS", "2026.1").title == "挂牌出让（昆山）"
    kinds = [entry.kind for entry in entries_after(services.STREAM, 0)]
    assert kinds == ["law.preset_proposed", "law.preset_approved"]


def test_the_proposer_does_not_approve(desk: Desk) -> None:
    proposal = desk.propose()
    with pytest.raises(Forbidden, match="own_proposal"):
        desk.approve(proposal, desk.ada)
    assert "KS" not in catalogue.presets()


def test_nobody_else_has_a_say(desk: Desk) -> None:
    proposal = desk.propose()
    for actor in (desk.market.wang, desk.market.li, desk.market.sun, desk.market.alice):
        with pytest.raises(Forbidden):
            desk.approve(proposal, actor)
        with pytest.raises(Forbidden):
            services.propose_preset(
                row=city_row(preset="XX"), vectors=city_vectors(), actor=actor, clock=desk.clock
            )
        with pytest.raises(Forbidden):
            services.reject_preset(pk=proposal.pk, reason="x", actor=actor, clock=desk.clock)
        with pytest.raises(Forbidden):
            catalogue.list_proposals(actor)


def test_a_row_whose_numbers_contradict_each_other_is_refused_with_the_reason(desk: Desk) -> None:
    terms = {**city_row()["terms"], "countdown_s": 0}
    with pytest.raises(Invalid) as refused:
        desk.propose(terms=terms)
    assert refused.value.fields == {"countdown_s": "zero"}
    assert not PresetProposal.objects.exists()


def test_a_row_that_does_not_hold_its_vectors_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid) as refused:
        desk.propose(terms={**city_row()["terms"], "countdown_s": 299})
    assert refused.value.code == "vectors_fail"
    assert not PresetProposal.objects.exists()


def test_one_proposal_of_a_preset_waits_at_a_time(desk: Desk) -> None:
    proposal = desk.propose()
    with pytest.raises(Conflict, match="proposal_open"):
        desk.propose(version="2026.2")
    services.reject_preset(pk=proposal.pk, reason="有误", actor=desk.ada, clock=desk.clock)
    desk.approve(desk.propose(version="2026.2"))
    with pytest.raises(Invalid):
        desk.propose(version="2026.2")


def test_a_proposal_is_decided_once(desk: Desk) -> None:
    proposal = desk.approve(desk.propose())
    with pytest.raises(Conflict):
        desk.approve(proposal)
    with pytest.raises(Conflict):
        services.reject_preset(pk=proposal.pk, reason="晚了", actor=desk.ben, clock=desk.clock)
    with pytest.raises(NotFound):
        services.approve_preset(pk=10**6, actor=desk.ben, clock=desk.clock)


def test_what_was_put_in_force_elsewhere_since_is_seen_at_approval(desk: Desk) -> None:
    older = desk.propose(version="2026.1")
    PresetProposal.objects.create(
        preset="KS",
        version="2026.3",
        row=city_row(version="2026.3"),
        vectors=city_vectors(),
        digest="",
        state="approved",
        proposer="u:x",
        proposed_at=desk.clock.now(),
        decided_at=desk.clock.now(),
    )
    with pytest.raises(Invalid):
        desk.approve(older)
    older.refresh_from_db()
    assert older.state == "proposed"


def test_the_database_keeps_one_row_of_a_version(desk: Desk) -> None:
    found = desk.approve(desk.propose())
    found.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        found.save(force_insert=True)


def test_a_lot_is_sold_by_the_citys_own_preset(desk: Desk) -> None:
    desk.approve(desk.propose())
    lot = desk.market.published(Plan(preset="KS"))
    room = Room.objects.get(code=lot.room_code)
    assert (lot.preset, lot.preset_version) == ("KS", "2026.1")
    assert (room.preset, room.preset_version) == ("KS", "2026.1")
    assert room.terms["countdown_s"] == 300
    view = current(room)
    assert (view.terms.format, view.terms.countdown.seconds) == ("listing", 300)


def test_a_draft_keeps_the_version_that_was_reviewed(desk: Desk) -> None:
    """A newer version that comes between draft and notice changes neither terms nor version;
    touching the draft again takes the new customs and keeps what departs from the old ones."""
    desk.approve(desk.propose())
    market = desk.market
    draft = market.draft(Plan(preset="KS"))
    terms = {**city_row()["terms"], "inquiry_s": 600}
    desk.approve(desk.propose(version="2026.2", terms=terms))
    kept = Lot.objects.get(pk=draft.pk)
    assert (kept.preset_version, kept.terms["inquiry_s"]) == ("2026.1", 300)

    entry = market.lot_entry(Plan(preset="KS"))
    edited = lots.edit_lot(
        lot_no=draft.no,
        entry=replace(entry, overrides={"countdown_s": 240}),
        actor=market.wang,
        clock=market.clock,
    )
    assert (edited.preset_version, edited.terms["inquiry_s"]) == ("2026.2", 600)
    again = lots.edit_lot(lot_no=draft.no, entry=entry, actor=market.wang, clock=market.clock)
    assert again.terms["countdown_s"] == 240


def test_a_preset_of_another_format_does_not_fit_the_procedure(desk: Desk) -> None:
    desk.approve(desk.propose())
    plan = Plan(procedure="auction", category="05", preset="KS")
    with pytest.raises(Invalid) as refused:
        desk.market.draft(plan)
    assert "preset" in refused.value.fields


def test_a_shipped_preset_asks_no_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert catalogue.preset("TC", "2026.1").format == "listing"
