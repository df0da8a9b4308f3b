"""Every dated act of the demo lies in the office hours of a working day and in lawful order; only
today's notice comes out by schedule, whatever day it is."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command

from approvals.models import Case
from audit.clock import system_clock
from audit.models import Entry
from config.management.demo import sales
from config.management.demo.diary import is_office_time
from documents.models import Document
from kernel.clock import CHINA, FixedClock
from law import selectors as law
from notices.models import Notice
from trading.models import Award, Deposit, Lot, Registration
from trading.rules.deposits import DepositState
from trading.services import reserves
from trading.services.awards import issue_confirmation
from trading.services.publication import period_gates

STARTS = {
    "monday morning": "2026-06-15T09:40:00+08:00",
    "monday evening": "2026-06-15T21:05:00+08:00",
    "saturday night": "2026-07-18T23:50:00+08:00",
    "before dawn": "2026-03-12T03:00:00+08:00",
    "national day": "2026-10-01T10:00:00+08:00",
    "new year's eve": "2026-12-31T15:30:00+08:00",
    "spring festival": "2026-02-19T11:00:00+08:00",
    "day after the festival": "2026-02-24T09:05:00+08:00",
}


@pytest.fixture(params=STARTS.values(), ids=STARTS.keys())
def start(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The demo, seeded at that instant."""
    now = datetime.fromisoformat(request.param)
    stopped = FixedClock(now)
    for module in ("config.management.commands.seed_demo", "trading.handlers"):
        monkeypatch.setattr(f"{module}.system_clock", lambda: stopped)
    call_command("seed_demo", profile="demo")
    return now


def todays() -> Lot:
    return Lot.objects.get(title__startswith="北山")


def instants(now: datetime) -> Iterator[tuple[str, datetime]]:
    """Every instant that a page, a paper or the record tells, but the live sale's own hour and
    the scheduled publication of today's notice."""
    live = sales.latest_live()
    assert live is not None
    for entry in Entry.objects.exclude(at=todays().published_at).order_by("stream", "seq"):
        yield f"{entry.stream} {entry.kind}", entry.at
    yield from instants_of_sales(live)
    for paper in Document.objects.all():
        yield f"{paper.title} of {paper.subject}", paper.drawn_at
    for case in Case.objects.all():
        yield f"{case.no} received", case.received_at
    for registration in Registration.objects.exclude(qualified_at=None):
        yield f"{registration.no} qualified", registration.qualified_at


def instants_of_sales(live: Lot) -> Iterator[tuple[str, datetime]]:
    for lot in Lot.objects.all():
        yield f"{lot.title} cut-off", lot.deposit_cutoff_at
        if lot != todays():
            yield f"{lot.title} published", lot.published_at or lot.created_at
        if lot != live:
            yield f"{lot.title} opens", lot.opens_at
            yield f"{lot.title} ends", lot.ends_at
    for notice in Notice.objects.exclude(published_at=None).exclude(no=todays().notice_no):
        yield f"{notice.title} published", notice.published_at
    for award in Award.objects.select_related("lot"):
        yield f"{award.lot.title} ended", award.ended_at
        yield f"{award.lot.title} confirmed", award.confirmed_at
        yield f"{award.lot.title} disclosed", award.disclosed_at


@pytest.mark.django_db(transaction=True)
def test_every_act_of_the_demo_is_an_act_of_office_hours(start: datetime) -> None:
    work = law.calendar()
    seen = list(instants(start))
    strange = [
        f"{name} at {at.astimezone(CHINA):%a %F %T}"
        for name, at in seen
        if not is_office_time(at, work)
    ]
    assert len(seen) > 200
    assert strange == []
    later = [entry.kind for entry in Entry.objects.filter(at__gt=start)]
    assert later == []
    check_order(start)
    check_stories(start)
    sign_papers()


def sign_papers() -> None:
    """The relay signs what was drawn up: no second paper, no second date."""
    before = {paper.pk: paper.drawn_at for paper in Document.objects.all()}
    codes = set(Award.objects.values_list("document_code", flat=True))
    assert codes == {""}
    for award in Award.objects.select_related("lot"):
        code = issue_confirmation(lot_no=award.lot.no, clock=system_clock())
        paper = Document.objects.get(code=code)
        assert (paper.state, paper.drawn_at) == ("valid", before[paper.pk])
        confirmed = Award.objects.get(pk=award.pk)
        assert (confirmed.document_code, confirmed.confirmed_at) == (code, award.confirmed_at)
        assert paper.drawn_at == award.confirmed_at
    assert Document.objects.count() == len(before) == 27


def check_order(now: datetime) -> None:
    """What follows what, of every lot."""
    for lot in Lot.objects.exclude(published_at=None):
        seats = list(Registration.objects.filter(lot=lot).select_related("deposit"))
        for seat in seats:
            assert seat.qualified_at is not None
            assert lot.published_at < seat.applied_at < seat.qualified_at < lot.deposit_cutoff_at
            assert seat.deposit.state != DepositState.MATCHED or now < lot.deposit_cutoff_at
        if lot.procedure == "listing":
            limit = law.rule("LD-07", on=law.china_date(lot.published_at)).value
            on = (law.china_date(lot.deposit_cutoff_at), law.china_date(lot.ends_at))
            assert law.calendar().count(*on) >= limit
        else:
            assert lot.published_at < lot.deposit_cutoff_at < lot.opens_at
        offers = Entry.objects.filter(stream=f"room/{lot.room_code}", kind="offer_placed")
        for offer in offers:
            assert max(seat.qualified_at for seat in seats) < offer.at
            assert lot.opens_at <= offer.at <= now
    for award in Award.objects.select_related("lot"):
        assert award.lot.opens_at < award.ended_at < award.confirmed_at < award.disclosed_at < now
        refund = award.dates["refund"]
        assert refund >= law.china_date(now).isoformat(), "a refund of the demo is overdue"
    for case in Case.objects.exclude(accepted_on=None).exclude(decided_on=None):
        assert law.china_date(case.received_at) <= case.accepted_on < case.decided_on


def check_stories(now: datetime) -> None:
    """What the demo is there to show, on whatever day."""
    newest = Notice.objects.exclude(published_at=None).latest("published_at")
    assert newest.no == todays().notice_no
    assert newest.published_at == todays().published_at <= now
    assert law.china_date(newest.published_at) == law.china_date(now)
    live = sales.latest_live()
    assert live is not None
    assert now < live.opens_at <= now + timedelta(minutes=1)
    notice = Notice.objects.get(no=live.notice_no)
    assert sales.LIVE_NOTE in notice.fields["description"]
    assert Award.objects.count() == 2
    assert not Deposit.objects.filter(state=DepositState.UNMATCHED).exists()
    may_type = {lot.title for lot in Lot.objects.all() if reserves.may_type(lot)}
    assert len(may_type) == 2
    assert all(name in "".join(may_type) for name in ("城北新区", "北山"))
    [blocked] = [lot for lot in Lot.objects.all() if lot.blocked]
    assert [item["rule"] for item in blocked.blocked] == ["LK-1"]
    assert list(period_gates(blocked, now + timedelta(hours=12))) == []
