"""Publishing an item: all five disclosures, a promise within the law, versions that stay."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from approvals.models import ItemVersion
from approvals.selectors import list_items
from approvals.services.items import ItemEntry, publish_item
from audit.selectors import entries_after
from kernel.actors import SYSTEM
from kernel.clock import FixedClock
from kernel.errors import Forbidden, Invalid
from tests.worlds.cases import Centre

pytestmark = pytest.mark.django_db
CLOCK = FixedClock(datetime(2026, 3, 2, 1, tzinfo=UTC))
ENTRY = ItemEntry(
    code="SG-XK",
    name="施工许可",
    organ="行政审批局",
    statutory_wd=20,
    committed_wd=7,
    materials=("申请报告", "资金证明"),
    bases=("建筑法 第八条",),
    fee_note="不收费",
    window="3 号窗口",
    enquiry="0838-2500100",
)


def test_a_complete_item_is_published_and_recorded() -> None:
    item = publish_item(entry=ENTRY, actor=SYSTEM, clock=CLOCK)
    assert (item.index, item.published_at) == (1, CLOCK.now())
    (entry,) = entries_after("item/SG-XK", 0)
    assert entry.kind == "approvals.item_published"
    assert (entry.body["statutory_wd"], entry.body["committed_wd"]) == (20, 7)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("organ", ""),
        ("materials", ()),
        ("materials", ("申请报告", " ")),
        ("materials", ("申请报告", "申请报告")),
        ("bases", ()),
        ("fee_note", ""),
        ("window", "\t"),
        ("enquiry", ""),
        ("committed_wd", 21),
        ("committed_wd", -1),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_published(field: str, value: Any) -> None:
    with pytest.raises(Invalid) as caught:
        publish_item(entry=replace(ENTRY, **{field: value}), actor=SYSTEM, clock=CLOCK)
    assert set(caught.value.fields) == {field}
    assert not ItemVersion.objects.exists()
    assert entries_after("item/SG-XK", 0) == []


def test_everything_missing_is_told_at_once() -> None:
    bare = replace(ENTRY, materials=(), bases=(), fee_note="", committed_wd=30)
    with pytest.raises(Invalid) as caught:
        publish_item(entry=bare, actor=SYSTEM, clock=CLOCK)
    assert set(caught.value.fields) == {"materials", "bases", "fee_note", "committed_wd"}


def test_a_change_is_a_new_version_and_open_cases_keep_theirs() -> None:
    centre = Centre()
    case = centre.receive()
    publish_item(entry=replace(ENTRY, committed_wd=3), actor=SYSTEM, clock=CLOCK)
    case.refresh_from_db()
    assert (case.item.index, case.item.committed_wd) == (1, 7)
    assert [(item.index, item.committed_wd) for item in list_items()] == [(2, 3)]


def test_only_the_administrator_publishes() -> None:
    centre = Centre()
    for actor in (centre.wen, centre.rui, centre.chen, centre.tao, centre.alice):
        with pytest.raises(Forbidden):
            publish_item(entry=ENTRY, actor=actor, clock=CLOCK)
    assert ItemVersion.objects.count() == 1
