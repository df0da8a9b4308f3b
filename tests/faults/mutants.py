"""The same server with one thing broken: `python -m tests.faults.mutants NAME serve --port 8000`.

Each mutant replaces one thing of the product from outside; the product has no switch for any of
them. Controls for the judge: who cannot tell these from the honest house judges nothing."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

Patch = Callable[[Any, str, Any], None]
MUTANTS: dict[str, Callable[[Patch], None]] = {}


def mutant(break_it: Callable[[Patch], None]) -> Callable[[Patch], None]:
    MUTANTS[break_it.__name__] = break_it
    return break_it


# ── what is promised before it is so ──────────────────────────────────────────────────────────


@mutant
def ack_before_commit(patch: Patch) -> None:
    """The answer leaves as soon as it is decided."""
    from bidding.sequencer import batches

    decided = batches.decide_under_lock

    def decide(batch: Any, held: Any, outcome: Any) -> Any:
        statements = decided(batch, held, outcome)
        for _code, act in batch:
            if act.reply is not None:
                batches.answer(act, act.reply)
        return statements

    patch(batches, "decide_under_lock", decide)


@mutant
def broadcast_before_commit(patch: Patch) -> None:
    """The news leaves as soon as it is decided."""
    from bidding.sequencer import batches

    decided = batches.decide_under_lock

    def decide(batch: Any, held: Any, outcome: Any) -> Any:
        statements = decided(batch, held, outcome)
        for listener in batches.listeners:
            listener(list(outcome.published))
        return statements

    patch(batches, "decide_under_lock", decide)


@mutant
def synchronous_commit_off(patch: Patch) -> None:
    """PostgreSQL says yes before the log is on the disk."""
    from bidding.sequencer import store

    patch(store, "LIMITS", store.LIMITS.replace("commit', 'on'", "commit', 'off'"))


# ── time ──────────────────────────────────────────────────────────────────────────────────────


@mutant
def now_for_the_deadline(patch: Patch) -> None:
    """The start of the transaction instead of the clock behind the lock."""
    from bidding.sequencer import store

    patch(store, "now_sql", lambda: "SELECT now()")


@mutant
def end_left_to_the_timekeeper(patch: Patch) -> None:
    """An offer does not look at the end: whoever comes before the closer is in."""
    from bidding.rules import commands as c
    from bidding.sequencer import turns

    honest = turns.decide

    def decide(terms: Any, state: Any, command: Any, now: Any, **more: Any) -> Any:
        if isinstance(command, c.Offer) and state.phase == "limited":
            now = min(now, state.ends_at - timedelta(milliseconds=1))
        return honest(terms, state, command, now, **more)

    patch(turns, "decide", decide)


@mutant
def closer_not_idempotent(patch: Patch) -> None:
    """Whoever finds the end passed closes, closed or not."""
    from bidding.rules import commands as c
    from bidding.rules import decide
    from bidding.rules.passing import close
    from bidding.rules.state import FINAL

    honest = decide._DECIDERS[c.Tick]

    def tick(steps: Any, command: Any) -> Any:
        if steps.state.phase in FINAL:
            close(steps, steps.state.ends_at, None)
            return None
        return honest(steps, command)

    patch(decide, "_DECIDERS", {**decide._DECIDERS, c.Tick: tick})


@mutant
def soft_close_forgotten(patch: Patch) -> None:
    """An offer in the last minutes moves nothing."""
    from bidding.rules.formats import registry, shape

    honest = registry.FORMATS["ascending"]
    hard = replace(honest, end_after=shape.end_stands)
    for module in format_users():
        patch(module, "FORMATS", {**registry.FORMATS, "ascending": hard})


@mutant
def silence_not_noticed(patch: Patch) -> None:
    """After an outage the room goes on, or closes, as if nothing had been."""
    from bidding.sequencer import pulse

    patch(pulse, "alive_at", lambda *_now: None)


# ── the rules ─────────────────────────────────────────────────────────────────────────────────


def format_users() -> list[Any]:
    """Every module that has taken the table of formats by name."""
    names = [name for name in sys.modules if name.startswith("bidding.")]
    return [sys.modules[name] for name in names if hasattr(sys.modules[name], "FORMATS")]


@mutant
def first_offer_wins(patch: Patch) -> None:
    from bidding.rules.formats import registry, shape

    def first(_terms: Any, state: Any) -> Any:
        seats = state.book.seats.items()
        plate, quote = min(seats, key=lambda item: item[1].amount_fen)
        return shape.Winner(plate, quote.amount_fen)

    wrong = replace(registry.FORMATS["ascending"], winner=first)
    for module in format_users():
        patch(module, "FORMATS", {**registry.FORMATS, "ascending": wrong})


@mutant
def least_offer_refused(patch: Patch) -> None:
    """More than a step instead of at least a step."""
    from bidding.rules import prices
    from bidding.rules.codes import Code
    from bidding.rules.formats import registry

    honest = prices.rising_refusal

    def refusal(terms: Any, state: Any, offer: Any, now: Any) -> Any:
        top = state.book.top_fen
        if top is not None and offer.amount_fen == top + terms.step_fen:
            return Code.BELOW_MINIMUM
        return honest(terms, state, offer, now)

    strict = replace(registry.FORMATS["ascending"], refusal=refusal)
    for module in format_users():
        patch(module, "FORMATS", {**registry.FORMATS, "ascending": strict})


@mutant
def float_money(patch: Patch) -> None:
    """Yuan with two places behind the point, and back."""
    from bidding.rules import commands as c
    from bidding.sequencer import turns

    honest = turns.seated

    def seated(command: Any, plate: Any, rank: Any) -> Any:
        if isinstance(command, c.Offer):
            yuan = command.amount_fen / 100
            command = c.Offer(None, int(yuan * 100))
        return honest(command, plate, rank)

    patch(turns, "seated", seated)


# ── tokens and answers ────────────────────────────────────────────────────────────────────────


@mutant
def idempotency_per_socket(patch: Patch) -> None:
    """A token is known only on the socket on which it came."""
    from bidding.consumers import RoomSocket
    from bidding.sequencer import turns

    honest = turns.Turn.settle
    known: set[tuple[str, int]] = set()

    def socket_of(act: Any) -> int:
        cells = [cell.cell_contents for cell in act.reply.__closure__ or ()]
        return id(next(item for item in cells if isinstance(item, RoomSocket)))

    def settle(self: Any, act: Any, plate: Any, rank: Any) -> None:
        if act.reply is not None:
            place = (act.token, socket_of(act))
            if place not in known:
                self.book.tokens.pop(f"{plate}:{act.token}", None)
            known.add(place)
        honest(self, act, plate, rank)

    patch(turns.Turn, "settle", settle)


@mutant
def idempotency_in_memory_only(patch: Patch) -> None:
    """Another process, or this one started again, does not know the token."""
    from bidding.sequencer import books

    patch(books, "remember", lambda _book, _entry: None)


@mutant
def answers_swapped(patch: Patch) -> None:
    """Of a batch each sender gets his neighbour's answer."""
    from bidding.sequencer import batches, committer

    honest = batches.announce

    def announce(batch: Any, published: Any) -> None:
        frames = [act.answer for _code, act in batch]
        for (_code, act), frame in zip(batch, frames[1:] + frames[:1], strict=True):
            act.answer = {**frame, "client_token": act.token}
        honest(batch, published)

    patch(batches, "announce", announce)
    patch(committer, "announce", announce)


