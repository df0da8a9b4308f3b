"""State machines as tables: (state, action) → where it leads and whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

from kernel.actors import Role
from kernel.errors import Conflict

State = TypeVar("State", bound=StrEnum)


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
        raise Conflict("wrong_state", params={"state": str(state), "action": action})
    return found


def actions(table: Table[State], state: State) -> list[str]:
    """The actions possible in a state, in the table's order."""
    return [action for (from_state, action) in table if from_state == state]


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
