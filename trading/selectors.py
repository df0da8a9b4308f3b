"""What may be seen of a sale. Drafts are the staff's; registrations are their owner's alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Concat

from bidding.selectors import Abort, Standing, find_abort, list_standings
from kernel.actors import Actor
from kernel.errors import NotFound
from notices.selectors import list_numbers
from trading import permissions
from trading.models import Award, BankCredit, Deposit, Lot, Project, Registration, Release
from trading.rules.deposits import HELD, RELEASED, DepositState
from trading.rules.lot_states import LotState
from trading.rules.ocds import AwardFacts, LotFacts, Party
from trading.rules.procedures import PROCEDURES

BIDDING = (LotState.ANNOUNCED, LotState.OPEN)
RUNNING = (LotState.DRAFT, *BIDDING)


def access_project(actor: Actor, no: str) -> Project:
    """Returns the project, or NotFound for who may not see drafts."""
    project = Project.objects.select_related("unit").filter(no=no).first()
    if project is None or not permissions.may(actor, "see_drafts"):
        raise NotFound("project_unknown")
    return project


def find_project_unit(no: str) -> int | None:
    """Key of the organisation whose project it is, or None if there is no such project."""
    return Project.objects.filter(no=no).values_list("unit_id", flat=True).first()


def find_lot(no: str) -> Lot | None:
    return Lot.objects.select_related("project__unit", "award").filter(no=no).first()


def access_lot(actor: Actor, no: str) -> Lot:
    """Returns the lot; a draft exists for staff only."""
    lot = find_lot(no)
    if lot is None:
        raise NotFound("lot_unknown")
    if lot.state == LotState.DRAFT and not permissions.may(actor, "see_drafts"):
        raise NotFound("lot_unknown")
    return lot


def list_lot_streams(no: str) -> list[str]:
    """Returns the ledger's streams that tell of a lot: its own, its notices', its room's, its
    deposits'. Empty if there is no such lot."""
    lot = Lot.objects.filter(no=no).first()
    if lot is None:
        return []
    accounts = Deposit.objects.filter(registration__lot=lot).values_list("account_no", flat=True)
    rooms = [f"room/{lot.room_code}", f"room/{lot.room_code}/sealed"] if lot.room_code else []
    notices = [f"notice/{number}" for number in list_numbers(no)]
    return [f"lot/{no}", *rooms, *notices, *(f"account/{number}" for number in accounts)]


def sealed_streams() -> QuerySet[Deposit, str]:
    """Names of the ledger's streams that tell who bids in lots that have not ended (AUC-01)."""
    rows = Deposit.objects.filter(registration__lot__state__in=RUNNING)
    return rows.values_list(Concat(Value("account/"), "account_no"), flat=True)


def access_registration(actor: Actor, no: str) -> Registration:
    """Returns the organisation's own registration; to everybody else it does not exist."""
    found = own_registrations().filter(no=no).first()
    if found is None or found.organisation_id != actor.organisation_id:
        raise NotFound("registration_unknown")
    return found


def find_registration(actor: Actor, lot: Lot) -> Registration | None:
    """The actor's organisation's registration for the lot, if any."""
    if actor.organisation_id is None:
        return None
    rows = own_registrations().filter(lot=lot, organisation_id=actor.organisation_id)
    return rows.first()


def own_registrations() -> QuerySet[Registration]:
    """Registrations with everything their owner sees of them. Three queries for any number."""
    rows = Registration.objects.select_related("lot", "lot__award", "deposit__registration__lot")
    return rows.prefetch_related("deposit__credits", "deposit__refunds")


def list_registrations(actor: Actor) -> Sequence[Registration]:
    """The organisation's registrations, newest first."""
    if actor.organisation_id is None:
        return []
    rows = own_registrations().filter(organisation_id=actor.organisation_id)
    return list(rows.order_by("-pk"))


def list_projects(actor: Actor) -> QuerySet[Project]:
    """All projects, for staff."""
    permissions.require(actor, "see_drafts")
    return Project.objects.select_related("unit").prefetch_related("lots")


def list_deposits(actor: Actor) -> QuerySet[Deposit]:
    """Deposits for finance and, once their lot has ended, for those who watch it; with credits and
    refunds."""
    permissions.require(actor, "see_deposits")
    rows = Deposit.objects.select_related("registration__lot")
    if not permissions.may(actor, "see_running_deposits"):
        rows = rows.exclude(registration__lot__state__in=RUNNING)
    return rows.prefetch_related("credits", "refunds")


OWED = Case(
    When(state__in=RELEASED, then=F("paid_fen") - F("refunded_fen")),
    When(state__in=HELD, then=F("paid_fen") - F("required_fen") - F("refunded_fen")),
    default=Value(0),
    output_field=BigIntegerField(),
)
"""`rules.deposits.owed_fen` in the database's words; a test holds the two together."""


