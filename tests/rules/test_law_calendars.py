"""Holiday lists: read strictly, merged by year, compared day by day."""

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from law.data import DATA, fixed_holidays, shipped, shipped_lists
from law.rules import calendars
from law.rules.calendars import BadList, changed, differences, digest, merged, read_list
from tests.worlds.holidays import Y2026, Y2027


def spoiled(change: str, value: Any) -> dict[str, Any]:
    paper: dict[str, Any] = copy.deepcopy(Y2026)
    if change.startswith("day."):
        paper["days"][3][change.removeprefix("day.")] = value
    else:
        paper[change] = value
    return paper


def test_all_years_are_shipped_with_their_licence() -> None:
    assert sorted(shipped_lists()) == list(range(2007, 2028))
    assert [year for year, paper in shipped_lists().items() if not paper["days"]] == [2027]
    assert (DATA / "holidays" / "LICENSE").read_text().startswith("MIT License")


@pytest.mark.parametrize("path", sorted((DATA / "holidays").glob("*.json")), ids=lambda p: p.stem)
def test_every_shipped_list_reads(path: Path) -> None:
    assert read_list(json.loads(path.read_text()))["year"] == int(path.stem)


def test_the_shipped_lists_do_not_contradict_each_other() -> None:
    assert merged(shipped_lists().values(), ()) == shipped_lists()


@pytest.mark.parametrize(
    ("change", "value", "message"),
    [
        ("year", "2026", "year must be"),
        ("year", True, "year must be"),
        ("year", 2006, "from 2007"),
        ("year", 2025, "does not belong"),
        ("days", None, "must be a list"),
        ("days", {}, "must be a list"),
        ("days", ["2026-01-01"], "must be an object"),
        ("days", [{}] * 200, "at most"),
        ("days", [Y2026["days"][0]] * 2, "named twice"),
        ("days", Y2026["days"][:3], "2026-05-01 is missing"),
        ("papers", "x", "addresses"),
        ("papers", [1], "addresses"),
        ("day.date", "2026-02-30", "is no date"),
        ("day.date", "2026-1-4", "is no date"),
        ("day.date", 20260104, "is no date"),
        ("day.date", "2024-01-04", "does not belong"),
        ("day.isOffDay", "false", "must be true or false"),
        ("day.isOffDay", 0, "must be true or false"),
        ("day.name", "", "has no name"),
        ("day.name", None, "has no name"),
    ],
)
def test_a_bad_list_is_one_sentence(change: str, value: Any, message: str) -> None:
    with pytest.raises(BadList, match=message) as caught:
        read_list(spoiled(change, value))
    assert "\n" not in str(caught.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["2026-01-01", 2026]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(value=VALUES | st.fixed_dictionaries({"year": VALUES, "days": st.lists(VALUES)}))
def test_reading_refuses_or_reads(value: Any) -> None:
    try:
        read = read_list(value)
    except BadList:
        return
    assert isinstance(read["year"], int)


def test_lists_that_contradict_each_other_are_refused() -> None:
    other = copy.deepcopy(Y2027)
    other["days"].append({"name": "元旦", "date": "2026-12-31", "isOffDay": True})
    again = copy.deepcopy(Y2026)
    again["days"].append({"name": "元旦", "date": "2026-12-31", "isOffDay": False})
    with pytest.raises(BadList, match="contradict"):
        merged(shipped_lists().values(), [read_list(other), read_list(again)])


def test_the_same_list_in_another_order_is_no_change() -> None:
    turned = {**Y2026, "days": list(reversed(Y2026["days"]))}
    assert changed(shipped_lists(), [read_list(turned)]) == []
    assert digest([read_list(turned)]) == digest([read_list(Y2026)])


def test_a_new_year_changes_exactly_its_days() -> None:
    new = read_list(Y2027)
    after = merged(shipped_lists().values(), [new])
    assert [paper["year"] for paper in changed(shipped_lists(), [new])] == [2027]
    found = [
        (item.on, item.becomes)
        for item in differences(shipped_lists(), after, [2027], fixed_holidays())
    ]
    assert found == [
        (date(2027, 1, 2), True),
        (date(2027, 1, 4), False),
    ]


def test_make_up_days_and_working_days_are_counted() -> None:
    assert calendars.workdays_in(shipped().work, 2026) == 248
    assert len(calendars.made_up(shipped_lists()[2026])) == 6
