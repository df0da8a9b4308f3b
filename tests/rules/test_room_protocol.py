"""Thousands of wrong frames: none raises, and only a whole one is taken for what it says."""

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bidding.protocol import (
    Malformed,
    OfferFrame,
    PingFrame,
    encode,
    parse_frame,
    parse_object,
    parse_offer,
)
from kernel.money import LARGEST_FEN

TOKEN = "3b0d3f0e-6f0c-4c5e-9a55-0d8f1e2c7a11"
GOOD = {"v": 1, "type": "offer", "client_token": TOKEN, "amount_fen": 1000}
amounts_that_are_none = (
    st.floats()
    | st.booleans()
    | st.none()
    | st.text(max_size=8)
    | st.integers(max_value=0)
    | st.integers(min_value=LARGEST_FEN + 1)
    | st.lists(st.integers(), max_size=2)
)
NASTY = (
    *(None, True, False, 0, -1, 1, 1.0, 1e9, 10**30, "", "1", "１", "壹", "null", [], [1], {}),
    *(
        {"v": 1},
        "offer",
        "join",
        "resync",
        "ping",
        "\x00",
        "\ud83d\ude00",
        "x" * 300,
        LARGEST_FEN + 1,
        -(2**63),
    ),
)


def taken(text: str) -> object | None:
    try:
        return parse_frame(text)
    except Malformed:
        return None


def test_four_thousand_mangled_frames_are_frames_or_malformed() -> None:
    dice = random.Random(20260421)
    whole = json.dumps(GOOD)
    found = 0
    for _n in range(4000):
        text = list(whole)
        for _edit in range(dice.randint(1, 4)):
            place = dice.randrange(len(text))
            text[place : place + dice.randint(0, 3)] = dice.choice('{}[]",:0e9.-+ \\\n\x00é０')
        frame = taken("".join(text))
        if frame is not None:
            assert isinstance(frame, OfferFrame)
            assert type(frame.amount_fen) is int
            assert 0 < frame.amount_fen <= LARGEST_FEN
            found += 1
    assert 0 < found < 1000


@pytest.mark.parametrize("name", GOOD)
def test_one_wrong_field_spoils_the_frame(name: str) -> None:
    for value in NASTY:
        frame = taken(json.dumps({**GOOD, name: value}))
        if frame is not None:
            assert type(value) is type(GOOD[name])
    assert taken(json.dumps({key: GOOD[key] for key in GOOD if key != name})) is None


@given(st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_bytes_that_are_no_text_are_malformed(content: bytes) -> None:
    try:
        assert isinstance(parse_object(content), dict)
    except Malformed:
        return


@given(amounts_that_are_none)
@settings(max_examples=300, deadline=None)
def test_only_a_positive_whole_number_is_an_amount(amount: object) -> None:
    with pytest.raises(Malformed) as refused:
        parse_offer({**GOOD, "amount_fen": amount})
    assert refused.value.token == TOKEN


@given(st.floats() | st.integers())
@settings(max_examples=200, deadline=None)
def test_a_ping_is_echoed_only_if_the_echo_is_json(t: float) -> None:
    frame = taken(json.dumps({"v": 1, "type": "ping", "t": t}))
    if frame is not None:
        assert isinstance(frame, PingFrame)
        assert math.isfinite(frame.t)
        json.loads(encode({"t": frame.t}), parse_constant=pytest.fail)


def test_unknown_fields_are_ignored() -> None:
    assert parse_frame(json.dumps({**GOOD, "plate": "Z99"})) == OfferFrame(TOKEN, 1000)
