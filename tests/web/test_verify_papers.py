"""The public verification page: by code, by the QR, by file. It works without JavaScript."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from audit.services.examining import LedgerBroken
from audit.services.faults import report
from documents.models import Document
from documents.services import revoke_document, vault
from kernel.actors import SYSTEM, Role
from tests.worlds import desk, papers
from tests.worlds import documents as world
from tests.worlds.insider import as_administrator

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    papers.use_folder(tmp_path, monkeypatch)


@pytest.fixture
def paper() -> Document:
    return papers.issue()


def see(code: str, **query: str) -> Any:
    return Client().get(f"/v/{code}", query)


def verdict(response: Any) -> str:
    return str(response.context["result"].verdict)


def test_a_valid_paper_is_told_with_its_facts(paper: Document) -> None:
    response = see(paper.code)
    page = response.content.decode()
    assert response.status_code == 200
    assert verdict(response) == "valid"
    for shown in (
        "有效",
        paper.number,
        paper.sha256,
        paper.drawn_hash,
        paper.entry_hash,
        "81,600,000.00 元",
        "2026年11月26日 10:47:03.204",
        "电子签章",
        "data:image/svg+xml",
    ):
        assert shown in page
    assert page.count("通过</span>") == 4


def test_a_code_is_read_as_people_type_it(paper: Document) -> None:
    typed = paper.code.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    response = Client().post("/verify/", {"code": typed}, follow=True)
    assert response.redirect_chain == [(f"/v/{paper.code}", 302)]
    assert verdict(response) == "valid"


@pytest.mark.parametrize("code", ["7KQ2-MX9D", "nonsense", "<script>alert"])
def test_an_unknown_code_is_answered(code: str) -> None:
    response = see(code)
    page = response.content.decode()
    assert response.status_code == 404
    assert "查无此码" in page
    assert "<script>alert" not in page


def test_a_superseded_paper_names_the_newer_one(paper: Document) -> None:
    newer = papers.issue(idem="2", supersedes=paper.number)
    response = see(paper.code)
    assert verdict(response) == "superseded"
    assert "已被替代" in response.content.decode()
    assert f"/v/{newer.code}" in response.content.decode()
    assert verdict(see(newer.code)) == "valid"


def test_a_revoked_paper_says_why_and_when(paper: Document) -> None:
    revoke_document(number=paper.number, reason="串通竞买", actor=SYSTEM, clock=papers.CLOCK)
    response = see(paper.code)
    page = response.content.decode()
    assert verdict(response) == "revoked"
    assert "已撤销" in page
    assert "串通竞买" in page


def test_a_qr_with_another_hash_is_a_forged_print(paper: Document) -> None:
    good = see(paper.code, n=paper.number, h=paper.drawn_hash[:16]).content.decode()
    forged = see(paper.code, n=paper.number, h="0" * 16).content.decode()
    assert "纸面与台账不符" not in good
    assert "纸面与台账不符" in forged


def test_the_original_file_passes_all_four_checks(paper: Document) -> None:
    response: Any = papers.upload(papers.bytes_of(paper))
    assert verdict(response) == "valid"
    assert [check.state for check in response.context["result"].checks] == ["passed"] * 4


@pytest.mark.parametrize("change", ["page", "script", "attachment", "password"])
def test_an_altered_file_is_not_ours(paper: Document, change: str) -> None:
    forged = papers.rewritten(papers.bytes_of(paper), change)
    unnamed: Any = papers.upload(forged)
    named: Any = papers.upload(forged, paper.code)
    assert verdict(unnamed) == "not_ours"
    assert verdict(named) == "altered"
    assert "请勿采信" in named.content.decode()


def test_one_byte_more_is_an_altered_file(paper: Document) -> None:
    response: Any = papers.upload(papers.bytes_of(paper) + b"\n", paper.code)
    assert verdict(response) == "altered"


def test_another_paper_of_ours_is_told_apart(paper: Document) -> None:
    other = papers.issue(world.deal_confirmation(lot_name="另一块地"), idem="2")
    response: Any = papers.upload(papers.bytes_of(other), paper.code)
    assert verdict(response) == "other_paper"


def test_a_damaged_archive_is_not_called_valid(paper: Document) -> None:
    vault.place(paper.sha256).write_bytes(b"%PDF-1.7 something else")
    assert verdict(see(paper.code)) == "damaged"
    vault.place(paper.sha256).unlink()
    assert verdict(see(paper.code)) == "damaged"


def test_a_row_that_points_to_other_words_is_not_called_valid(paper: Document) -> None:
    """A database administrator makes the row tell of another paper's words."""
    other = papers.issue(world.deal_confirmation(lot_name="另一块地"), idem="2")
    Document.objects.filter(pk=paper.pk).update(drawn_seq=other.drawn_seq)
    assert verdict(see(paper.code)) == "damaged"


LIES: dict[str, dict[str, object]] = {
    "valid again": {"state": "valid"},
    "valid again, without a trace": {"state": "valid", "ended_at": None, "ended_reason": ""},
    "another reason": {"ended_reason": "申请人放弃"},
    "another title": {"title": "行政许可决定书"},
    "another number": {"number": "CJ-9999"},
    "another subject": {"subject": "510600-2026-03-00001-009"},
    "another instant": {"signed_at": world.AT},
    "another entry": {"entry_seq": 1},
}


