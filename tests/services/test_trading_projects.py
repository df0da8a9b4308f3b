"""Entry registration and the drafting of lots: numbers, faults by field, one wording of figures."""

import pytest

from audit.selectors import entries_after
from kernel.actors import Role
from kernel.errors import Conflict, Forbidden, Invalid
from notices.models import Notice
from tests.worlds.city import organisation, person
from tests.worlds.market import WAN, Market, Plan, auction, beijing, notice_texts
from trading.models import Lot, Project
from trading.services import lots, projects

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    return Market()


def test_projects_are_numbered_by_region_year_and_category(market: Market) -> None:
    numbers = [market.project().no, market.project().no, market.project("05").no]
    assert numbers == ["510600-2026-03-00001", "510600-2026-03-00002", "510600-2026-05-00001"]


def test_the_year_is_beijing_s(market: Market) -> None:
    market.clock.set(beijing("2026-12-31 23:59"))
    assert market.project().no.startswith("510600-2026-")
    market.clock.set(beijing("2027-01-01 00:01"))
    assert market.project().no == "510600-2027-03-00001"


def test_every_wrong_field_is_named_and_nothing_is_kept(market: Market) -> None:
    entry = market.entry(name=" ", category="99", funds_note="")
    with pytest.raises(Invalid) as caught:
        projects.register_project(entry=entry, actor=market.wang, clock=market.clock)
    assert set(caught.value.fields) == {"name", "category", "funds_note"}
    assert not Project.objects.exists()


def test_an_unknown_unit_is_refused(market: Market) -> None:
    entry = market.entry(unit_code="91510600MA620001XX")
    with pytest.raises(Invalid) as caught:
        projects.register_project(entry=entry, actor=market.wang, clock=market.clock)
    assert "unit_code" in caught.value.fields
    assert not Project.objects.exists()


def test_a_lot_is_drafted_with_its_notice(market: Market) -> None:
    lot = market.draft()
    assert (lot.no, lot.state, lot.room_code) == ("510600-2026-03-00001-001", "draft", "")
    notice = Notice.objects.get(no=lot.notice_no)
    assert (notice.kind, notice.state) == ("land_listing", "draft")
    figures = (notice.fields["start_fen"], notice.fields["step_fen"], notice.fields["deposit_fen"])
    assert figures == (lot.start_fen, lot.step_fen, lot.deposit_fen)
    assert notice.fields["opens_at"] == "2026-04-10T10:00:00.000+08:00"
    assert "4 分钟" in str(notice.fields["bidding_rules"])


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"title": " "}, {"title"}),
        ({"start_fen": 0}, {"start_fen"}),
        ({"step_fen": -1}, {"step_fen"}),
        ({"deposit_fen": 0}, {"deposit_fen"}),
        ({"ends_at": beijing("2026-04-10 10:00")}, {"ends_at", "deposit_cutoff_at"}),
        ({"deposit_cutoff_at": beijing("2026-04-21 10:01")}, {"deposit_cutoff_at"}),
        ({"preset": "REV"}, {"preset"}),
        ({"procedure": "reverse"}, {"procedure"}),
        ({"procedure": "lottery"}, {"procedure"}),
    ],
)
def test_a_wrong_lot_names_its_fields_and_leaves_nothing(
    market: Market, changes: dict[str, object], fields: set[str]
) -> None:
    project = market.project()
    with pytest.raises(Invalid) as caught:
        lots.draft_lot(
            project_no=project.no,
            entry=market.lot_entry(Plan(), **changes),
            fields=notice_texts("listing"),
            actor=market.wang,
            clock=market.clock,
        )
    assert set(caught.value.fields) == fields
    assert not Lot.objects.exists()
    assert not Notice.objects.exists()
    assert market.draft(project=project).no.endswith("-001")


def test_editing_a_draft_changes_the_notice_with_it(market: Market) -> None:
    lot = market.draft()
    entry = market.lot_entry(Plan(), start_fen=13_000 * WAN)
    lots.edit_lot(lot_no=lot.no, entry=entry, actor=market.wang, clock=market.clock)
    lot.refresh_from_db()
    assert (lot.start_fen, lot.terms["start_fen"]) == (13_000 * WAN, 13_000 * WAN)
    assert Notice.objects.get(no=lot.notice_no).fields["start_fen"] == 13_000 * WAN
    event = entries_after(f"lot/{lot.no}", 0)[-1]
    assert event.body["before"] == {"start_fen": 12_000 * WAN}
    assert event.body["after"] == {"start_fen": 13_000 * WAN}


