"""One room's part of a batch: deciding its commands in order, then writing what follows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from audit.chain import Draft, Head, Link, extend
from audit.services import append_entries
from bidding.events import Event, body
from bidding.models import Room
from bidding.rules import commands as c
from bidding.rules.codes import Code
from bidding.rules.decide import Decision, decide, refuse
from bidding.rules.passing import is_due
from bidding.rules.state import next_due
from bidding.sequencer.books import (
    SIGNED_OUT,
    Act,
    Book,
    Settled,
    ack_frame,
    open_stream,
    refused_frame,
    sealed_stream,
)
from bidding.services import reserve
from kernel.errors import Refusal


@dataclass(slots=True)
class Turn:
    """One room's part of a batch, inside the transaction."""

    room: Room
    book: Book
    now: datetime
    public: list[Draft] = field(default_factory=list)
    sealed: list[Draft] = field(default_factory=list)
    waiting: list[tuple[Act, str, bool, int]] = field(default_factory=list)

    def settle(self, act: Act, plate: str | None, rank: int | None, *, is_live: bool) -> None:
        """Decides one act and notes what it leaves behind."""
        if not is_live:
            act.answer = SIGNED_OUT
            return
        # Without a person behind it the house acts (a tick, a host, a replayed record): only
        # code inside can make such an act, and its plate stands.
        command = act.command if act.user_id is None else seated(act.command, plate, rank)
        plate = plate if act.user_id is not None else getattr(command, "plate", None)
        idem = f"{plate}:{act.token}" if plate and act.token else ""
        known = self.book.tokens.get(idem) if idem else None
        if known is not None and not c.is_malformed(command):
            self.repeat(act, command, known)
            return
        self.take(act, command, self.decided(command, plate), idem)

    def decided(self, command: c.Command, plate: str | None) -> Decision:
        state, terms = self.book.state, self.book.terms
        secret = reserve.open_box(self.room) if is_due(state, self.now) else None
        decision = decide(terms, state, command, self.now, reserve_fen=secret)
        if decision.refusal is None or plate is None or decision.refusal.code == Code.MALFORMED:
            return decision
        if not self.is_too_fast(plate):
            return decision
        # Too many refusals in a second: time still passes, the refusal itself is not chained.
        passed = decide(terms, state, c.Tick(), self.now, reserve_fen=secret)
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

    def repeat(self, act: Act, command: c.Command, known: Settled) -> None:
        """A token seen before: the same intention gets the same answer, another is refused."""
        amount = command.amount_fen if isinstance(command, c.Offer) else None
        if amount == known.amount_fen:
            act.answer = known.frame
            return
        decision = refuse(self.book.terms, self.book.state, command, Code.TOKEN_REUSED, self.now)
        self.take(act, command, decision, "")

    def take(self, act: Act, command: c.Command, decision: Decision, idem: str) -> None:
        """Adds a decision's events to the batch and plans the answer."""
        self.add(decision.events, self.public, decision.answer, idem, act)
        self.add(decision.sealed, self.sealed, decision.answer, idem, act)
        self.book.state = decision.state
        act.refusal = decision.refusal
        if decision.refusal is None:
            return
        limit = decision.refusal.params.get("min_valid_fen")
        act.answer = refused_frame(act.token, decision.refusal.code, limit)
        settles = decision.sealed and decision.refusal.code not in {Code.TOO_FAST}
        if idem and settles and decision.refusal.code != Code.TOKEN_REUSED:
            amount = command.amount_fen if isinstance(command, c.Offer) else None
            self.book.tokens[idem] = Settled(amount, act.answer)
            last = self.sealed[-1]
            self.sealed[-1] = Draft(last.kind, last.body, idem)

    def add(
        self,
        events: Iterable[Event],
        drafts: list[Draft],
        answer: Event | None,
        idem: str,
        act: Act,
    ) -> None:
        for event in events:
            is_answer = event is answer
            drafts.append(Draft(event.kind, body(event), idem if is_answer else ""))
            if is_answer:
                place = (act, idem, drafts is self.sealed, len(drafts) - 1)
                self.waiting.append(place)

    def write(self) -> list[Link]:
        """Writes both streams and the row; returns the public links."""
        code = self.room.code
        public = self.append(open_stream(code), self.public)
        sealed = self.append(sealed_stream(code), self.sealed)
        for act, idem, is_sealed, index in self.waiting:
            item = (sealed if is_sealed else public)[index]
            draft = (self.sealed if is_sealed else self.public)[index]
            values = dict(draft.body)
            act.answer = ack_frame(act.token, item.stream, item.seq, item.at, item.hash, values)
            if idem:
                amount = values.get("amount_fen")
                kept = amount if isinstance(amount, int) else None
                self.book.tokens[idem] = Settled(kept, act.answer)
        if public or sealed:
            self.save()
        return public

    def append(self, stream: str, drafts: list[Draft]) -> list[Link]:
        if not drafts:
            return []
        head = self.book.heads[stream]
        links = extend(stream, head, drafts, self.now)
        append_entries(after=head, links=links)
        self.book.heads[stream] = Head(links[-1].seq, links[-1].hash)
        return links

    def save(self) -> None:
        state = self.book.state
        self.room.seq, self.room.sealed_seq = state.seq, state.sealed_seq
        self.room.phase, self.room.due_at = state.phase, next_due(state)
        self.room.save(update_fields=["seq", "sealed_seq", "phase", "due_at"])


def seated(command: c.Command, plate: str | None, rank: int | None) -> c.Command:
    """The command as its seat gives it: a plate in the frame is never believed."""
    if isinstance(command, c.Offer):
        return c.Offer(plate, command.amount_fen, rank)
    if isinstance(command, c.Join):
        return c.Join(plate)
    return command
