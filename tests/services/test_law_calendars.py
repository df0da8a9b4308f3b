"""Taking over a calendar: two administrators, the ledger, deadlines that follow."""

import io
import json
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from approvals.handlers import on_calendar_approved
from approvals.rules.case_states import CaseState
from audit.selectors import entries_after
from kernel.errors import Conflict, Forbidden, Invalid
from law import selectors, services
from law.data import DATA, shipped
from law.events import STREAM
from law.models import CalendarProposal
from law.rules import limits
from law.rules.calendars import read_list
from tests.worlds.administrators import Hall
from tests.worlds.cases import beijing
from tests.worlds.holidays import Y2026, Y2027

pytestmark = pytest.mark.django_db
NEW = read_list(Y2027)


@pytest.fixture
def hall() -> Hall:
    return Hall()


def test_a_proposal_changes_nothing_yet(hall: Hall) -> None:
    proposal = services.propose_calendar(lists=[NEW], actor=hall.ada, clock=hall.clock)
    assert proposal is not None
    assert [item["on"] for item in proposal.changes] == ["2027-01-02", "2027-01-04"]
    assert selectors.calendar() is shipped().work
    (entry,) = entries_after(STREAM, 0)
    assert entry.body["changed_days"] == ["2027-01-02", "2027-01-04"]


def test_another_administrator_puts_it_in_force(hall: Hall) -> None:
    hall.take_over(NEW)
    work = selectors.calendar()
    assert 2027 in work.years
    assert work.is_workday(date(2027, 1, 2))
    assert not work.is_workday(date(2027, 1, 4))
    assert work.is_workday(date(2026, 2, 14))
    kinds = [entry.kind for entry in entries_after(STREAM, 0)]
    assert kinds == ["law.calendar_proposed", "law.calendar_approved"]
    assert selectors.calendar() is work


def test_the_proposer_does_not_approve(hall: Hall) -> None:
    proposal = services.propose_calendar(lists=[NEW], actor=hall.ada, clock=hall.clock)
    assert proposal is not None
    with pytest.raises(Forbidden):
        services.approve_calendar(pk=proposal.pk, actor=hall.ada, clock=hall.clock)
    proposal.refresh_from_db()
    assert proposal.state == "proposed"
    assert 2027 not in selectors.calendar().years


def test_nobody_else_proposes_or_decides(hall: Hall) -> None:
    proposal = services.propose_calendar(lists=[NEW], actor=hall.ada, clock=hall.clock)
    assert proposal is not None
    for actor in (hall.wen, hall.chen, hall.tao, hall.alice):
        with pytest.raises(Forbidden):
            services.propose_calendar(lists=[NEW], actor=actor, clock=hall.clock)
        with pytest.raises(Forbidden):
            services.approve_calendar(pk=proposal.pk, actor=actor, clock=hall.clock)
    assert len(entries_after(STREAM, 0)) == 1


def test_one_proposal_at_a_time(hall: Hall) -> None:
    first = services.propose_calendar(lists=[NEW], actor=hall.ada, clock=hall.clock)
    assert first is not None
    with pytest.raises(Conflict):
        services.propose_calendar(lists=[NEW], actor=hall.ben, clock=hall.clock)
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarProposal.objects.create(
            lists=[], digest="", proposer="x", proposed_at=hall.clock.now()
        )


def test_a_decided_proposal_stays_decided(hall: Hall) -> None:
    proposal = hall.take_over(NEW)
    with pytest.raises(Conflict):
        services.approve_calendar(pk=proposal.pk, actor=hall.ben, clock=hall.clock)
    with pytest.raises(Conflict):
        services.reject_calendar(pk=proposal.pk, reason="x", actor=hall.ben, clock=hall.clock)


def test_a_rejection_has_its_reason_and_leaves_all_as_it_was(hall: Hall) -> None:
    proposal = services.propose_calendar(lists=[NEW], actor=hall.ada, clock=hall.clock)
    assert proposal is not None
    with pytest.raises(Invalid):
        services.reject_calendar(pk=proposal.pk, reason=" ", actor=hall.ben, clock=hall.clock)
    services.reject_calendar(pk=proposal.pk, reason="有误", actor=hall.ben, clock=hall.clock)
    assert selectors.calendar() is shipped().work
    assert services.propose_calendar(lists=[NEW], actor=hall.ada, clock=hall.clock) is not None


def test_a_later_list_of_the_same_year_wins(hall: Hall) -> None:
    hall.take_over(NEW)
    other = deepcopy(Y2027)
    other["days"][1]["isOffDay"] = False
    hall.take_over(read_list(other))
    assert selectors.calendar().is_workday(date(2027, 1, 4))


def test_what_changes_nothing_is_not_proposed(hall: Hall) -> None:
    found = services.propose_calendar(lists=[read_list(Y2026)], actor=hall.ada, clock=hall.clock)
    assert found is None
    assert not CalendarProposal.objects.exists()