def test_a_lot_in_review_cannot_be_edited_behind_the_reviewer_s_back(market: Market) -> None:
    lot = market.draft()
    market.approve(lot, beijing("2026-03-20 09:00"))
    entry = market.lot_entry(Plan(), start_fen=11_000 * WAN)
    with pytest.raises(Conflict):
        lots.edit_lot(lot_no=lot.no, entry=entry, actor=market.wang, clock=market.clock)
    lot.refresh_from_db()
    assert lot.start_fen == 12_000 * WAN
    assert Notice.objects.get(no=lot.notice_no).fields["start_fen"] == 12_000 * WAN


def test_a_lot_keeps_its_procedure(market: Market) -> None:
    lot = market.draft(auction())
    with pytest.raises(Invalid):
        lots.edit_lot(
            lot_no=lot.no,
            entry=market.lot_entry(Plan()),
            actor=market.wang,
            clock=market.clock,
        )
    lot.refresh_from_db()
    assert lot.procedure == "auction"


def test_only_clerks_register_draft_and_edit(market: Market) -> None:
    lot = market.draft()
    entry = market.lot_entry(Plan(), title="改名")
    for actor in (market.li, market.gao, market.sun, market.alice, market.chen):
        with pytest.raises(Forbidden):
            projects.register_project(entry=market.entry(), actor=actor, clock=market.clock)
        with pytest.raises(Forbidden):
            lots.edit_lot(lot_no=lot.no, entry=entry, actor=actor, clock=market.clock)
    assert Project.objects.count() == 1
    lot.refresh_from_db()
    assert lot.title == Plan().title


def edit(market: Market, lot: Lot, **changes: object) -> Lot:
    entry = market.lot_entry(Plan(), **changes)
    return lots.edit_lot(lot_no=lot.no, entry=entry, actor=market.wang, clock=market.clock)


def test_who_only_retitles_had_a_hand_in_the_notice(market: Market) -> None:
    """Na may review, and wrote: the appraisal she typed makes her a writer like any other."""
    lot = market.draft()
    na = person("na", organisation("另一中心", 77), Role.NOTICE_CLERK, Role.NOTICE_REVIEWER)
    entry = market.lot_entry(Plan(), appraisal_fen=9_000 * WAN)
    lots.edit_lot(lot_no=lot.no, entry=entry, actor=na, clock=market.clock)
    notice = Notice.objects.get(no=lot.notice_no)
    assert na.id in notice.writers
    last = entries_after(f"lot/{lot.no}", 0)[-1]
    assert last.body["after"] == {"appraisal_fen": 9_000 * WAN}


def test_the_notice_takes_the_new_title(market: Market) -> None:
    lot = market.draft()
    edit(market, lot, title="城北新区 2026-08 号地块")
    notice = Notice.objects.get(no=lot.notice_no)
    assert notice.title == "城北新区 2026-08 号地块挂牌出让公告"


def test_a_title_somebody_worded_stays(market: Market) -> None:
    lot = market.draft()
    Notice.objects.filter(no=lot.notice_no).update(title="关于城北地块的公告")
    edit(market, lot, title="城北新区 2026-08 号地块")
    assert Notice.objects.get(no=lot.notice_no).title == "关于城北地块的公告"


def test_an_edit_keeps_what_departs_from_the_preset(market: Market) -> None:
    entry = market.lot_entry(Plan(), overrides={"countdown_s": 90})
    lot = lots.draft_lot(
        project_no=market.approved_project().no,
        entry=entry,
        fields=notice_texts("listing"),
        actor=market.wang,
        clock=market.clock,
    )
    edited = edit(market, lot, title="改名")
    assert edited.terms["countdown_s"] == 90
    assert "90 秒" in str(Notice.objects.get(no=lot.notice_no).fields["bidding_rules"])
    assert edit(market, lot, overrides={}).terms["countdown_s"] != 90
