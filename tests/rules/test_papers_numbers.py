"""Numbers and codes of papers; sealed fields; verdicts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.rules import commitments, numbers
from documents.rules.states import TABLE, DocumentState
from documents.rules.verdicts import Verdict, judge
from kernel.errors import Conflict
from kernel.machine import step

SALT = "00112233445566778899aabbccddeeff"
OPENINGS = {"bidder": {"salt": SALT, "value": "天府置业有限公司"}}


@pytest.mark.parametrize(
    "typed",
    ["7KQ2-MX9D", "7kq2mx9d", " 7KQ2 MX9D ", "7KQ2－MX9D", "7KQ2—MX9D", "7 K Q 2 M X 9 D"],
)
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert numbers.normalise_code(typed) == "7KQ2-MX9D"


def test_lookalike_letters_are_digits() -> None:
    assert numbers.normalise_code("OIL0-1oil") == "0110-1011"


@pytest.mark.parametrize(
    "typed", ["", "7KQ2-MX9", "7KQ2-MX9DD", "7KQ2-MX9U", "７KQ2-MX9D", "7KQ2-MX9\u200bD"]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert numbers.normalise_code(typed) is None


@given(st.text(numbers.CROCKFORD, min_size=8, max_size=8))
def test_a_code_survives_its_printed_form(letters: str) -> None:
    code = numbers.normalise_code(letters.lower())
    assert code is not None
    assert numbers.normalise_code(code) == code
    assert code.replace("-", "") == letters


def test_printed_numbers() -> None:
    on = date(2026, 11, 26)
    assert numbers.serial_number("CJQR", on, 12) == "CJQR-2026-00012"
    assert numbers.random_number("ZGQR", on, "7KQ2MX") == "ZGQR-2026-7KQ2MX"


def test_the_qr_holds_address_number_and_sixteen_digits() -> None:
    text = numbers.qr_text("https://example.cn/", "7KQ2-MX9D", "CJQR-2026-00012", "9c1e77ab" * 8)
    assert text == "https://example.cn/v/7KQ2-MX9D?n=CJQR-2026-00012&h=9c1e77ab9c1e77ab"


def test_a_sealed_field_leaves_only_its_commitment() -> None:
    sealed = commitments.seal({"bidder": "天府置业有限公司", "plate": "A83"}, OPENINGS)
    assert "天府" not in str(sealed)
    assert sealed["plate"] == "A83"
    assert commitments.unseal(sealed, OPENINGS)["bidder"] == "天府置业有限公司"


@pytest.mark.parametrize(
    "openings",
    [
        {"bidder": {"salt": SALT, "value": "别人"}},
        {"bidder": {"salt": SALT[::-1], "value": "天府置业有限公司"}},
        {},
        {**OPENINGS, "plate": {"salt": SALT, "value": "A83"}},
    ],
)
def test_a_wrong_opening_does_not_open(openings: commitments.Openings) -> None:
    sealed = commitments.seal({"bidder": "天府置业有限公司", "plate": "A83"}, OPENINGS)
    assert not commitments.does_open(sealed, openings)
    with pytest.raises(ValueError, match="opening"):
        commitments.unseal(sealed, openings)


def test_a_commitment_binds_the_field() -> None:
    assert commitments.commit("bidder", "A", SALT) != commitments.commit("applicant", "A", SALT)


@pytest.mark.parametrize(
    ("state", "is_intact", "is_upload", "verdict"),
    [
        (DocumentState.VALID, True, True, Verdict.VALID),
        (DocumentState.VALID, True, False, Verdict.VALID),
        (DocumentState.SUPERSEDED, True, True, Verdict.SUPERSEDED),
        (DocumentState.REVOKED, True, False, Verdict.REVOKED),
        (DocumentState.VALID, False, True, Verdict.ALTERED),
        (DocumentState.REVOKED, False, True, Verdict.ALTERED),
        (DocumentState.VALID, False, False, Verdict.DAMAGED),
    ],
)
def test_a_broken_file_decides_before_the_state(
    state: DocumentState, is_intact: bool, is_upload: bool, verdict: Verdict
) -> None:
    assert judge(state, is_intact=is_intact, is_upload=is_upload) is verdict


def test_a_revoked_paper_stays_revoked() -> None:
    for action in ("issue", "supersede", "revoke"):
        with pytest.raises(Conflict):
            step(TABLE, DocumentState.REVOKED, action)
