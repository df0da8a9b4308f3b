"""The bidder's qualification paper (竞买资格确认书), held by the bidder alone."""

from accounts.selectors import get_organisation
from documents.rules.papers import Qualification
from documents.services import Order, issue_order
from kernel.actors import SYSTEM
from kernel.clock import Clock
from kernel.money import capitals
from trading.models import Registration


def issue_qualification(*, registration_no: str, clock: Clock) -> str:
    """Draws and signs the paper; returns its code. Idempotent."""
    order = qualification_order(registration_no)
    return issue_order(order=order, actor=SYSTEM, clock=clock).code


def qualification_order(registration_no: str) -> Order:
    """The paper of a paid-up bidder. ValueError for anybody else."""
    rows = Registration.objects.select_related("lot", "deposit")
    found = rows.get(no=registration_no)
    last = found.deposit.credits.order_by("-booked_at").first()
    if last is None or found.qualified_at is None:
        raise ValueError("only a paid-up bidder is qualified")
    organisation = get_organisation(found.organisation_id)
    return Order(
        subject=found.no,
        stream=f"account/{found.deposit.account_no}",
        context=Qualification(
            lot_no=found.lot.no,
            lot_name=found.lot.title,
            notice_no=found.lot.notice_no,
            bidder=organisation.name,
            bidder_code=organisation.code,
            plate=found.plate,
            deposit_fen=found.deposit.required_fen,
            deposit_capitals=capitals(found.deposit.required_fen),
            deposit_booked_at=last.booked_at,
            confirmed_at=found.qualified_at,
            bidding_opens_at=found.lot.opens_at,
            room_code=found.lot.room_code or None,
        ),
        idem=f"qualified:{found.no}",
        holder_id=found.organisation_id,
    )
