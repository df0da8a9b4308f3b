"""Two chiefs decide one case at once: one wins, the other is told; and two windows, one project."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from approvals.models import Case
from approvals.rules.case_states import CaseState
from approvals.services import decision, intake
from audit.selectors import entries_after
from kernel.actors import Actor, Role
from kernel.errors import Conflict, DomainError, Invalid
from tests.worlds.cases import REASON, REMEDIES, Centre
from tests.worlds.city import organisation, person


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Runs the acts in threads that start together; what each returned or was refused with."""
    gate = threading.Barrier(len(acts))
    found: list[Any] = [None] * len(acts)

    def run(index: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            found[index] = act()
        except DomainError as error:
            found[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_two_deciders_one_decision(each_database: str) -> None:
    centre = Centre()
    second = person("dora", organisation("行政审批局二科", 9200), Role.SECTION_CHIEF)
    case = centre.case_in(CaseState.PROPOSED)

    def decide(actor: Actor, choice: str) -> Callable[[], Case]:
        return lambda: decision.decide_case(
            no=case.no,
            decision=choice,
            reason=REASON,
            remedies=REMEDIES,
            actor=actor,
            clock=centre.clock,
        )

    found = at_once(decide(centre.chen, "grant"), decide(second, "deny"))
    refused = [item for item in found if isinstance(item, Conflict)]
    decided = [item for item in found if isinstance(item, Case)]
    assert (len(refused), len(decided)) == (1, 1)
    case.refresh_from_db()
    assert (case.state, case.decided_by) == (decided[0].state, decided[0].decided_by)
    kinds = [entry.kind for entry in entries_after(f"case/{case.no}", 0)]
    assert kinds.count("approvals.case_decided") == 1


def test_two_windows_one_case_a_project(each_database: str) -> None:
    centre = Centre()
    project = centre.project()

    def receive() -> Case:
        application = centre.application(project_no=project)
        return intake.receive_case(application=application, actor=centre.wen, clock=centre.clock)

    found = at_once(receive, receive, receive)
    assert sum(isinstance(item, Case) for item in found) == 1
    assert sum(isinstance(item, Invalid) for item in found) == 2
    assert Case.objects.filter(project_no=project).count() == 1


def test_the_window_and_silence_at_once(each_database: str) -> None:
    """Whoever comes first, the case is accepted once, and by law from the day of receipt."""
    centre = Centre()
    case = centre.receive()
    centre.days_later(30)
    found = at_once(
        lambda: intake.deem_accepted(no=case.no, clock=centre.clock),
        lambda: intake.deem_accepted(no=case.no, clock=centre.clock),
        lambda: centre.accept(case),
    )
    assert found.count(True) == 1
    assert isinstance(found[2], Conflict)
    case.refresh_from_db()
    assert (case.is_deemed, case.accepted_on) == (True, case.effective_received_on)
    assert len(entries_after(f"case/{case.no}", 0)) == 2