# ── who may ───────────────────────────────────────────────────────────────────────────────────


@mutant
def origin_by_suffix(patch: Patch) -> None:
    from bidding import consumers

    patch(consumers, "is_own_origin", lambda origin, host, _scheme: origin.endswith(host))


@mutant
def authorised_only_at_connect(patch: Patch) -> None:
    """Who was once let in may bid as long as the socket lives."""
    from bidding.sequencer import batches

    honest = batches.settle_acts
    let_in: dict[Any, bool] = {}

    def settle_acts(batch: Any, held: Any, turns: Any) -> None:
        let_in.update(held.live)
        honest(batch, held._replace(live={**let_in}), turns)

    patch(batches, "settle_acts", settle_acts)


# ── the news ──────────────────────────────────────────────────────────────────────────────────


@mutant
def no_resync(patch: Patch) -> None:
    """Who comes back is told what is new from now on."""
    from bidding.consumers import RoomSocket
    from bidding.hub import hub

    honest = RoomSocket.answer_resync

    async def answer_resync(self: Any, after: int | None) -> None:
        if after is None or self.feed is None:
            await honest(self, after)
            return
        await hub().enter(self.feed, self, self.feed.sent)

    patch(RoomSocket, "answer_resync", answer_resync)


@mutant
def hints_believed(patch: Patch) -> None:
    """What no hint tells, nobody looks for."""
    from bidding.hub import Hub

    async def look(_self: Any) -> None:
        return None

    patch(Hub, "look", look)


# ── the record ────────────────────────────────────────────────────────────────────────────────


@mutant
def hash_without_kind(patch: Patch) -> None:
    from audit import chain

    honest = chain.entry_hash

    def entry_hash(*, names: tuple[str, str, str], **more: Any) -> bytes:
        return honest(names=(names[0], "", names[2]), **more)

    patch(chain, "entry_hash", entry_hash)


@mutant
def lock_after_read(patch: Patch) -> None:
    """The room is read without its lock. Alone it does no harm (see no_lock_at_all)."""
    from bidding.sequencer import store

    honest = store.lock_statement

    def unlocked(*args: Any, **more: Any) -> Any:
        found = honest(*args, **more)
        return found._replace(sql=found.sql.partition(" FOR ")[0])

    patch(store, "lock_statement", unlocked)


@mutant
def no_lock_at_all(patch: Patch) -> None:
    """Nor does a statement fail that hits no row: the record is moved by whoever comes."""
    from bidding.sequencer import store

    lock_after_read(patch)
    patch(store, "guarded", lambda statement: statement)


@mutant
def entries_outside_the_tree(patch: Patch) -> None:
    """Entries that nobody tells the tree about."""
    from audit.services.statements import Statement
    from bidding.sequencer import batches

    honest = batches.batch_statements

    def without_pending(*args: Any) -> list[Statement]:
        return [item for item in honest(*args) if "audit_pending" not in item.sql]

    patch(batches, "batch_statements", without_pending)


def main(name: str, arguments: list[str]) -> None:
    import django
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    import config.asgi  # noqa: F401  every module that takes something by name has taken it

    MUTANTS[name](setattr)
    execute_from_command_line(["manage.py", *arguments])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