def list_refunds_due(actor: Actor) -> QuerySet[Deposit]:
    """Deposits of which something must go back, the most urgent first."""
    rows = list_deposits(actor).annotate(owed_now=OWED).filter(owed_now__gt=0)
    return rows.order_by(F("refund_due_on").asc(nulls_last=True), "pk")


def list_mismatches(actor: Actor) -> QuerySet[Deposit]:
    """Deposits that are not good, and may still become so."""
    return list_deposits(actor).filter(state=DepositState.UNMATCHED)


def list_held(actor: Actor) -> QuerySet[Deposit]:
    """Deposits that are good: held, or counted as part of the price."""
    return list_deposits(actor).filter(state__in=HELD).order_by("-pk")


def list_refunded(actor: Actor) -> QuerySet[Deposit]:
    """Deposits that went back whole, the latest first."""
    return list_deposits(actor).filter(state=DepositState.REFUNDED).order_by("-pk")


def list_unknown_credits(actor: Actor) -> QuerySet[BankCredit]:
    """Money booked to accounts that nobody has: what is still here first, then the latest."""
    permissions.require(actor, "see_deposits")
    rows = BankCredit.objects.filter(deposit=None).select_related("returned")
    return rows.order_by(F("returned__pk").asc(nulls_first=True), "-pk")


