"""Whatever is recorded and exported verifies; with any byte of its rows changed it does not."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import verify
from audit.services.export import everything, single_rows, whole_streams
from tests.worlds.ledger import Auditor, Files, Noted, OfferPlaced, export, note, zipped

STREAMS = ("room/AAAAAAAA", "room/AAAAAAAA/sealed", "lot/L1", "account/622")
EVENTS = st.builds(Noted, text=st.text(st.characters(exclude_categories=["Cs"]), max_size=12)) | (
    st.builds(
        OfferPlaced, plate=st.sampled_from(["K27", "A83"]), amount_fen=st.integers(1, 2**53 - 1)
    )
)
STORY = st.lists(st.tuples(st.sampled_from(STREAMS), EVENTS), min_size=1, max_size=12)
FLIPS = st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=4, max_size=4)


def answer(auditor: Auditor, files: Files) -> int:
    bundle = zipped(files, auditor.folder / "b.zip")
    code: int = verify.answer(str(bundle), str(auditor.folder / "TRUSTED.json"))["code"]
    return code


@pytest.mark.django_db
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STORY, st.sampled_from(["all", "streams", "rows"]), FLIPS)
def test_every_export_verifies_and_no_flipped_byte_does(
    tmp_path: Path,
    story: list[tuple[str, Noted | OfferPlaced]],
    what: str,
    flips: list[tuple[int, int]],
) -> None:
    # given a ledger that grows with each example
    auditor = Auditor(tmp_path / "auditor")
    for stream, event in story:
        note(stream, event)
    names = {stream for stream, _event in story}
    # when it is exported
    select = {
        "all": everything,
        "streams": lambda: whole_streams(names),
        "rows": lambda: single_rows([(name, 1) for name in names], {"seq": 1}),
    }
    _done, files = export(select[what]())
    # then it verifies, and with one byte of the rows changed it does not
    assert answer(auditor, files) == 0
    rows = bytearray(files["entries.jsonl"])
    for place, by in flips:
        rows[place % len(rows)] ^= by
        assert answer(auditor, {**files, "entries.jsonl": bytes(rows)}) != 0
        rows[place % len(rows)] ^= by
