"""State machines as tables: (state, action) → where it leads and whose it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from kernel.actors import Role
from kernel.errors import Conflict

State = TypeVar("State", bound=StrEnum)


class WrongState(Conflict):
    """The action does not exist in this state. `possible`: what people may do in it instead."""

    def __init__(self, state: StrEnum, action: str, possible: Sequence[str]) -> None:
        super().__init__("wrong_state", params={"state": str(state), "action": action})
        self.state = state
        self.possible = tuple(possible)


@dataclass(frozen=True, slots=True)
class Transition(Generic[State]):
    """`roles` empty means: the system alone. `guard` names a condition the service checks."""

    next: State
    roles: frozenset[Role] = frozenset()
    guard: str = ""


Table: TypeAlias = Mapping[tuple[State, str], Transition[State]]


def step(table: Table[State], state: State, action: str) -> Transition[State]:
    """Returns the transition. Conflict if the action does not exist in this state."""
    found = table.get((state, action))
    if found is None:
        raise WrongState(state, action, human_actions(table, state))
    return found


def actions(table: Table[State], state: State) -> list[str]:
    """The actions possible in a state, in the table's order."""
    return [action for (from_state, action) in table if from_state == state]


def human_actions(table: Table[State], state: State) -> list[str]:
    """The actions of a state that are somebody's, not the system's."""
    return [action for action in actions(table, state) if table[state, action].roles]


def mermaid(table: Table[State], initial: State) -> str:
    """Returns the diagram's source: states, actions and, in brackets, whose they are."""
    lines = ["stateDiagram-v2", f"    [*] --> {initial}"]
    for (state, action), transition in table.items():
        roles = ", ".join(sorted(transition.roles)) or "system"
        lines.append(f"    {state} --> {transition.next}: {action} [{roles}]")
    leaving = {state for state, _action in table}
    ends = {item.next for item in table.values()} - leaving
    lines += [f"    {state} --> [*]" for state in sorted(ends)]
    return "\n".join(lines) + "\n"
