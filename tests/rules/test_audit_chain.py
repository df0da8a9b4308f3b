"""The chain against vectors made without Python, in both its writings."""

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import chain, verify
from audit.chain import GENESIS, Draft, Head, canonical, entry_hash, extend, first_fault, link
from kernel.clock import parse_instant

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors/ledger/chain.json").read_text()
)["entries"]
AT = datetime(2026, 4, 21, 2, 3, 30, tzinfo=UTC)
IDS = [vector["name"] for vector in VECTORS]


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_the_house_hashes_as_the_definition(vector: dict[str, Any]) -> None:
    text = canonical(json.loads(vector["canonical"]))
    assert text == vector["canonical"]
    assert chain.microseconds(parse_instant(vector["at"])) == vector["at_us"]
    own = entry_hash(
        prev=bytes.fromhex(vector["prev"]),
        seq=vector["seq"],
        at=parse_instant(vector["at"]),
        names=(vector["stream"], vector["kind"], vector["idem"]),
        body_hash=bytes.fromhex(vector["body_hash"]),
    )
    assert own.hex() == vector["hash"]
    assert sha256(bytes.fromhex(vector["hashed_bytes"])).hexdigest() == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS, ids=IDS)
def test_the_verifier_hashes_as_the_definition(vector: dict[str, Any]) -> None:
    row = {**vector, "body": json.loads(vector["canonical"]), "leaf": 0}
    assert verify.check_hashes(row, verify.NOWHERE).hex() == vector["hash"]


WRONG: list[tuple[dict[str, object], str]] = [
    ({"a": 1.5}, "float"),
    ({"a": float("nan")}, "float"),
    ({"a": 2**53}, "beyond"),
    ({"a": -(2**53)}, "beyond"),
    ({"a": b"x"}, "bytes"),
    ({"a": (1,)}, "tuple"),
    ({"a": {"键": 1}}, "not ASCII"),
    ({"a": {1: 1}}, "not ASCII"),
    ({"a": "\ud800"}, "surrogate"),
    ({"a": AT}, "datetime"),
]


@pytest.mark.parametrize(("body", "why"), WRONG, ids=[why for _body, why in WRONG])
def test_what_the_ledger_cannot_hold_is_refused(body: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        canonical(body)


@pytest.mark.parametrize(
    ("stream", "draft", "at"),
    [
        ("", Draft("k", {}), AT),
        ("lot/", Draft("k", {}), AT),
        ("../etc", Draft("k", {}), AT),
        ("lot 1", Draft("k", {}), AT),
        ("lot/1", Draft("", {}), AT),
        ("lot/1", Draft("k", {}, "seq:7"), AT),
        ("lot/1", Draft("k", {}), AT.replace(microsecond=1)),
        ("lot/1", Draft("k", {}), AT.replace(tzinfo=None)),
    ],
)
def test_an_entry_that_could_mislead_is_not_linked(stream: str, draft: Draft, at: datetime) -> None:
    with pytest.raises(ValueError, match="."):
        link(GENESIS, stream, draft, at)


def test_instants_are_one_whatever_their_offset() -> None:
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))
    assert link(GENESIS, "lot/1", Draft("k", {}), AT).hash == (
        link(GENESIS, "lot/1", Draft("k", {}), tokyo).hash
    )


def test_links_follow_one_another() -> None:
    links = extend("lot/1", GENESIS, [Draft("a", {}), Draft("b", {}, "own")], AT)
    assert [(item.seq, item.idem) for item in links] == [(1, "seq:1"), (2, "own")]
    assert links[1].prev == links[0].hash
    before = [GENESIS, Head(1, links[0].hash)]
    assert [first_fault(item, head) for item, head in zip(links, before, strict=True)] == [None] * 2


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("seq", 3, "seq"),
        ("prev", bytes(32), "prev"),
        ("body", '{"n":2}', "body_hash"),
        ("body_hash", bytes(32), "body_hash"),
        ("kind", "c", "hash"),
        ("idem", "other", "hash"),
        ("stream", "lot/2", "hash"),
        ("at", AT + timedelta(milliseconds=1), "hash"),
        ("hash", bytes(32), "hash"),
    ],
)
def test_every_changed_field_is_a_fault(field: str, value: object, fault: str) -> None:
    first, second = extend("lot/1", GENESIS, [Draft("a", {}), Draft("b", {"n": 1})], AT)
    assert first_fault(second._replace(**{field: value}), Head(1, first.hash)) == fault


KEYS = st.text(st.characters(max_codepoint=127), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-chain.MAX_INTEGER, chain.MAX_INTEGER) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_both_writings_agree_on_every_body(body: dict[str, object]) -> None:
    text = canonical(body)
    assert text.encode() == verify.canonical(verify.parse(text.encode()))
    assert json.loads(text) == body
