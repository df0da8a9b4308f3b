"""Drafted by one, approved by another, published once at its instant; wordings never change."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from audit.selectors import EntryView, entries_after
from kernel.actors import SYSTEM
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from notices import selectors, services
from notices.models import Notice, NoticeVersion
from notices.rules.kinds import KINDS
from notices.rules.states import NoticeState
from notices.rules.wording import content_hash
from tests.worlds.cases import beijing
from tests.worlds.notices import Desk, values_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Desk:
    return Desk()


def story(notice: Notice) -> list[EntryView]:
    return entries_after(f"notice/{notice.no}", 0)


def kinds(notice: Notice) -> list[str]:
    return [entry.kind.removeprefix("notices.notice_") for entry in story(notice)]


def test_the_whole_way(desk: Desk) -> None:
    notice = desk.publish()
    assert notice.state == NoticeState.PUBLISHED
    assert kinds(notice) == ["drafted", "submitted", "approved", "published"]
    version = NoticeVersion.objects.get()
    assert (version.index, version.published_at) == (1, desk.clock.now())
    assert story(notice)[-1].body["content_hash"] == version.content_hash
    assert selectors.is_intact(version)


def test_numbers_run_by_subject_and_kind(desk: Desk) -> None:
    made = [desk.draft(), desk.draft(), desk.draft("L-2"), desk.draft(kind="land_result")]
    assert [notice.no for notice in made] == ["L-1-N2201", "L-1-N2202", "L-2-N2201", "L-1-N1201"]


def test_an_unknown_kind_is_told(desk: Desk) -> None:
    with pytest.raises(NotFound):
        services.draft_notice(
            kind="nonsense",
            subject_no="L-1",
            category="05",
            title="题",
            fields={},
            actor=desk.min,
            clock=desk.clock,
        )
    assert not Notice.objects.exists()


# ── wording ───────────────────────────────────────────────────────────────────────────────────


def test_unseen_characters_do_not_enter_a_notice(desk: Desk) -> None:
    notice = desk.draft(title="公告\r\nBEGIN:VEVENT\x00\x1b\u202e题\ufeff")
    assert notice.title == "公告 BEGIN:VEVENT题"


def test_an_edit_keeps_the_derived_fields(desk: Desk) -> None:
    notice = desk.draft(kind="asset_auction")
    edited = services.edit_notice(
        no=notice.no,
        title="新题",
        fields={"description": "六辆", "start_fen": 1, "lot_no": "L-9", "unknown": "x"},
        actor=desk.min,
        clock=desk.clock,
    )
    assert (edited.title, edited.fields["description"]) == ("新题", "六辆")
    assert edited.fields["start_fen"] == 36_000_000
    assert edited.fields["lot_no"] == "有"
    assert "unknown" not in edited.fields


def test_two_writers_do_not_overwrite_each_other(desk: Desk) -> None:
    notice = desk.draft(kind="asset_auction")
    base = content_hash(notice.title, notice.fields)

    def edit(title: str, actor: Any) -> Notice:
        return services.edit_notice(
            no=notice.no,
            title=title,
            fields=notice.fields,
            base=base,
            actor=actor,
            clock=desk.clock,
        )

    edit("第一位", desk.min)
    with pytest.raises(Invalid) as caught:
        edit("第二位", desk.na)
    assert caught.value.code == "edited_meanwhile"
    notice.refresh_from_db()
    assert notice.title == "第一位"


def test_a_text_too_long_is_named(desk: Desk) -> None:
    with pytest.raises(Invalid) as caught:
        desk.draft(kind="asset_auction", fields={"description": "长" * 4001})
    assert set(caught.value.fields) == {"description"}
    assert not Notice.objects.exists()


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_mandatory_field_is_asked_for_at_once(desk: Desk, kind: str) -> None:
    notice = desk.draft(kind=kind, fields={})
    with pytest.raises(Invalid) as caught:
        desk.submit(notice)
    assert set(caught.value.fields) == {
        item.name for item in KINDS[kind].fields if item.is_required
    }
    notice.refresh_from_db()
    assert notice.state == NoticeState.DRAFT


@pytest.mark.parametrize("kind", list(KINDS))
def test_one_blank_field_is_enough_to_stop_it(desk: Desk, kind: str) -> None:
    name = KINDS[kind].fields[0].name
    fields = {**values_of(kind, desk.clock.now()), name: " \n\t"}
    with pytest.raises(Invalid) as caught:
        desk.submit(desk.draft(kind=kind, fields=fields))
    assert set(caught.value.fields) == {name}


# ── the second person ─────────────────────────────────────────────────────────────────────────


def test_who_drafted_does_not_review(desk: Desk) -> None:
    notice = desk.draft(actor=desk.na)
    services.submit_notice(no=notice.no, actor=desk.na, clock=desk.clock)
    with pytest.raises(Forbidden) as caught:
        services.approve_notice(no=notice.no, actor=desk.na, clock=desk.clock)
    assert caught.value.code == "own_notice"
    notice.refresh_from_db()
    assert notice.state == NoticeState.REVIEW


def test_nobody_reviews_their_own_words_through_another_s_hand(desk: Desk) -> None:
    """Na drafts, Min submits; and Min drafts, Na edits: Na may approve neither."""
    first = desk.submit(desk.draft(actor=desk.na))
    second = desk.draft()
    services.edit_notice(
        no=second.no, title="改", fields=second.fields, actor=desk.na, clock=desk.clock
    )
    desk.submit(second)
    for notice in (first, second):
        with pytest.raises(Forbidden):
            services.approve_notice(no=notice.no, actor=desk.na, clock=desk.clock)
        assert desk.approve(notice).state == NoticeState.APPROVED


def test_who_reviewed_and_returned_may_review_again(desk: Desk) -> None:
    notice = desk.submit(desk.draft())
    services.return_notice(no=notice.no, reason="补充", actor=desk.li, clock=desk.clock)
    assert desk.approve(desk.submit(notice)).reviewer == desk.li.id


def test_a_returned_notice_says_why(desk: Desk) -> None:
    notice = desk.submit(desk.draft())
    with pytest.raises(Invalid):
        services.return_notice(no=notice.no, reason=" ", actor=desk.li, clock=desk.clock)
    returned = services.return_notice(
        no=notice.no, reason="金额有误", actor=desk.li, clock=desk.clock
    )
    assert (returned.state, returned.return_reason) == (NoticeState.DRAFT, "金额有误")
    assert desk.submit(returned).return_reason == ""


def test_only_clerks_draft_and_only_reviewers_approve(desk: Desk) -> None:
    for actor in (desk.li, desk.xie, desk.bo):
        with pytest.raises(Forbidden):
            desk.draft(actor=actor)
    notice = desk.submit(desk.draft())
    for actor in (desk.min, desk.xie, desk.bo):
        with pytest.raises(Forbidden):
            services.approve_notice(no=notice.no, actor=actor, clock=desk.clock)
        with pytest.raises(Forbidden):
            services.return_notice(no=notice.no, reason="x", actor=actor, clock=desk.clock)
    notice.refresh_from_db()
    assert (notice.state, kinds(notice)) == (NoticeState.REVIEW, ["drafted", "submitted"])


def test_a_draft_under_review_is_not_edited(desk: Desk) -> None:
    notice = desk.submit(desk.draft())
    with pytest.raises(Conflict):
        services.edit_notice(no=notice.no, title="改", fields={}, actor=desk.min, clock=desk.clock)
    notice.refresh_from_db()
    assert notice.title == "公务用车成交结果"


# ── the instant ───────────────────────────────────────────────────────────────────────────────


def test_a_scheduled_notice_appears_at_its_instant(desk: Desk) -> None:
    at = desk.clock.now() + timedelta(hours=3)
    notice = desk.approve(desk.submit(desk.draft()), at)
    assert notice.next_due_at == at
    desk.clock.advance(timedelta(hours=3) - timedelta(milliseconds=1))
    assert selectors.list_due(desk.clock.now(), 10) == []
    assert not services.publish_due_notice(no=notice.no, actor=SYSTEM, clock=desk.clock)
    with pytest.raises(Conflict):
        services.publish_notice(no=notice.no, actor=desk.li, clock=desk.clock)
    desk.clock.advance(timedelta(milliseconds=1))
    assert selectors.list_due(desk.clock.now(), 10) == [notice.no]
    assert services.publish_due_notice(no=notice.no, actor=SYSTEM, clock=desk.clock)
    assert not services.publish_due_notice(no=notice.no, actor=SYSTEM, clock=desk.clock)
    assert NoticeVersion.objects.get().published_at == at


def test_a_lot_s_notice_waits_for_the_sale(desk: Desk) -> None:
    """The sale asks its gates again at that instant; the desk alone publishes nothing."""
    notice = desk.approve(desk.submit(desk.draft(kind="asset_auction")))
    assert notice.next_due_at is None
    desk.clock.advance(timedelta(days=1))
    assert selectors.list_due(desk.clock.now(), 10) == []
    assert not services.publish_due_notice(no=notice.no, actor=SYSTEM, clock=desk.clock)


def test_an_approval_taken_back_is_not_published(desk: Desk) -> None:
    notice = desk.approve(desk.submit(desk.draft()), desk.clock.now() + timedelta(hours=1))
    services.return_notice(no=notice.no, reason="暂缓", actor=desk.li, clock=desk.clock)
    desk.clock.advance(timedelta(hours=2))
    assert selectors.list_due(desk.clock.now(), 10) == []
    assert not services.publish_due_notice(no=notice.no, actor=SYSTEM, clock=desk.clock)
    assert not NoticeVersion.objects.exists()


def test_provisional_dates_need_an_explicit_word(desk: Desk) -> None:
    fields = values_of("asset_result", beijing("2027-01-15 10:00"))
    notice = desk.submit(desk.draft(fields=fields))
    with pytest.raises(Invalid) as caught:
        desk.approve(notice)
    assert "2027-01-15" in str(caught.value.fields["confirms_provisional"])
    notice.refresh_from_db()
    assert notice.state == NoticeState.REVIEW
    approved = services.approve_notice(
        no=notice.no, actor=desk.li, clock=desk.clock, confirms_provisional=True
    )
    assert approved.state == NoticeState.APPROVED


# ── wordings stay ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_a_published_wording_cannot_be_changed(desk: Desk, verb: str) -> None:
    desk.publish()
    rows = NoticeVersion.objects.all()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(title="假") if verb == "update" else rows._raw_delete("default")
    assert NoticeVersion.objects.get().title == "公务用车成交结果"


def test_a_wording_changed_behind_our_back_is_seen(desk: Desk) -> None:
    """Even with its own hash made to fit: the ledger holds the one of its publication."""
    desk.publish()
    version = NoticeVersion.objects.select_related("notice").get()
    version.fields = {**version.fields, "price_fen": 1}
    assert not selectors.is_intact(version)
    version.content_hash = content_hash(version.title, version.fields)
    assert not selectors.is_intact(version)
