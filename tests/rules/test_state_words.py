"""Every state, and every action that is somebody's, has a word where a state table refuses."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest
from django.utils import translation

from accounts.views.refusals import words_of
from accounts.views.states import ACTIONS, STATES
from approvals.projection import STATE_NAMES
from approvals.rules.case_states import CASE_TABLE
from documents.rules import states as papers
from kernel.machine import Table, WrongState, step
from law.rules.proposal_states import PROPOSAL_TABLE
from notices.rules.states import NOTICE_TABLE, NoticeState
from oversight.rules import exports
from trading.projection.bidders import REGISTRATION_STATES
from trading.projection.deposits import DEPOSIT_STATES
from trading.projection.lots import LOT_STATES
from trading.rules.deposits import DEPOSIT_TABLE
from trading.rules.procedures import PROCEDURES
from trading.rules.registrations import REGISTRATION_TABLE

TABLES: list[Table[Any]] = [
    NOTICE_TABLE,
    CASE_TABLE,
    PROPOSAL_TABLE,
    REGISTRATION_TABLE,
    DEPOSIT_TABLE,
    exports.TABLE,
    papers.TABLE,
    *(procedure.table for procedure in PROCEDURES.values()),
]


def refused(state: StrEnum, table: Table[Any]) -> str:
    with pytest.raises(WrongState) as caught:
        step(table, state, "nonsense")
    return words_of(caught.value)


@pytest.mark.parametrize("table", TABLES)
def test_every_state_can_be_told(table: Table[Any]) -> None:
    machine = type(next(iter(table))[0])
    for state in machine:
        assert STATES[machine.__name__][state] in refused(state, table)
    whose = {action for (_state, action), move in table.items() if move.roles}
    assert whose <= set(ACTIONS.get(machine.__name__, {}))


@pytest.mark.parametrize("shown", [STATE_NAMES, LOT_STATES, REGISTRATION_STATES, DEPOSIT_STATES])
def test_a_refusal_calls_a_state_as_the_pages_do(shown: Mapping[StrEnum, str]) -> None:
    machine = type(next(iter(shown))).__name__
    assert STATES[machine] == {str(state): name for state, name in shown.items()}


def test_the_refusal_names_the_state_and_what_is_possible() -> None:
    words = refused(NoticeState.REVIEW, NOTICE_TABLE)
    assert words.endswith("现为“待复核”，这时可以：退回 / 通过复核（由有相应岗位的人办理）。")
    assert "没有可以办理的操作" in refused(NoticeState.PUBLISHED, NOTICE_TABLE)
    with translation.override("en"):
        assert "Return / Approve" in refused(NoticeState.REVIEW, NOTICE_TABLE)
