"""The rules of the ascending sale and of the land listing, written a second time from the published
words and the law, to be compared with what the house decided. Imports nothing of the product.

Ascending: one stage; an offer in the last `soft_close_s` leaves so much again. Listing: free
offers, then an inquiry, then, if at least two joined, limited bidding: each offer restarts its
countdown."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.faults.ledger import Row

BEIJING = timezone(timedelta(hours=8))
NEEDED = 2


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def seconds(terms: dict[str, Any], name: str) -> timedelta:
    return timedelta(seconds=terms.get(name) or 0)


@dataclass(frozen=True)
class Stage:
    """Where a room stands between two entries. `since`: when it was halted."""

    phase: str = "scheduled"
    ends_at: datetime | None = None
    top: int | None = None
    plate: str | None = None
    extensions: int = 0
    halted: str = ""
    since: datetime | None = None


@dataclass
class Model:
    """Walks through the public entries of one room and says what should not be there."""

    terms: dict[str, Any]
    joined: list[tuple[str, datetime]]
    stage: Stage = field(default_factory=Stage)
    wanted: tuple[str, dict[str, Any]] | None = None
    """The entry that must come next, because the one before asks for it."""
    history: list[tuple[datetime, Stage]] = field(default_factory=list)

    @property
    def is_listing(self) -> bool:
        return "listing_ends_at" in self.terms

    # ── one entry after another ───────────────────────────────────────────────────────────────
    def follow(self, row: Row) -> Iterator[str]:
        values = row.values
        if self.wanted is not None:
            kind, expected = self.wanted
            self.wanted = None
            found = {name: values.get(name) for name in expected}
            if row.kind != kind or found != expected:
                yield f"model: #{row.seq} is {row.kind} {found} where {kind} {expected} was due"
        elif row.kind in {"extended", "hammered", "passed_in"}:
            yield f"model: #{row.seq} is {row.kind}, and nothing asked for it"
        take = getattr(self, f"take_{row.kind}", None)
        if take is not None:
            yield from (f"model: #{row.seq}: {fault}" for fault in take(row, values))
        self.history.append((row.at, self.stage))

    def take_opened(self, row: Row, values: dict[str, Any]) -> Iterator[str]:
        ends_at = instant(values["ends_at"])
        planned = instant(self.terms["listing_ends_at" if self.is_listing else "ends_at"])
        if self.is_listing:
            planned -= seconds(self.terms, "inquiry_s")
        phase = "free" if self.is_listing else "limited"
        if (ends_at, values["phase"]) != (planned, phase):
            yield f"opened as {values['phase']} until {ends_at}, announced was {planned}"
        if row.at < instant(self.terms["opens_at"]):
            yield "opened before its time"
        self.stage = Stage(phase, planned)

    def take_offer_placed(self, row: Row, values: dict[str, Any]) -> Iterator[str]:
        stage, amount, plate = self.stage, values["amount_fen"], values["plate"]
        code = self.refusal(stage, plate, amount, row.at)
        if code is not None:
            yield f"{amount} of {plate} was taken where it is {code}"
        self.stage = replace(stage, top=amount, plate=plate)
        ends_at = self.end_after(stage, row.at)
        if stage.ends_at is not None and ends_at is not None and ends_at > stage.ends_at:
            count = stage.extensions + 1
            expected = {"ends_at": iso(ends_at), "cause_seq": row.seq, "extensions": count}
            self.wanted = ("extended", expected)

    def end_after(self, stage: Stage, at: datetime) -> datetime | None:
        if not self.is_listing:
            return at + seconds(self.terms, "soft_close_s")
        return at + seconds(self.terms, "countdown_s") if stage.phase == "limited" else None

    def take_extended(self, row: Row, values: dict[str, Any]) -> Iterator[str]:
        ends_at = instant(values["ends_at"])
        self.stage = replace(self.stage, ends_at=ends_at, extensions=values["extensions"])
        yield from ()

    def take_phase_changed(self, row: Row, values: dict[str, Any]) -> Iterator[str]:
        stage = self.stage
        if stage.ends_at is None or row.at < stage.ends_at or stage.halted:
            yield f"{stage.phase} ended before its end {stage.ends_at}"
        phase = self.next_phase(stage, row.at)
        length = "inquiry_s" if phase == "inquiry" else "countdown_s"
        ends_at = (stage.ends_at or row.at) + seconds(self.terms, length)
        if (values["to"], instant(values["ends_at"])) != (phase, ends_at):
            yield f"{values['to']} until {values['ends_at']} where {phase} until {ends_at} follows"
        self.stage = replace(stage, phase=values["to"], ends_at=instant(values["ends_at"]))

    def next_phase(self, stage: Stage, at: datetime) -> str | None:
        """What follows when the stage's end has passed; None: the room closes."""
        if not self.is_listing or stage.phase == "limited":
            return None
        if stage.phase == "free" and self.terms.get("inquiry_s"):
            return "inquiry"
        joined = {plate for plate, when in self.joined if when <= at}
        return "limited" if len(joined) >= NEEDED else None

    def take_paused(self, row: Row, values: dict[str, Any]) -> Iterator[str]:
        stage, since = self.stage, instant(values["since"])
        if stage.halted or stage.phase == "scheduled":
            yield f"paused while {'halted' if stage.halted else stage.phase}"
        if since > row.at or (stage.ends_at is not None and since >= stage.ends_at):
            yield f"halted since {since}, when it had ended at {stage.ends_at}"
        if values["reason"] == "outage" and row.at - since <= seconds(self.terms, "outage_limit_s"):
            yield f"an outage of {row.at - since} is within the limit"
        self.stage = replace(stage, halted=values["reason"], since=since)

    def take_resumed(self, row: Row, values: dict[str, Any]) -> Iterator[str]:
        stage = self.stage
        if not stage.halted or stage.since is None or stage.ends_at is None:
            yield "resumed without a pause"
            return
        ends_at = row.at + seconds(self.terms, "countdown_s")
        if not (self.is_listing and stage.phase == "limited"):
            left = stage.ends_at - stage.since
            ends_at = row.at + max(left, seconds(self.terms, "soft_close_s"))
        if (values["phase"], values["ends_at"]) != (stage.phase, iso(ends_at)):
            yield f"goes on until {values['ends_at']}, {stage.phase} until {iso(ends_at)} was due"
        ends_at = instant(values["ends_at"])
        self.stage = replace(stage, ends_at=ends_at, halted="", since=None)

    def take_closed(self, row: Row, values: dict[str, Any]) -> Iterator[str]:
        stage = self.stage
        if stage.ends_at is None or row.at < stage.ends_at or stage.halted:
            yield f"closed before the end {stage.ends_at}"
        elif instant(values["ends_at"]) != stage.ends_at:
            yield f"closed as of {values['ends_at']}, the end was {stage.ends_at}"
        if self.next_phase(stage, row.at) is not None:
            yield f"closed where {self.next_phase(stage, row.at)} follows {stage.phase}"
        self.stage = replace(stage, phase="ended")
        if stage.plate is None:
            self.wanted = ("passed_in", {"reason": "no_offer"})
        else:
            self.wanted = ("hammered", {"plate": stage.plate, "price_fen": stage.top})

    def take_aborted(self, row: Row, values: dict[str, Any]) -> Iterator[str]:
        self.stage = replace(self.stage, phase="ended")
        yield from ()

    # ── one offer ─────────────────────────────────────────────────────────────────────────────
    def refusal(self, stage: Stage, plate: str, amount: int, at: datetime) -> str | None:
        """Why this offer is not valid at this stage, in the published order; None if it is."""
        if stage.halted:
            return "paused"
        if stage.phase not in {"free", "limited"} or stage.ends_at is None or at >= stage.ends_at:
            return "not_open"
        if self.is_listing and stage.phase == "limited" and not self.has_joined(plate, at):
            return "not_joined"
        return self.refusal_by_amount(stage, plate, amount)

    def has_joined(self, plate: str, at: datetime) -> bool:
        return any(plate == who and when <= at for who, when in self.joined)

    def refusal_by_amount(self, stage: Stage, plate: str, amount: int) -> str | None:
        start, step, top = self.terms["start_fen"], self.terms["step_fen"], stage.top
        if amount < start:
            return "below_start"
        if amount == top:
            return "equal_offer"
        if top is not None and amount < top + step:
            return "below_minimum"
        base = start if top is None else top
        if self.terms.get("step_mode") == "multiple" and (amount - base) % step:
            return "off_step"
        if plate == stage.plate and not self.terms.get("own_outbid"):
            return "already_leading"
        return None

    def least(self, stage: Stage) -> int | None:
        if stage.phase == "ended":
            return None
        start, step = self.terms["start_fen"], self.terms["step_fen"]
        found: int = start if stage.top is None else stage.top + step
        return found

    def stages_at(self, at: datetime) -> list[Stage]:
        """Every stage that was in force at an instant: several entries may share it."""
        before = [stage for when, stage in self.history if when < at]
        return [before[-1] if before else Stage(), *(s for when, s in self.history if when == at)]

    def unjust(self, row: Row) -> Iterator[str]:
        """A refusal must follow from a stage that was in force when it was decided."""
        values = row.values
        said = (values["code"], values.get("min_valid_fen"))
        if said[0] == "token_reused":
            return
        due = [
            (self.refusal(stage, values["plate"], values["amount_fen"], row.at), self.least(stage))
            for stage in self.stages_at(row.at)
        ]
        if said not in due:
            told = f"{row.stream}#{row.seq}: {values['amount_fen']} of {values['plate']}"
            yield f"unjust: {told} was refused as {said}, {due} was due"


def iso(at: datetime) -> str:
    """As the record writes instants: Beijing time, whole milliseconds."""
    return at.astimezone(BEIJING).isoformat(timespec="milliseconds")


def faults_of(public: list[Row], sealed: list[Row]) -> Iterator[str]:
    """(f) Everything in a room's record that the rules do not give."""
    terms = next((row.values["terms"] for row in public if row.kind == "opened"), None)
    if terms is None:
        yield "never opened"
        return
    joined = [(row.values["plate"], row.at) for row in sealed if row.kind == "joined"]
    model = Model(terms, joined)
    for row in public:
        yield from model.follow(row)
    if model.wanted is not None:
        yield f"model: {model.wanted[0]} is missing at the end"
    for row in sealed:
        if row.kind == "offer_refused":
            yield from model.unjust(row)
