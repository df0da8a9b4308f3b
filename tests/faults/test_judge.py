"""The judge acquits an honest record and catches every seeded bug: a judge that cannot is none."""

import ast
import sys
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.faults.judge import judge
from tests.faults.ledger import Bundle, Row, broken_trees, entry_hash, is_receipt, root_of
from tests.faults.ledger import json as json_of
from tests.faults.model import faults_of, iso

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
    ends_at = iso(OPENS + 60 * SECOND)
    terms = {"start_fen": 1000, "step_fen": 100, "opens_at": iso(OPENS), "ends_at": ends_at}
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
    body = json_of.dumps(
        {**row.values, "code": "equal_offer", "min_valid_fen": 1200}, sort_keys=True
    )
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


# ── instants, places, signatures ──────────────────────────────────────────────────────────────


def nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000) * 1_000_000


def said(case: Case, *more: dict[str, Any]) -> list[str]:
    rows, lines = case
    return judge(rows, [*lines, *more], CODE)


def test_an_offer_dated_before_it_was_sent(case: Case) -> None:
    wall = nanoseconds(OPENS + 2 * SECOND)
    case[1][0] |= {"wall": wall}
    assert any(word.startswith("back-dated") for word in said(case))


def test_an_offer_dated_after_its_receipt(case: Case) -> None:
    case[1][1] |= {"wall": nanoseconds(OPENS)}
    assert any(word.startswith("post-dated") for word in said(case))


@pytest.mark.parametrize("what", ["held", "down"])
def test_an_offer_dated_when_nobody_could_decide(case: Case, what: str) -> None:
    """`now()` behind a wait for the lock; a process that was thought dead."""
    begin, end = (nanoseconds(OPENS + n * SECOND) for n in (1, 3))
    found = said(case, {"what": what, "from": begin, "to": end})
    assert [word.split(":")[0] for word in found] == ["impossible"]


def test_an_end_within_an_outage(case: Case) -> None:
    begin, end = (nanoseconds(OPENS + n * SECOND) for n in (40, 59))
    found = said(case, {"what": "down", "from": begin, "to": end})
    assert any(word.startswith("lost time") for word in found)


def test_an_outage_within_the_limit_moves_nothing(case: Case) -> None:
    begin, end = (nanoseconds(OPENS + n * SECOND) for n in (51, 60))
    assert said(case, {"what": "down", "from": begin, "to": end}) == []


def test_a_client_that_does_not_heal(case: Case) -> None:
    told = {"client": "w", "kind": "offer_placed", "at": iso(OPENS + SECOND)}
    first = {"what": "heard", **told, "t": 100, "seq": 2, "plate": "A00", "fen": 1000}
    healed = {"what": "healed", "t": 200, "seqs": {CODE: 3}}
    case[1][-1]["t"] = 10**11
    found = said(case, first, healed)
    assert [word.split(":")[0] for word in found] == ["unhealed"]


@pytest.mark.parametrize("wrong", [{"fen": 1001}, {"plate": "A01"}, {"at": iso(OPENS)}, {"seq": 9}])
def test_an_event_that_never_was(case: Case, wrong: dict[str, Any]) -> None:
    """Broadcast before the commit."""
    told = {"client": "w", "kind": "offer_placed", "at": iso(OPENS + SECOND)}
    line = {"what": "heard", **told, "t": 1, "seq": 2, "plate": "A00", "fen": 1000}
    assert said(case, line) == []
    assert any(word.startswith("phantom") for word in said(case, {**line, **wrong}))


def test_a_snapshot_with_a_price_of_its_own(case: Case) -> None:
    line = {"what": "seen", "client": "w", "t": 1, "seq": 3}
    assert said(case, {**line, "top_fen": 1100}) == []
    assert any(word.startswith("phantom") for word in said(case, {**line, "top_fen": 1200}))


def test_what_was_forbidden_and_counted(case: Case) -> None:
    line = {"what": "forbidden", "token": "token-1", "why": "signed out"}
    assert [word.split(":")[0] for word in said(case, line)] == ["not allowed"] * 2


def test_a_place_in_the_tree_and_a_signed_root() -> None:
    """The whole ledger: nothing unplaced, no root of other entries, no root by another's key."""
    rows = [replace(row, leaf=place) for place, row in enumerate(written(specs_of()))]
    key = Ed25519PrivateKey.generate()
    keys = {"origin": "centre/log", "keys": [key_row("log", key)]}
    root = root_of([row.hash for row in rows], {len(rows)})[len(rows)]
    note = signed_note(key, len(rows), root)

    assert list(broken_trees(Bundle(rows, [note], keys))) == []
    for wrong, word in (
        (Bundle(rows, [], keys), "unproven"),
        (Bundle([*rows[:-1], replace(rows[-1], leaf=None)], [note], keys), "unplaced"),
        (Bundle(rows, [signed_note(key, len(rows), bytes(32))], keys), "another tree"),
        (Bundle(rows, [signed_note(Ed25519PrivateKey.generate(), 7, root)], keys), "unsigned"),
        (Bundle(rows, [note.replace("centre", "other")], keys), "unsigned"),
    ):
        assert next(broken_trees(wrong)).startswith(word)


def key_row(role: str, key: Ed25519PrivateKey) -> dict[str, str]:
    encoded = b64encode(b"\1" + key.public_key().public_bytes_raw()).decode()
    return {"role": role, "vkey": f"centre+00000000+{encoded}"}


def signed_note(key: Ed25519PrivateKey, size: int, root: bytes) -> str:
    text = f"centre/log\n{size}\n{b64encode(root).decode()}\n"
    return f"{text}\n— centre {b64encode(bytes(4) + key.sign(text.encode())).decode()}\n"