def test_open_deadlines_follow_and_each_move_is_told(hall: Hall) -> None:
    """R7: what is open moves, what is decided stands; a second call moves nothing."""
    hall.clock.set(beijing("2026-12-25 10:00"))
    still = hall.accept(hall.receive())
    waiting = hall.receive()
    done = hall.decide(hall.propose(hall.accept(hall.receive())))
    assert (still.due_com_on, still.is_provisional) == (date(2027, 1, 6), True)
    before = done.due_com_on
    hall.take_over(NEW)
    entry = entries_after(STREAM, 0)[-1]
    on_calendar_approved(entry)
    on_calendar_approved(entry)
    for case in (still, waiting, done):
        case.refresh_from_db()
    assert (still.due_com_on, still.is_provisional) == (date(2027, 1, 6), False)
    assert waiting.notice_limit_on == date(2027, 1, 2)
    assert (done.state, done.due_com_on) == (CaseState.GRANTED, before)
    moves = {
        case.no: [
            item for item in entries_after(f"case/{case.no}", 0) if item.kind.endswith("due_moved")
        ]
        for case in (still, waiting, done)
    }
    assert len(moves[waiting.no]) == 1
    assert moves[waiting.no][0].body["new"]["notice_limit_on"] == "2027-01-02"
    assert moves[done.no] == []


# ── the command ───────────────────────────────────────────────────────────────────────────────


def run(folder: Path, *args: str) -> str:
    out = io.StringIO()
    call_command("import_holidays", str(folder), *args, stdout=out)
    return out.getvalue()


def test_the_real_files_say_nothing_new(hall: Hall) -> None:
    told = run(DATA / "holidays")
    assert "21 lists read." in told
    assert "2027: not published yet" in told
    assert "No difference" in told
    assert not CalendarProposal.objects.exists()


def test_a_new_year_is_proposed_and_its_days_reported(hall: Hall, tmp_path: Path) -> None:
    (tmp_path / "2027.json").write_text(json.dumps(Y2027), encoding="utf-8-sig")
    found = json.loads(run(tmp_path, "--json", "--by", "ada"))
    proposal = CalendarProposal.objects.get()
    assert found["changed_years"] == [2027]
    assert [item["on"] for item in found["changes"]] == ["2027-01-02", "2027-01-04"]
    assert (found["proposal"], proposal.proposer) == (proposal.pk, hall.ada.id)
    assert "2027-01-04 becomes a day off" not in run(DATA / "holidays")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("2027.json", "{", "2027.json"),
        ("2027.json", "[]", "one JSON object"),
        ("2027.json", '{"year":2027,"days":[{"name":"x"}]}', "isOffDay"),
        ("2027.json", json.dumps({**Y2027, "days": Y2027["days"][:2]}), "missing"),
        ("b.json", json.dumps(Y2026), "Two files"),
    ],
)
def test_one_bad_file_and_nothing_is_changed(
    hall: Hall, tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / "2026.json").write_text(json.dumps(Y2026))
    (tmp_path / "a.json").write_text(json.dumps(Y2027))
    (tmp_path / name).write_text(content)
    with pytest.raises(CommandError, match=message) as caught:
        run(tmp_path)
    assert "\n" not in str(caught.value)
    assert not CalendarProposal.objects.exists()
    assert entries_after(STREAM, 0) == []


@pytest.mark.parametrize("folder", ["/no/such/folder", "."])
def test_a_folder_that_is_none(hall: Hall, folder: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not a folder|holds no"):
        run(tmp_path / folder)


def test_an_unknown_proposer_is_told(hall: Hall) -> None:
    with pytest.raises(CommandError, match="There is no person"):
        run(DATA / "holidays", "--by", "nobody")


@pytest.mark.parametrize(
    ("rule_id", "params"),
    [
        ("EQ-03", {"floor_fen": 5_000_000_000}),
        ("EQ-03", {"floor_fen": 1}),
        ("EQ-04", {"kind": "asset", "changed": "floor"}),
        ("EQ-04", {"kind": "equity", "changed": "terms"}),
        ("LD-05", {"city": "taicang"}),
    ],
)
def test_a_frozen_row_keeps_what_it_depends_on(rule_id: str, params: dict[str, Any]) -> None:
    on = date(2026, 3, 2)
    kept = json.loads(json.dumps(selectors.frozen_rule(rule_id, on)))
    wanted = limits.limit(selectors.rule(rule_id, on=on), on, selectors.calendar(), params).on
    assert selectors.frozen_limit_on(rule_id, kept, on, params) == wanted


def test_a_row_frozen_before_it_kept_all_that_still_counts() -> None:
    on = date(2026, 3, 2)
    kept = selectors.frozen_rule("LD-05", on)
    old = {name: kept[name] for name in kept if name not in selectors.LATER}
    assert selectors.frozen_limit_on("LD-05", old, on) == selectors.limit_on("LD-05", on)
    with pytest.raises(KeyError):
        selectors.frozen_limit_on("LD-05", {**selectors.LATER}, on)
