"""What the sale does when it hears of something; every handler may be called twice."""

from datetime import datetime

from audit.clock import system_clock
from audit.selectors import EntryView, find_entry
from kernel.actors import SYSTEM
from kernel.clock import parse_instant
from notices.selectors import Obstacle
from trading.projection.lots import blocked_text, gate_text
from trading.rules.lot_states import LotState
from trading.selectors import find_lot
from trading.services import awards, publication, qualification


def word(entry: EntryView, name: str) -> str:
    """One value of the event as text."""
    return str(entry.body[name])


def on_notice_approved(entry: EntryView) -> None:
    """The second person approved the notice: the lot is due for publication."""
    if word(entry, "notice_kind").endswith("_result"):
        return
    publication.schedule_publication(
        lot_no=word(entry, "subject_no"),
        notice_no=word(entry, "notice_no"),
        publish_at=word(entry, "publish_at"),
        actor=SYSTEM,
    )


def what_forbids(subject_no: str, at: datetime) -> list[Obstacle]:
    """What forbids publishing a lot's notice at that instant: its own dates finally, an approval
    that is still to come only until it is there."""
    lot = find_lot(subject_no)
    if lot is None or lot.state != LotState.DRAFT:
        return []
    return [
        Obstacle(gate_text(item), is_final=item.rule != "LK-1")
        for item in publication.check_gates(lot, at)
    ]


def why_blocked(subject_no: str) -> list[str]:
    """Why a lot's publication was refused when its time had come."""
    lot = find_lot(subject_no)
    return [] if lot is None else [blocked_text(item) for item in lot.blocked]


def room_of(entry: EntryView) -> str:
    """The room's code from its stream's name."""
    return entry.stream.removeprefix("room/")


def ended_at(entry: EntryView) -> datetime:
    """The end that passed, from the `closed` before the hammer; not the instant it was written."""
    for seq in range(entry.seq - 1, max(0, entry.seq - 4), -1):
        before = find_entry(entry.stream, seq)
        if before is not None and before.kind == "closed":
            return parse_instant(word(before, "ends_at"))
    return entry.at


def on_room_opened(entry: EntryView) -> None:
    lot = awards.lot_of_room(room_of(entry))
    if lot is not None:
        awards.note_opening(lot_no=lot.no, clock=system_clock())


def on_hammered(entry: EntryView) -> None:
    """The hammer fell: award, refunds due, result notice drafted."""
    lot = awards.lot_of_room(room_of(entry))
    if lot is not None:
        awards.record_award(
            lot_no=lot.no,
            plate=word(entry, "plate"),
            price_fen=int(word(entry, "price_fen")),
            ended_at=ended_at(entry),
            clock=system_clock(),
        )


def on_passed_in(entry: EntryView) -> None:
    lot = awards.lot_of_room(room_of(entry))
    if lot is not None:
        awards.record_unsold(
            lot_no=lot.no,
            reason=word(entry, "reason"),
            ended_at=ended_at(entry),
            clock=system_clock(),
        )


def on_aborted(entry: EntryView) -> None:
    """The room was stopped for good: the money goes back."""
    lot = awards.lot_of_room(room_of(entry))
    if lot is not None:
        awards.record_terminated(
            lot_no=lot.no,
            reason=word(entry, "reason"),
            ended_at=entry.at,
            clock=system_clock(),
        )


def on_notice_published(entry: EntryView) -> None:
    """A result notice tells the winner's name: from now on the open data may."""
    if word(entry, "notice_kind").endswith("_result"):
        awards.disclose_award(
            lot_no=word(entry, "subject_no"),
            notice_no=word(entry, "notice_no"),
            clock=system_clock(),
        )


def on_lot_awarded(entry: EntryView) -> None:
    """Slow: draws and signs the deal confirmation."""
    awards.issue_confirmation(lot_no=word(entry, "lot_no"), clock=system_clock())


def on_bidder_qualified(entry: EntryView) -> None:
    """Slow: draws the bidder's qualification paper with the plate."""
    qualification.issue_qualification(
        registration_no=word(entry, "registration_no"), clock=system_clock()
    )
