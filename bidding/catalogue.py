"""Presets in force: those shipped with the product and those this centre put in force since."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from bidding import data, permissions
from bidding.models import PresetProposal
from bidding.rules.presets import Preset, newest, parse_preset
from kernel.actors import Actor
from kernel.errors import NotFound
from law.rules.proposal_states import ProposalState

SHOWN = 50


def approved() -> QuerySet[PresetProposal]:
    """What two people have put in force, oldest first."""
    rows = PresetProposal.objects.filter(state=ProposalState.APPROVED)
    return rows.order_by("decided_at", "pk")


def presets() -> dict[str, Preset]:
    """The newest version of each preset, by its short name. One query; every process sees a new
    one with its next transaction."""
    return newest([*data.preset_rows(), *(parse_preset(item.row) for item in approved())])


@lru_cache(maxsize=256)
def preset(name: str, version: str) -> Preset:
    """The version frozen into a lot, which never changes. LookupError if there is none. A shipped
    one asks no database."""
    try:
        return data.preset(name, version)
    except LookupError:
        found = approved().filter(preset=name, version=version).first()
        if found is None:
            raise
        return parse_preset(found.row)


def vectors_of(name: str) -> Sequence[Mapping[str, Any]]:
    """The worked rooms of a preset in force; empty if there is no such preset."""
    found = approved().filter(preset=name).last()
    return found.vectors if found else data.vectors().get(name, ())


def list_proposals(actor: Actor) -> list[PresetProposal]:
    """The last proposals, newest first, whatever became of them."""
    permissions.require(actor, "see_presets")
    return list(PresetProposal.objects.order_by("-pk")[:SHOWN])


def access_proposal(pk: int, actor: Actor) -> PresetProposal:
    """One proposal. NotFound if there is none."""
    permissions.require(actor, "see_presets")
    found = PresetProposal.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("proposal_unknown")
    return found
