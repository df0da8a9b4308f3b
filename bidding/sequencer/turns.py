"""One room's part of a batch: deciding its commands in order, then writing what follows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from audit.chain import Draft, Head, Link, extend
from bidding.events import Event, body
from bidding.rules import commands as c
from bidding.rules.codes import Code, StaffCode
from bidding.rules.decide import Decision, decide, outage, refuse
from bidding.rules.passing import is_due
from bidding.rules.staff import CLOCK
from bidding.sequencer import reserve
from bidding.sequencer.books import (
    Act,
    Book,
    Frame,
    Place,
    Settled,
    ack_frame,
    listed,
    open_stream,
    refused_frame,
    sealed_stream,
)
from bidding.sequencer.store import Row
from kernel.clock import iso_ms
from kernel.errors import Refusal

SETTLES_NOTHING = frozenset({Code.TOO_FAST, Code.TOKEN_REUSED, Code.MALFORMED, Code.NOT_SEATED})


class Written(NamedTuple):
    """What a room adds to the record, by stream, and its public events as frames show them."""

    runs: list[list[Link]]
    shown: list[Frame]


class Waiting:
    """An act whose acknowledgement names an entry that is not written yet. `copies`: later acts of
    the batch under the same token; they share its answer."""

    __slots__ = ("act", "amount_fen", "copies", "idem", "index", "is_sealed")

    def __init__(self, act: Act, idem: str, index: int, *, is_sealed: bool) -> None:
        self.act, self.idem, self.index, self.is_sealed = act, idem, index, is_sealed
        self.amount_fen = amount_of(act.command)
        self.copies: list[Act] = []


@dataclass(slots=True)
class Turn:
    """One room's part of a batch, inside the transaction."""

    row: Row
    book: Book
    now: datetime
    public: list[Draft] = field(default_factory=list)
    sealed: list[Draft] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    fresh: dict[str, Waiting] = field(default_factory=dict)
    """Tokens that this batch accepted: the record does not know them yet."""
    box: bytes | None = None
    """A reserve that this batch accepted."""
    is_settled: bool = True
    """Whether the clock can be relied on: until then nobody lets a room go on."""

    def halt(self) -> None:
        """The clock stepped: an open room is paused at once, at the instant that the clock would
        have told. Time is given back when it goes on. AUC-15."""
        decision = self.ask(c.Pause(CLOCK))
        if decision.events or decision.sealed:
            self.take(Act(c.Pause(CLOCK)), c.Pause(CLOCK), decision, "")

    def recover(self, alive_at: datetime | None) -> None:
        """After a silence longer than the terms allow, the room counts as frozen since the last
        sign of life and goes on by rule, before anything else is decided. AUC-15."""
        if alive_at is None:
            return
        alive_at = max(alive_at, self.book.seen_at or alive_at)
        freeze = outage(self.book.terms, self.book.state, alive_at, self.now)
        if freeze is None:
            return
        for command in (freeze, c.Repair()):
            self.take(Act(command), command, self.ask(command), "")

    def settle(self, act: Act, plate: str | None, rank: int | None) -> None:
        """Decides one act and notes what it leaves behind. The plate is the person's seat."""
        # Without a person behind it the house acts (a tick, a host, a replayed record): only
        # code inside can make such an act, and its plate stands.
        command = act.command if act.user_id is None else seated(act.command, plate, rank)
        plate = plate if act.user_id is not None else getattr(command, "plate", None)
        idem = f"{plate}:{act.token}" if plate and act.token else ""
        known = (self.book.tokens.get(idem) or self.fresh.get(idem)) if idem else None
        if known is not None and not c.is_malformed(command):
            self.repeat(act, command, known, plate or "")
            return
        self.take(act, command, self.decided(command, plate), idem)

    def ask(self, command: c.Command) -> Decision:
        state = self.book.state
        secret = None
        # A box counts only if the record commits to it.
        if is_due(state, self.now) and state.sealed.has_reserve:
            box = self.box or self.row.reserve_box
            secret = reserve.open_box(self.row.code, box)
        return decide(self.book.terms, state, command, self.now, reserve_fen=secret)

    def decided(self, command: c.Command, plate: str | None) -> Decision:
        if isinstance(command, c.Resume) and not self.is_settled:
            book = self.book
            return refuse(book.terms, book.state, command, StaffCode.CLOCK_UNSURE, self.now)
        decision = self.ask(command)
        if decision.refusal is None or plate is None or decision.refusal.code == Code.MALFORMED:
            return decision
        if not self.is_too_fast(plate):
            return decision
        # Too many refusals in a second: time still passes, the refusal itself is not chained.
        passed = self.ask(c.Tick())
        refusal = Refusal(Code.TOO_FAST, decision.refusal.params)
        return Decision(passed.state, passed.events, passed.sealed, refusal)

    def is_too_fast(self, plate: str) -> bool:
        """Counts this refusal; True when the seat has spent its allowance of this second."""
        second = int(self.now.timestamp())
        held, counts = self.book.refused_in
        if held != second:
            counts = {}
            self.book.refused_in = (second, counts)
        counts[plate] = counts.get(plate, 0) + 1
        limit = self.book.terms.refusals_per_s
        return bool(limit) and counts[plate] > limit

    def repeat(self, act: Act, command: c.Command, known: Settled | Waiting, plate: str) -> None:
        """A token seen before: the same intention gets the same answer, another is refused. A
        flood of them is answered alike, but leaves no more than the seat's allowance behind."""
        if amount_of(command) == known.amount_fen:
            if isinstance(known, Waiting):
                known.copies.append(act)
            else:
                act.answer = known.frame
            return
        book = self.book
        decision = refuse(book.terms, book.state, command, Code.TOKEN_REUSED, self.now)
        if self.is_too_fast(plate):
            decision = Decision(book.state, refusal=decision.refusal)
        self.take(act, command, decision, "")

    def take(self, act: Act, command: c.Command, decision: Decision, idem: str) -> None:
        """Adds a decision's events to the batch and plans the answer."""
        self.add(decision.events, act, decision.answer, idem, is_sealed=False)
        self.add(decision.sealed, act, decision.answer, idem, is_sealed=True)
        self.book.state = decision.state
        act.refusal = decision.refusal
        if decision.refusal is None:
            self.box = act.box or self.box
            return
        limit = decision.refusal.params.get("min_valid_fen")
        act.answer = refused_frame(act.token, decision.refusal.code, limit)
        if idem and decision.sealed and decision.refusal.code not in SETTLES_NOTHING:
            self.book.tokens[idem] = Settled(amount_of(command), act.answer)
            last = self.sealed[-1]
            self.sealed[-1] = Draft(last.kind, last.body, idem)

    def add(
        self,
        events: Iterable[Event],
        act: Act,
        answer: Event | None,
        idem: str,
        *,
        is_sealed: bool,
    ) -> None:
        drafts = self.sealed if is_sealed else self.public
        for event in events:
            is_answer = event is answer
            if is_answer:
                item = Waiting(act, idem, len(drafts), is_sealed=is_sealed)
                self.waiting.append(item)
                if idem:
                    self.fresh[idem] = item
            drafts.append(Draft(event.kind, body(event), idem if is_answer else ""))

    # ── writing ───────────────────────────────────────────────────────────────────────────────
    def write(self) -> Written:
        """Chains the drafts of both streams and completes the answers that name their entries."""
        code = self.row.code
        public = self.chain(open_stream(code), self.public)
        sealed = self.chain(sealed_stream(code), self.sealed)
        for item in self.waiting:
            drafts, links = (self.sealed, sealed) if item.is_sealed else (self.public, public)
            self.acknowledge(item, links[item.index], drafts[item.index])
        runs = [links for links in (public, sealed) if links]
        if runs or self.box is not None:
            self.book.seen_at = self.now
        shown = [self.shown(*pair) for pair in zip(public, self.public, strict=True)]
        return Written(runs, shown)

    def chain(self, stream: str, drafts: list[Draft]) -> list[Link]:
        if not drafts:
            return []
        links = extend(stream, self.book.heads[stream], drafts, self.now)
        self.book.heads[stream] = Head(links[-1].seq, links[-1].hash)
        return links

    def acknowledge(self, item: Waiting, link: Link, draft: Draft) -> None:
        place = Place(link.stream, link.seq, link.at, link.hash)
        frame = ack_frame(item.act.token, place, draft.body.get("receipt_no"))
        for act in (item.act, *item.copies):
            act.answer = frame
        if item.idem:
            self.book.tokens[item.idem] = Settled(item.amount_fen, frame)

    def shown(self, link: Link, draft: Draft) -> Frame:
        """A public entry as frames and pages carry it."""
        shown = {"seq": link.seq, "kind": link.kind, "at": iso_ms(link.at), **draft.body}
        if link.kind == "offer_placed":
            self.book.offers.append(listed(shown))
        return shown


def amount_of(command: c.Command) -> int | None:
    """What tells two intentions under one token apart."""
    return command.amount_fen if isinstance(command, c.Offer) else None


def seated(command: c.Command, plate: str | None, rank: int | None) -> c.Command:
    """The command as its seat gives it: a plate in the frame is never believed."""
    if isinstance(command, c.Offer):
        return c.Offer(plate, command.amount_fen, rank)
    if isinstance(command, c.Join):
        return c.Join(plate)
    return command
