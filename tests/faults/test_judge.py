"""The judge acquits an honest record and catches every seeded bug: a judge that cannot is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from tests.faults.judge import Row, entry_hash, judge
from tests.faults.judge import json as json_of

CODE = "7KQ2MX9D"
OPENS = datetime(2026, 4, 21, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)
Case = tuple[list[Row], list[dict[str, Any]]]


def written(specs: list[tuple[str, datetime, str, dict[str, Any]]]) -> list[Row]:
    """An honest chain of these entries."""
    rows: list[Row] = []
    head = bytes(32)
    for seq, (kind, at, idem, values) in enumerate(specs, 1):
        body = json_of.dumps(values, sort_keys=True, separators=(",", ":"))
        digest = sha256(body.encode()).digest()
        row = Row(
            f"room/{CODE}", seq, kind, at, idem or f"seq:{seq}", body, digest, head, bytes(32)
        )
        row = replace(row, hash=entry_hash(row))
        head = row.hash
        rows.append(row)
    return rows


def specs_of() -> list[tuple[str, datetime, str, dict[str, Any]]]:
    terms = {"start_fen": 1000, "step_fen": 100}
    ends_at = (OPENS + 60 * SECOND).isoformat()
    opened = {"terms": terms, "ends_at": ends_at, "phase": "limited"}
    found = [("opened", OPENS, "", opened)]
    for n in range(4):
        values = {"plate": f"A{n % 2:02d}", "amount_fen": 1000 + 100 * n}
        found.append(("offer_placed", OPENS + (n + 1) * SECOND, f"A{n % 2:02d}:token-{n}", values))
    end = OPENS + 60 * SECOND
    found.append(("closed", end, "", {"ends_at": ends_at}))
    found.append(("hammered", end, "", {"plate": "A01", "price_fen": 1300}))
    return found


def lines_of(rows: list[Row]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for row in rows:
        if row.kind == "offer_placed":
            token = row.idem.partition(":")[2]
            fen = row.values["amount_fen"]
            lines.append({"what": "sent", "token": token, "fen": fen, "t": row.seq * 10})
            ack = {"what": "ack", "token": token, "stream": row.stream, "seq": row.seq}
            lines.append({**ack, "hash": row.hash.hex(), "t": row.seq * 10 + 5})
    lines.append({"what": "state", "client": "w", "seq": rows[-1].seq, "top_fen": 1300})
    return lines


@pytest.fixture
def case() -> Case:
    rows = written(specs_of())
    return rows, lines_of(rows)


def test_an_honest_record_is_acquitted(case: Case) -> None:
    assert judge(*case, CODE) == []


def test_acknowledged_before_the_commit_and_then_lost(case: Case) -> None:
    """ack before commit · synchronous_commit=off: the receipt is out, the row never came."""
    rows, lines = case
    specs = specs_of()
    del specs[4]
    specs[-1][3].update(plate="A00", price_fen=1200)
    assert any("lost" in word or "changed" in word for word in judge(written(specs), lines, CODE))


def test_a_lost_row_in_the_middle(case: Case) -> None:
    rows, lines = case
    del rows[2]
    assert any(word.startswith("lost") for word in judge(rows, lines, CODE))


def test_a_token_taken_twice(case: Case) -> None:
    """Idempotency per socket or per process."""
    specs = specs_of()
    specs.insert(5, ("offer_placed", OPENS + 9 * SECOND, "A01:token-3", dict(specs[4][3])))
    rows = written(specs)
    assert any(word.startswith("repeated") for word in judge(rows, lines_of(rows), CODE))


def sealed_refusal(row: Row) -> Row:
    """The same token once more, in the sealed stream: refused because of its own first copy."""
    body = json_of.dumps({**row.values, "code": "equal_offer"}, sort_keys=True)
    digest = sha256(body.encode()).digest()
    stream, kind = f"{row.stream}/sealed", "offer_refused"
    twin = replace(row, stream=stream, seq=1, kind=kind, body=body, body_hash=digest)
    twin = replace(twin, prev=bytes(32))
    return replace(twin, hash=entry_hash(twin))


def test_a_duplicate_token_in_one_batch_decided_twice(case: Case) -> None:
    """An accepted token was known only after its batch: its copy was refused for ever."""
    rows, lines = case
    assert judge([*rows, sealed_refusal(rows[2])], lines, CODE) == [
        f"twice: the token A01:token-1 of room/{CODE} was settled 2 times"
    ]


def test_a_token_answered_in_two_ways(case: Case) -> None:
    rows, lines = case
    lines.append({"what": "refused", "token": "token-1", "code": "equal_offer"})
    assert judge(rows, lines, CODE) == ["twice: the token token-1 was answered in 2 ways"]


@pytest.mark.parametrize("late", [60, 61])
def test_an_offer_at_or_after_the_end(late: int) -> None:
    """`now()` for the deadline: it waited for the lock and was judged by an older clock."""
    specs = specs_of()
    specs[4] = ("offer_placed", OPENS + late * SECOND, *specs[4][2:])
    rows = written(specs)
    assert any(word.startswith("late") for word in judge(rows, lines_of(rows), CODE))


def test_an_offer_after_the_close() -> None:
    specs = specs_of()
    specs.append(specs.pop(4))
    rows = written(specs)
    assert any(word.startswith("late") for word in judge(rows, lines_of(rows), CODE))


@pytest.mark.parametrize("times", [0, 2])
def test_a_close_that_is_not_exactly_one(times: int) -> None:
    specs = specs_of()
    specs[5:6] = [specs[5]] * times
    rows = written(specs)
    assert f"closed {times} times" in judge(rows, lines_of(rows), CODE)


def test_two_histories_of_one_number(case: Case) -> None:
    rows, lines = case
    assert any(
        word.startswith("forked")
        for word in judge([*rows, replace(rows[3], idem="x")], lines, CODE)
    )


def test_an_order_against_the_clients_own_clocks(case: Case) -> None:
    """A second process that decided by stale memory put a later offer first."""
    rows, lines = case
    swapped = [{**line, "t": 300} if line.get("token") == "token-1" else line for line in lines]
    swapped[3] = {**swapped[3], "t": 305}
    assert any(word.startswith("order") for word in judge(rows, swapped, CODE))


def test_an_amount_changed_in_the_database(case: Case) -> None:
    rows, lines = case
    rows[3] = replace(rows[3], body=rows[3].body.replace("1200", "1201"))
    assert any(word.startswith("altered") for word in judge(rows, lines, CODE))


def test_a_recomputed_chain(case: Case) -> None:
    """An insider rewrote everything after it: the receipts still tell."""
    _rows, lines = case
    specs = specs_of()
    specs[3][3]["amount_fen"] = 1250
    assert any(word.startswith("changed") for word in judge(written(specs), lines, CODE))


def test_a_wrong_winner() -> None:
    specs = specs_of()
    specs[-1][3]["plate"] = "A00"
    rows = written(specs)
    assert any(word.startswith("wrong outcome") for word in judge(rows, lines_of(rows), CODE))


def test_an_offer_that_nobody_sent(case: Case) -> None:
    rows, lines = case
    unsent = [line for line in lines if line.get("token") != "token-2"]
    assert any(word.startswith("invented") for word in judge(rows, unsent, CODE))


def test_a_client_that_never_heard_the_end(case: Case) -> None:
    """Broadcast before the commit, or no resync."""
    rows, lines = case
    lines[-1] = {**lines[-1], "seq": 5}
    assert any(word.startswith("strayed") for word in judge(rows, lines, CODE))