@pytest.mark.parametrize("how", LIES)
def test_a_row_that_tells_another_story_than_the_ledger_is_believed_in_nothing(
    paper: Document, how: str
) -> None:
    """A database administrator makes a revoked paper valid again, or dresses it up."""
    data = papers.bytes_of(paper)
    revoke_document(number=paper.number, reason="串通竞买", actor=SYSTEM, clock=papers.CLOCK)
    change = LIES[how]
    if how == "another instant":
        change = {"signed_at": world.AT + timedelta(days=1)}
    Document.objects.filter(pk=paper.pk).update(**change)
    for response in (see(paper.code), papers.upload(data)):
        page = response.content.decode()
        assert verdict(response) == "damaged"
        assert "存档异常" in page
        assert str(change.get("title", "行政许可决定书")) not in page


@pytest.mark.parametrize("seq", ["drawn_seq", "entry_seq"])
@pytest.mark.django_db(transaction=True)
def test_a_paper_whose_entry_is_gone_or_changed_is_told(paper: Document, seq: str) -> None:
    row = f"stream = '{paper.stream}' AND seq = {getattr(paper, seq)}"
    as_administrator(f"UPDATE audit_entry SET body = replace(body, 'documents', 'x') WHERE {row}")
    as_administrator(f"UPDATE audit_entry SET idem = 'x' WHERE {row}")
    assert verdict(see(paper.code)) == "damaged"
    as_administrator(f"DELETE FROM audit_entry WHERE {row}")
    response = see(paper.code)
    assert (response.status_code, verdict(response)) == (200, "damaged")


def test_an_open_fault_in_the_papers_stream_is_told(paper: Document) -> None:
    """The revocation itself was removed: the sweep has seen the gap."""
    report(LedgerBroken(paper.stream, 9, "missing"), papers.CLOCK)
    assert verdict(see(paper.code)) == "damaged"


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "x.pdf", "文件是空的"),
        (b"PK\x03\x04 packed", "x.pdf", "xlsx 请改用 csv"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "x.pdf", "只能核验 PDF"),
        (b"\xff\xfe\x00x", "x.csv", "只能核验 PDF"),
        ("随便写的文字\n".encode(), "x.csv", "不是本平台台账导出"),
    ],
)
def test_other_files_are_answered_clearly(content: bytes, name: str, told: str) -> None:
    response: Any = papers.upload(content, name=name)
    page = response.content.decode()
    assert response.status_code == 422
    assert told in page
    assert "error-summary" in page


def test_a_file_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documents.forms.FILE_LIMIT", 10)
    response: Any = papers.upload(b"%PDF-1.7 and more than that")
    assert response.status_code == 422
    assert "超过 20 MB" in response.content.decode()


def test_a_broken_pdf_is_never_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(*_args: object) -> None:
        raise AssertionError("unknown bytes were parsed")

    monkeypatch.setattr("documents.services.examination.PdfFileReader", parse)
    response: Any = papers.upload(b"%PDF-1.7 \x00\xff" * 1000)
    assert verdict(response) == "not_ours"


def test_nothing_at_all_is_asked_for() -> None:
    response = Client().post("/verify/", {"code": "  "})
    assert response.status_code == 422
    assert "请输入核验码或回执号" in response.content.decode()


def test_codes_cannot_be_tried_out() -> None:
    client = Client()
    answers = [client.get("/v/7KQ2-MX9D").status_code for _ in range(61)]
    busy = client.get("/v/7KQ2-MX9D")
    assert answers[:60] == [404] * 60
    assert answers[60] == 429
    assert busy.headers["Retry-After"] == "60"
    assert "一分钟后再试" in busy.content.decode()
    assert client.get("/verify/").status_code == 200


def test_only_the_holder_has_the_bytes_but_all_may_verify() -> None:
    paper = papers.issue(world.qualification(), holder_id=7)
    page = see(paper.code).content.decode()
    assert "有效" in page
    assert "天府置业" not in page
    assert "原件只有持有人" in page
    assert Client().get(f"/v/{paper.code}/file").status_code == 404


def test_a_supervisor_has_the_confirmation_as_an_attachment(paper: Document) -> None:
    desk.person("sup", Role.SUPERVISOR)
    response = desk.signed_in("sup").get(f"/v/{paper.code}/file")
    assert response.content == papers.bytes_of(paper)
    assert response.headers["Content-Disposition"] == f'attachment; filename="{paper.number}.pdf"'


@pytest.mark.parametrize("role", [None, Role.BIDDER, Role.HOST])
def test_nobody_else_has_the_confirmation_that_names_the_winner(
    paper: Document, role: Role | None
) -> None:
    client = Client()
    if role:
        desk.person("alice", role)
        client = desk.signed_in("alice")
    assert client.get(f"/v/{paper.code}/file").status_code == 404


def test_queries_of_the_page_are_few(
    paper: Document, django_assert_num_queries: Any, client: Client
) -> None:
    see(paper.code)
    with django_assert_num_queries(3):
        client.get(f"/v/{paper.code}")
    with django_assert_num_queries(0):
        client.get("/verify/")


def test_the_page_speaks_english(paper: Document) -> None:
    client = Client()
    client.cookies["django_language"] = "en"
    assert "Valid" in client.get(f"/v/{paper.code}").content.decode()
    assert "Verification code" in client.get("/verify/").content.decode()