def access_unknown_credit(actor: Actor, pk: int) -> BankCredit:
    """One of them. NotFound for a credit that belongs to a deposit."""
    found = list_unknown_credits(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound("credit_unknown")
    return found


def access_deposit(actor: Actor, pk: int) -> Deposit:
    """One deposit for finance. NotFound if there is none."""
    found = list_deposits(actor).filter(pk=pk).first()
    if found is None:
        raise NotFound("deposit_unknown")
    return found


def count_waiting(actor: Actor) -> dict[str, int]:
    """What waits on the desks of a sale, as far as this person sees it. At most three queries."""
    counts = {
        "blocked": Lot.objects.filter(state=LotState.DRAFT).exclude(blocked=[]).count(),
        "rooms": Lot.objects.filter(state=LotState.OPEN).count(),
    }
    if permissions.may(actor, "see_deposits"):
        counts["refunds"] = list_refunds_due(actor).count()
    return counts


def list_public_lots() -> QuerySet[Lot]:
    """Every lot that was published, newest first."""
    rows = Lot.objects.select_related("project", "award")
    return rows.exclude(state=LotState.DRAFT).order_by("-published_at")


def list_publications_due(now: datetime, limit: int) -> Sequence[str]:
    """Numbers of draft lots whose publication time has come."""
    rows = Lot.objects.filter(state=LotState.DRAFT, publish_due_at__lte=now)
    return list(rows.order_by("publish_due_at").values_list("no", flat=True)[:limit])


def list_deposits_due(now: datetime, limit: int) -> Sequence[int]:
    """Keys of deposits whose cut-off has come."""
    rows = Deposit.objects.filter(next_due_at__lte=now)
    return list(rows.order_by("next_due_at").values_list("pk", flat=True)[:limit])


OCDS_STATUS = {
    LotState.ANNOUNCED: "active",
    LotState.OPEN: "active",
    LotState.WON: "complete",
    LotState.CONFIRMED: "complete",
    LotState.UNSOLD: "unsuccessful",
    LotState.TERMINATED: "cancelled",
}


def ocds_facts(lot: Lot) -> LotFacts:
    """The public facts of a published lot; the winner only once the result notice is out."""
    unit = lot.project.unit
    award: Award | None = getattr(lot, "award", None)
    facts = None
    if award is not None and award.disclosed_at is not None and award.registration is not None:
        winner = Party(award.registration.organisation.code, award.registration.organisation.name)
        facts = AwardFacts(winner, award.price_fen, award.ended_at, award.disclosed_at)
    failed = [item.released_at for item in lot.releases.all() if item.tag == "tenderUpdate"]
    state = LotState(lot.state)
    if state in {LotState.WON, LotState.CONFIRMED} and facts is None:
        state = LotState.OPEN
    procedure = PROCEDURES[lot.procedure]
    if lot.published_at is None:
        raise ValueError("only published lots are open data")
    return LotFacts(
        no=lot.no,
        project_no=lot.project.no,
        title=lot.title,
        procedure_name=procedure.name,
        is_sale=procedure.is_sale,
        unit=Party(unit.code, unit.name),
        start_fen=lot.start_fen,
        published_at=lot.published_at,
        opens_at=lot.opens_at,
        ends_at=lot.ends_at,
        status=OCDS_STATUS[state],
        award=facts,
        failed_at=failed[0] if failed else None,
    )


OCDS_PARTS = ("project__unit", "award__registration__organisation")


def list_ocds_releases(after: int, limit: int) -> tuple[list[tuple[LotFacts, str]], int]:
    """Releases beyond a cursor in the order in which they became public, each as (lot, tag), and
    the cursor behind the last of them if there are more (else 0). Two queries."""
    rows = Release.objects.select_related(*(f"lot__{part}" for part in OCDS_PARTS))
    rows = rows.prefetch_related("lot__releases").filter(index__gt=after)
    rows_found = list(rows.order_by("index")[: limit + 1])
    found = rows_found[:limit]
    cursor = found[-1].index if len(rows_found) > limit else 0
    return [(ocds_facts(item.lot), item.tag) for item in found], cursor


def find_ocds_lot(no: str) -> LotFacts | None:
    """One published lot; two queries."""
    rows = Lot.objects.select_related(*OCDS_PARTS).prefetch_related("releases")
    lot = rows.exclude(published_at=None).filter(no=no).first()
    return ocds_facts(lot) if lot else None


def list_live_lots(limit: int = 6) -> Sequence[Lot]:
    """Lots whose room is open, nearest end first."""
    rows = Lot.objects.select_related("project").filter(state=LotState.OPEN)
    return list(rows.order_by("ends_at")[:limit])


def list_room_standings(lots: Sequence[Lot], now: datetime) -> dict[str, Standing]:
    """How the rooms of those lots stand whose bidding has begun and is not settled, by room code:
    offers and pauses move the end that the notice announced. No query if there is none."""
    codes = [lot.room_code for lot in lots if lot.state in BIDDING and lot.opens_at <= now]
    return list_standings(codes, now) if codes else {}


def is_room_over(lot: Lot, standing: Standing | None) -> bool:
    """Whether the lot had a room and nothing can happen in it any more; no query."""
    is_settled = bool(lot.room_code) and lot.state not in (LotState.DRAFT, *BIDDING)
    return is_settled or (standing is not None and standing.is_over)


def find_lot_abort(lot: Lot) -> Abort | None:
    """When and why its room was aborted; no query for a lot that was not."""
    return find_abort(lot.room_code) if lot.state == LotState.TERMINATED else None


def list_running(nos: Sequence[str]) -> set[str]:
    """Which of these lots have a room that is open, whatever end was announced."""
    rows = Lot.objects.filter(no__in=nos, state=LotState.OPEN)
    return set(rows.values_list("no", flat=True))


def list_coming_lots(now: datetime, limit: int = 6) -> Sequence[Lot]:
    """Announced lots that open next."""
    rows = Lot.objects.select_related("project").filter(state=LotState.ANNOUNCED, opens_at__gt=now)
    return list(rows.order_by("opens_at")[:limit])


PURCHASES = Q(lot__procedure__in=[name for name, found in PROCEDURES.items() if not found.is_sale])


def list_recent_awards(limit: int = 5) -> Sequence[Award]:
    """The newest awards."""
    return list(Award.objects.select_related("lot__project").order_by("-ended_at")[:limit])


def list_rooms(actor: Actor) -> Sequence[Lot]:
    """Lots with a room, for hosts and supervisors."""
    permissions.require(actor, "see_drafts")
    rows = Lot.objects.exclude(room_code="").select_related("project")
    return list(rows.order_by("-opens_at")[:100])


@dataclass(frozen=True, slots=True)
class Totals:
    """What was sold and bought; money in fen."""

    deals: int
    purchase_control_fen: int
    purchase_award_fen: int
    sale_start_fen: int
    sale_award_fen: int
    failed: int


def noticed_awards(kind: str = "") -> QuerySet[Award]:
    """Awards whose result notice is out, which alone count (SAV-03); `kind` purchase or sale."""
    rows = Award.objects.filter(disclosed_at__isnull=False)
    chosen = {"purchase": PURCHASES, "sale": ~PURCHASES}.get(kind)
    return rows if chosen is None else rows.filter(chosen)


def list_noticed_awards(kind: str = "", limit: int = 500) -> Sequence[Award]:
    """The awards that count, newest first."""
    rows = noticed_awards(kind).select_related("lot__project")
    return list(rows.order_by("-ended_at")[:limit])


def list_failed_lots(limit: int = 500) -> Sequence[Lot]:
    """Lots that ended without a deal, newest first; they count in "failed" only (SAV-03)."""
    rows = Lot.objects.select_related("project").filter(state=LotState.UNSOLD)
    return list(rows.order_by("-ends_at")[:limit])


def count_totals() -> Totals:
    """Sums over the lots whose result is out; purchases and sales apart (SAV-01, SAV-02). Two
    queries."""
    sums = noticed_awards().aggregate(
        deals=Count("pk"),
        control=Sum("lot__start_fen", filter=PURCHASES, default=0),
        bought=Sum("price_fen", filter=PURCHASES, default=0),
        start=Sum("lot__start_fen", filter=~PURCHASES, default=0),
        sold=Sum("price_fen", filter=~PURCHASES, default=0),
    )
    failed = Lot.objects.filter(state=LotState.UNSOLD).count()
    return Totals(
        sums["deals"], sums["control"], sums["bought"], sums["start"], sums["sold"], failed
    )
