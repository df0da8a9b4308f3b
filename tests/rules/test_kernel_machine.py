"""State machines as tables: what is there happens, what is not is a Conflict."""

from enum import StrEnum

import pytest

from approvals.rules.case_states import CASE_TABLE, CaseState
from kernel.actors import Role
from kernel.errors import Conflict
from kernel.machine import Table, Transition, actions, mermaid, step
from notices.rules.states import NOTICE_TABLE, NoticeState


class Door(StrEnum):
    OPEN = "open"
    SHUT = "shut"
    GONE = "gone"


DOORS: Table[Door] = {
    (Door.OPEN, "shut"): Transition(Door.SHUT, frozenset({Role.HOST, Role.FINANCE})),
    (Door.SHUT, "open"): Transition(Door.OPEN, frozenset({Role.HOST}), "nobody sleeps"),
    (Door.SHUT, "remove"): Transition(Door.GONE),
}
TABLES = ((CASE_TABLE, CaseState.RECEIVED), (NOTICE_TABLE, NoticeState.DRAFT))


def test_a_step_leads_where_the_table_says() -> None:
    assert step(DOORS, Door.OPEN, "shut").next is Door.SHUT


@pytest.mark.parametrize(("state", "action"), [(Door.OPEN, "open"), (Door.GONE, "shut")])
def test_what_is_not_in_the_table_is_a_conflict(state: Door, action: str) -> None:
    with pytest.raises(Conflict) as caught:
        step(DOORS, state, action)
    assert caught.value.code == "wrong_state"
    assert caught.value.params == {"state": state.value, "action": action}


def test_actions_come_in_the_table_s_order() -> None:
    assert actions(DOORS, Door.SHUT) == ["open", "remove"]
    assert actions(DOORS, Door.GONE) == []


def test_the_diagram_names_whose_each_arrow_is() -> None:
    assert mermaid(DOORS, Door.OPEN).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> open",
        "    open --> shut: shut [finance, host]",
        "    shut --> open: open [host]",
        "    shut --> gone: remove [system]",
        "    gone --> [*]",
    ]


@pytest.mark.parametrize(("table", "first"), TABLES)
def test_every_state_of_ours_is_reached_from_the_first(
    table: Table[StrEnum], first: StrEnum
) -> None:
    reached = {first}
    for _round in type(first):
        reached |= {item.next for (state, _action), item in table.items() if state in reached}
    assert reached == set(type(first))


@pytest.mark.parametrize(("table", "first"), TABLES)
def test_ended_states_stay_ended(table: Table[StrEnum], first: StrEnum) -> None:
    leaving = {state for state, _action in table}
    ended = set(type(first)) - leaving
    assert ended
    for state in ended:
        assert actions(table, state) == []
