"""The one place that says which handler hears which event, what the timekeeper takes, who answers
which `evaluate` question. Upward calls go through here and nowhere else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from kernel.clock import Clock

Question = dict[str, Any]
Answer = dict[str, Any]


def evaluate(op: str) -> Callable[[Question], Answer] | None:
    """The pure function that answers an `evaluate` question, or None."""
    from bidding.data import presets
    from bidding.rules.questions import room
    from law.data import shipped
    from law.rules import questions as law

    if op == "room":
        return lambda question: {"ok": True, **room(question, presets())}
    if op in law.OPS:
        return lambda question: law.answer(op, question, shipped())
    return None


@dataclass(frozen=True, slots=True)
class DueRows:
    """Rows that hold their next due instant: how to find them, how to act on one (idempotent)."""

    name: str
    find: Callable[[datetime, int], Sequence[Any]]
    act: Callable[[Any, Clock], object]


DUE: list[DueRows] = []


def connect() -> None:
    """Subscribes the handlers and names the due rows; called once when the apps are ready."""
    if DUE:
        return
    connect_handlers()
    connect_ledger()
    DUE.extend(due_rows())


def connect_ledger() -> None:
    """What lower apps must ask of those above: keys, the streams of a lot, whether it still runs,
    what forbids its notice, whose a project is."""
    from approvals.services.intake import PROJECT_UNITS
    from audit.services.export import SEALED_STREAMS, SUBJECT_STREAMS
    from audit.services.keys import KEY_SOURCES
    from bidding import selectors as bidding
    from documents.selectors import LIST_CHECKS, REFERENCES
    from documents.services import document_keys
    from notices.selectors import OBSTACLES, REFUSALS, STILL_RUNNING
    from oversight.selectors.receipts import address_of
    from oversight.services.verification import check_list
    from trading import handlers as sales
    from trading import selectors as trading

    REFERENCES.append(address_of)
    LIST_CHECKS.append(check_list)
    KEY_SOURCES.append(document_keys)
    SUBJECT_STREAMS["lot"] = trading.list_lot_streams
    SEALED_STREAMS.extend((bidding.sealed_streams, trading.sealed_streams))
    STILL_RUNNING.append(trading.list_running)
    OBSTACLES.append(sales.what_forbids)
    REFUSALS.append(sales.why_blocked)
    PROJECT_UNITS.append(trading.find_project_unit)


def connect_handlers() -> None:
    """Who hears what. Slow handlers draw papers."""
    from approvals import handlers as approvals
    from audit import handlers as ledger
    from audit.relay import subscribe
    from oversight import handlers as oversight
    from trading import handlers as trading

    subscribe("notices.notice_approved", trading.on_notice_approved)
    subscribe("notices.notice_published", trading.on_notice_published)
    subscribe("opened", trading.on_room_opened)
    subscribe("closed", ledger.on_room_closed, slow=True)
    subscribe("hammered", trading.on_hammered)
    subscribe("passed_in", trading.on_passed_in)
    subscribe("aborted", trading.on_aborted)
    subscribe("aborted", ledger.on_room_closed, slow=True)
    subscribe("trading.lot_awarded", trading.on_lot_awarded, slow=True)
    subscribe("trading.bidder_qualified", trading.on_bidder_qualified, slow=True)
    subscribe("approvals.case_accepted", approvals.on_case_accepted, slow=True)
    subscribe("approvals.case_decided", approvals.on_case_decided, slow=True)
    subscribe("law.calendar_approved", approvals.on_calendar_approved, slow=True)
    subscribe("oversight.export_requested", oversight.on_export_requested, slow=True)


def due_rows() -> list[DueRows]:
    """What the timekeeper takes, in the order in which it asks."""
    from approvals import selectors as cases
    from approvals.services import intake
    from audit import services as ledger
    from audit.selectors import are_sources_older
    from kernel.actors import SYSTEM
    from notices import selectors as notices
    from notices import services as notice_services
    from oversight import services as oversight
    from oversight.selectors import exports
    from trading import selectors as trading
    from trading.services import deposits, publication

    def publish_lot(no: str, clock: Clock) -> object:
        return publication.publish_lot(lot_no=no, actor=SYSTEM, clock=clock)

    def publish_notice(no: str, clock: Clock) -> object:
        return notice_services.publish_due_notice(no=no, actor=SYSTEM, clock=clock)

    def settle_deposit(pk: int, clock: Clock) -> object:
        return deposits.settle_cutoff(pk=pk, clock=clock)

    def deem_accepted(no: str, clock: Clock) -> object:
        return intake.deem_accepted(no=no, clock=clock)

    def expire_export(code: str, clock: Clock) -> object:
        return oversight.expire_export(code=code, clock=clock)

    def find_sources(now: datetime, limit: int) -> Sequence[str]:
        return ["all"] if are_sources_older(now - kept) else []

    def erase_sources(key: str, clock: Clock) -> object:
        return ledger.erase_sources(before=clock.now() - kept)

    kept = timedelta(days=settings.ATTEMPT_SOURCES_KEPT_DAYS)
    return [
        DueRows("lot publication", trading.list_publications_due, publish_lot),
        DueRows("result notice", notices.list_due, publish_notice),
        DueRows("deposit cut-off", trading.list_deposits_due, settle_deposit),
        DueRows("deemed acceptance", cases.list_due, deem_accepted),
        DueRows("export expiry", exports.list_expired, expire_export),
        DueRows("attempts' sources", find_sources, erase_sources),
    ]