def test_a_receipt_of_another_key() -> None:
    key = Ed25519PrivateKey.generate()
    keys = {"keys": [key_row("receipt", key)]}
    signature = b64encode(key.sign(bytes(32))).decode()
    assert is_receipt(signature, "00" * 32, keys)
    assert not is_receipt(signature, "01" * 32, keys)
    assert not is_receipt(signature, "00" * 32, {"keys": [key_row("log", key)]})


# ── the model ─────────────────────────────────────────────────────────────────────────────────

Specs = list[tuple[str, datetime, str, dict[str, Any]]]


def listing_specs() -> Specs:
    """Free to 10 s, inquiry to 20 s, then a countdown of 5 s that one offer restarts."""
    terms = {"start_fen": 1000, "step_fen": 100, "step_mode": "multiple", "own_outbid": False}
    terms |= {"opens_at": iso(OPENS), "listing_ends_at": iso(OPENS + 20 * SECOND)}
    terms |= {"inquiry_s": 10, "countdown_s": 5}
    at = {n: OPENS + n * SECOND for n in (1, 10, 20, 22, 27, 30)}
    changed = {"from": "free", "to": "inquiry", "ends_at": iso(at[20])}
    limited = {"from": "inquiry", "to": "limited", "ends_at": iso(OPENS + 25 * SECOND)}
    extended = {"ends_at": iso(at[27]), "cause_seq": 5, "extensions": 1}
    return [
        ("opened", OPENS, "", {"terms": terms, "ends_at": iso(at[10]), "phase": "free"}),
        ("offer_placed", at[1], "A00:t-0", {"plate": "A00", "amount_fen": 1000}),
        ("phase_changed", at[10], "", changed),
        ("phase_changed", at[20], "", limited),
        ("offer_placed", at[22], "A01:t-1", {"plate": "A01", "amount_fen": 1100}),
        ("extended", at[22], "", extended),
        ("closed", at[30], "", {"ends_at": iso(at[27])}),
        ("hammered", at[30], "", {"plate": "A01", "price_fen": 1100}),
    ]


def sealed_rows(*entries: tuple[str, int, dict[str, Any]]) -> list[Row]:
    specs: Specs = [(kind, OPENS + n * SECOND, "", values) for kind, n, values in entries]
    return [replace(row, stream=f"room/{CODE}/sealed") for row in written(specs)]


JOINED = [("joined", 12, {"plate": "A00"}), ("joined", 13, {"plate": "A01"})]


def test_an_honest_listing_is_acquitted() -> None:
    assert list(faults_of(written(listing_specs()), sealed_rows(*JOINED))) == []


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (0, {"phase": "limited"}),
        (1, {"amount_fen": 900}),
        (1, {"amount_fen": 1050}),
        (2, {"to": "limited"}),
        (3, {"ends_at": iso(OPENS + 26 * SECOND)}),
        (4, {"plate": "A02"}),
        (4, {"plate": "A00"}),
        (4, {"amount_fen": 1150}),
        (5, {"ends_at": iso(OPENS + 28 * SECOND)}),
        (5, {"cause_seq": 2}),
        (6, {"ends_at": iso(OPENS + 25 * SECOND)}),
        (7, {"plate": "A00"}),
        (7, {"price_fen": 1000}),
    ],
)
def test_a_listing_against_its_rules(place: int, change: dict[str, Any]) -> None:
    """`A02` has not joined; `A00` leads and may not outbid itself."""
    specs = listing_specs()
    specs[place][3].update(change)
    if change.get("plate") == "A00" and place == 4:
        specs[1][3]["plate"], specs[7][3]["plate"] = "A00", "A00"
    assert list(faults_of(written(specs), sealed_rows(*JOINED))) != []


def test_limited_bidding_with_one_who_joined() -> None:
    found = list(faults_of(written(listing_specs()), sealed_rows(JOINED[0])))
    assert any("limited" in word for word in found)


@pytest.mark.parametrize(
    ("offer", "is_just"),
    [
        ({"plate": "A01", "amount_fen": 1000, "code": "equal_offer", "min_valid_fen": 1100}, True),
        ({"plate": "A01", "amount_fen": 1100, "code": "equal_offer", "min_valid_fen": 1100}, False),
        ({"plate": "A01", "amount_fen": 1090, "code": "equal_offer", "min_valid_fen": 1100}, False),
        ({"plate": "A01", "amount_fen": 1000, "code": "equal_offer", "min_valid_fen": 1200}, False),
        (
            {"plate": "A00", "amount_fen": 1100, "code": "already_leading", "min_valid_fen": 1100},
            True,
        ),
    ],
)
def test_refusals_follow_from_what_stood_then(offer: dict[str, Any], is_just: bool) -> None:
    sealed = sealed_rows(("offer_refused", 5, offer), *JOINED)
    assert (list(faults_of(written(listing_specs()), sealed)) == []) == is_just


def test_the_judge_imports_nothing_of_the_product() -> None:
    """What it shares with the product it would share in error too."""
    folder = Path(__file__).parent
    allowed = {"cryptography", "tests", "websockets", *sys.stdlib_module_names}
    for name in ("judge", "ledger", "model", "clients"):
        tree = ast.parse((folder / f"{name}.py").read_text())
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import)
                 for alias in node.names}  # fmt: skip
        froms = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert {item.split(".")[0] for item in names | froms} <= allowed, name
        ours = {item for item in froms if item.startswith("tests")}
        assert ours <= {f"tests.faults.{other}" for other in ("judge", "ledger", "model")}, name
