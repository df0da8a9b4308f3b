"""Exports of the ledger: a job that survives its page, files that say what they hold, everything in
the record; and what the public verification page makes of the files."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.db import transaction
from django.test import Client
from openpyxl import load_workbook

from accounts.models import User
from accounts.sessions import SECOND_FACTOR_KEY
from audit.chain import Draft, extend
from audit.models import Entry
from audit.selectors import read_head
from audit.services import append_entries
from audit.services.keys import trusted_keys
from kernel.actors import Role
from kernel.clock import FixedClock
from oversight import services
from oversight.models import Export
from oversight.rules.rows import COLUMNS
from oversight.selectors.exports import list_expired, path_of
from oversight.services import making, verification
from tests.worlds import auditing
from tests.worlds.auditing import ENDED, RUNNING, Desk
from tests.worlds.desk import freshly
from tests.worlds.insider import as_administrator

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("django.conf.settings.DOCUMENT_ROOT", tmp_path)
    monkeypatch.setattr("django.conf.settings.KEY_ROOT", tmp_path / "keys")
    return Desk()


def ask(desk: Desk, form: str, role: Role = Role.AUDITOR, **parts: str) -> Export:
    response = desk.browser(role).post("/audit/exports/", {"format": form, **parts})
    assert response.status_code == 302
    return Export.objects.get(code=response["Location"].split("/")[-2])


def made(desk: Desk, form: str, **parts: str) -> Export:
    export = ask(desk, form, **parts)
    auditing.work()
    export.refresh_from_db()
    assert export.state == "done"
    return export


def file_of(desk: Desk, export: Export) -> bytes:
    response: Any = desk.browser().get(f"/audit/exports/{export.code}/file/")
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def table(data: bytes) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The head and the rows of a csv."""
    lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    at = lines.index(list(COLUMNS))
    head = {line[0]: line[1] for line in lines[:at] if line}
    return head, [dict(zip(COLUMNS, line, strict=True)) for line in lines[at + 1 :]]


def verify(data: bytes, name: str) -> Any:
    file = io.BytesIO(data)
    file.name = name
    response = Client().post("/verify/", {"file": file})
    assert response.status_code == 200, response.content.decode()
    return response


# ── files ───────────────────────────────────────────────────────────────────────────────────────
def test_a_csv_says_at_its_head_what_the_screen_says(desk: Desk) -> None:
    export = made(desk, "csv", room=ENDED, event="accepted")
    data = file_of(desk, export)
    head, rows = table(data)
    page = desk.browser().get(f"/audit/exports/{export.code}/").content.decode()
    hashes = [bytes.fromhex(row["指纹"]) for row in rows]
    assert data.startswith(b"\xef\xbb\xbf")
    assert head["筛选条件"] == f"竞价室＝{ENDED}；事件类别＝有效出价"
    assert head["行数"] == "4" == str(len(rows))
    assert head["金额合计(元)"] == "440000000.00"
    assert head["各行指纹的 SHA-256"] == sha256(b"".join(hashes)).hexdigest() == export.rows_sha256
    assert [row["金额(元)"] for row in rows][0] == "80000000.00"
    assert [row["主体"] for row in rows] == ["A83", "K27", "A83", "K27"]
    assert [row["回执号"] for row in rows][1] == f"R-{ENDED}-000002"
    for shown in ("440,000,000.00", export.rows_sha256, sha256(data).hexdigest(), "有效出价"):
        assert shown in page


def test_a_cell_that_a_spreadsheet_would_run_is_text(desk: Desk) -> None:
    auditing.ledger.note("lot/L-1", auditing.Refused("P05", -500, "=cmd|' /C calc'!A0"))
    _head, rows = table(file_of(desk, made(desk, "csv", stream="lot/L-1")))
    assert rows[-1]["原因"] == "'=cmd|' /C calc'!A0"
    assert rows[-1]["金额(元)"] == "-5.00"
    book = load_workbook(io.BytesIO(file_of(desk, made(desk, "xlsx", stream="lot/L-1"))))
    cell = book["台账"].cell(row=4, column=COLUMNS.index("原因") + 1)
    assert (cell.value, cell.data_type) == ("=cmd|' /C calc'!A0", "s")


def test_an_xlsx_holds_numbers_and_a_sheet_about_itself(desk: Desk) -> None:
    export = made(desk, "xlsx", room=ENDED, event="accepted")
    book = load_workbook(io.BytesIO(file_of(desk, export)))
    rows = list(book["台账"].values)
    about = {line[0]: line[1] for line in book["说明"].values}
    assert rows[0] == COLUMNS
    assert sum(row[COLUMNS.index("金额(元)")] for row in rows[1:]) == 440_000_000
    assert about["行数"] == "4"
    assert about["各行指纹的 SHA-256"] == export.rows_sha256
    assert str(export.tree_size) in about["链头（已签名检查点）"]


def test_a_jsonl_holds_entries_as_the_bundle_has_them(desk: Desk) -> None:
    lines = file_of(desk, made(desk, "jsonl", room=ENDED)).decode().splitlines()
    assert json.loads(lines[0])["header"]["行数"] == "6" == str(len(lines) - 1)
    assert json.loads(lines[1])["body"]["amount_fen"] == 8_000_000_000


def test_a_bundle_is_verified_offline_and_a_changed_amount_is_named(
    desk: Desk, tmp_path: Path
) -> None:
    data = file_of(desk, made(desk, "bundle", room=ENDED))
    (tmp_path / "keys.json").write_text(json.dumps(trusted_keys()))
    intact, forged = tmp_path / "a.zip", tmp_path / "b.zip"
    intact.write_bytes(data)
    with zipfile.ZipFile(intact) as packed, zipfile.ZipFile(forged, "w") as copy:
        (tmp_path / "verify.py").write_bytes(packed.read("verify.py"))
        for name in packed.namelist():
            content = packed.read(name)
            copy.writestr(name, content.replace(b'"amount_fen":8000000000', b'"amount_fen":1'))

    def run(path: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "verify.py", str(path), "--keys", "keys.json"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run(intact).returncode == 0, run(intact).stdout
    assert run(forged).returncode == 1
    assert f"room/{ENDED}" in run(forged).stdout


@pytest.mark.parametrize("form", ["csv", "jsonl", "bundle"])
def test_what_is_sealed_still_is_in_no_export(desk: Desk, form: str) -> None:
    data = file_of(desk, made(desk, form))
    if form == "bundle":
        data = zipfile.ZipFile(io.BytesIO(data)).read("entries.jsonl")
    text = data.decode()
    assert f"room/{ENDED}/sealed" in text
    assert f"room/{RUNNING}/sealed" not in text
    assert f"room/{RUNNING}" in text


def test_the_file_holds_the_rows_of_the_moment_of_asking(desk: Desk) -> None:
    export = ask(desk, "csv", stream="lot/L-1")
    auditing.ledger.note("lot/L-1", auditing.Said("later"))
    auditing.work()
    export.refresh_from_db()
    assert export.rows_done == export.rows_total == 2


def test_a_fault_met_on_the_way_is_told_and_kept(desk: Desk) -> None:
    made(desk, "csv")
    as_administrator(f"UPDATE audit_entry SET kind = 'x' WHERE stream = 'room/{ENDED}' AND seq = 2")
    export = made(desk, "bundle", room=ENDED)
    page = desk.browser(language="en").get(f"/audit/exports/{export.code}/").content.decode()
    assert export.fault == f"room/{ENDED}#2: hash does not hold"
    assert 'data-testid="export-fault"' in page
    assert f"did not fit its hash when this file was made: room/{ENDED}#2" in page


def test_amounts_beyond_every_integer_are_summed(each_database: str, desk: Desk) -> None:
    """A bidder whose offers are refused can name any amount: no page and no file may fail by it."""
    largest, many = 2**53 - 1, 1100
    name = f"room/{ENDED}/sealed"
    head = read_head(name)
    assert head is not None
    body = {"actor": "u:P05", "amount_fen": largest, "code": "above_cap", "plate": "P05"}
    links = extend(name, head, [Draft("offer_refused", body)] * many, auditing.ledger.AT)
    with transaction.atomic():
        append_entries(after=head, links=links)
    page = desk.browser().get("/audit/ledger/", {"stream": name})
    assert page.context["shown"].totals.sum_fen == largest * many + 8_150_000_000
    export = made(desk, "csv", stream=name)
    assert export.total_fen == largest * many + 8_150_000_000
    assert bad_row(verify(file_of(desk, export), "x.csv")) is None
    assert made(desk, "bundle", stream=name).total_fen == export.total_fen


# ── the job ─────────────────────────────────────────────────────────────────────────────────────
def test_a_job_waits_in_the_tray_and_tells_how_far_it_is(desk: Desk) -> None:
    export = ask(desk, "csv")
    client = desk.browser()
    waiting = client.get(f"/audit/exports/{export.code}/progress/").content.decode()
    auditing.work()
    done = client.get("/audit/ledger/").content.decode()
    assert "排队中" in waiting
    assert f"/audit/exports/{export.code}/progress/" in waiting
    assert f"/audit/exports/{export.code}/cancel/" in waiting
    assert f"/audit/exports/{export.code}/file/" in done
    assert 'data-testid="job-progress"' in done


def test_request_end_and_download_are_in_the_ledger(desk: Desk) -> None:
    export = made(desk, "csv", room=ENDED)
    data = file_of(desk, export)
    entries = list(Entry.objects.filter(stream="audit/exports").order_by("seq"))
    bodies = [entry.read_body() for entry in entries]
    assert [entry.kind.rpartition(".")[2] for entry in entries] == [
        "export_requested",
        "export_finished",
        "export_downloaded",
    ]
    assert {body["export"] for body in bodies} == {export.code}
    assert bodies[0]["filter"] == {"room": ENDED}
    assert bodies[1]["sha256"] == bodies[2]["sha256"] == sha256(data).hexdigest()
    assert bodies[2]["actor"] == desk.people[Role.AUDITOR].id


def long_ago(desk: Desk, method: str = "password", seconds_ago: float = 901) -> Client:
    """Ada's browser, left open."""
    client = desk.browser()
    user = User.objects.get(pk=desk.people[Role.AUDITOR].user_id)
    freshly(client, user, seconds_ago=seconds_ago, method=method)
    return client


def test_who_signed_in_long_ago_is_asked_again_before_asking(desk: Desk) -> None:
    client = long_ago(desk)
    response = client.post("/audit/exports/", {"format": "csv", "room": ENDED})
    assert response["Location"] == (
        f"/accounts/reauthenticate/?next=%2Faudit%2Fledger%2F%3Froom%3D{ENDED}"
    )
    assert not Export.objects.exists()
    # when she has answered, she is back at her filter and may ask
    user = User.objects.get(pk=desk.people[Role.AUDITOR].user_id)
    user.set_password("a-long-password-of-hers")
    user.save()
    client.force_login(user)
    freshly(client, user, seconds_ago=901)
    back = client.post(response["Location"], {"password": "a-long-password-of-hers"})
    assert back["Location"] == f"/audit/ledger/?room={ENDED}"
    assert client.post("/audit/exports/", {"format": "csv", "room": ENDED}).status_code == 302
    assert Export.objects.count() == 1


def test_a_file_does_not_leave_a_browser_left_open(desk: Desk) -> None:
    export = made(desk, "csv")
    response = long_ago(desk).get(f"/audit/exports/{export.code}/file/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/reauthenticate/?next=")
    assert not Entry.objects.filter(kind="oversight.export_downloaded").exists()


def test_where_a_second_factor_is_compulsory_a_password_is_not_enough(
    desk: Desk, settings: Any
) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    for method, is_enough in (("password", False), ("mfa", True)):
        client = long_ago(desk, method, seconds_ago=5)
        session = client.session
        session[SECOND_FACTOR_KEY] = True
        session.save()
        client.post("/audit/exports/", {"format": "csv"})
        assert Export.objects.exists() == is_enough


def test_a_cancelled_export_is_not_made_and_can_be_tried_again(desk: Desk) -> None:
    export = ask(desk, "csv")
    client = desk.browser()
    client.post(f"/audit/exports/{export.code}/cancel/")
    auditing.work()
    page = client.get(f"/audit/exports/{export.code}/").content.decode()
    assert "已取消" in page
    assert client.get(f"/audit/exports/{export.code}/file/").status_code == 404
    assert not path_of(export).exists()
    client.post(f"/audit/exports/{export.code}/retry/")
    auditing.work()
    assert client.get(f"/audit/exports/{export.code}/file/").status_code == 200


def test_cancelling_in_the_middle_leaves_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ask(desk, "csv")
    monkeypatch.setattr(making, "TELL_SECONDS", 0)
    seal = making.seal_or_report

    def cancel_then_seal(**more: Any) -> Any:
        desk.browser().post(f"/audit/exports/{export.code}/cancel/")
        return seal(**more)

    monkeypatch.setattr(making, "seal_or_report", cancel_then_seal)
    auditing.work()
    export.refresh_from_db()
    assert export.state == "cancelled"
    assert list((tmp_path / "exports").iterdir()) == []


def test_a_full_disk_is_told_and_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    export = ask(desk, "csv")
    with monkeypatch.context() as broken:

        def full(*_args: object) -> None:
            raise OSError(28, "No space left on device")

        broken.setattr(making, "digest_of", full)
        auditing.work()
    page = desk.browser().get(f"/audit/exports/{export.code}/").content.decode()
    assert "存储空间不可用" in page
    assert f"/audit/exports/{export.code}/retry/" in page


def test_a_worker_that_died_is_followed_by_another(desk: Desk) -> None:
    export = ask(desk, "csv")
    making.start(export.code, FixedClock(auditing.ledger.AT))
    auditing.work()
    export.refresh_from_db()
    assert export.state == "done"


def test_the_handler_heard_twice_makes_one_file(desk: Desk) -> None:
    export = made(desk, "csv")
    before = (path_of(export).stat().st_mtime_ns, Entry.objects.count())
    making.run_export(code=export.code, clock=FixedClock(auditing.ledger.AT))
    assert (path_of(export).stat().st_mtime_ns, Entry.objects.count()) == before


def test_results_are_kept_for_a_week(desk: Desk) -> None:
    export = made(desk, "csv")
    assert export.expires_at is not None
    early = FixedClock(export.expires_at - timedelta(seconds=1))
    services.expire_export(code=export.code, clock=early)
    assert path_of(export).exists()
    assert list_expired(export.expires_at, 10) == [export.code]
    services.expire_export(code=export.code, clock=FixedClock(export.expires_at))
    page = desk.browser().get(f"/audit/exports/{export.code}/").content.decode()
    assert not path_of(export).exists()
    assert "结果已过 7 天" in page
    assert list_expired(export.finished_at + timedelta(days=99), 10) == []


def test_another_auditor_cannot_see_or_stop_it(desk: Desk) -> None:
    export = made(desk, "csv")
    for role, status in ((Role.SUPERVISOR, 404), (Role.BIDDER, 403)):
        other = desk.browser(role)
        for part in ("", "file/", "progress/"):
            assert other.get(f"/audit/exports/{export.code}/{part}").status_code == status
        for part in ("cancel/", "retry/"):
            assert other.post(f"/audit/exports/{export.code}/{part}").status_code == status
    assert not Entry.objects.filter(kind="oversight.export_downloaded").exists()


def test_a_bidder_cannot_ask(desk: Desk) -> None:
    response = desk.browser(Role.BIDDER).post("/audit/exports/", {"format": "csv"})
    assert response.status_code == 403
    assert not Export.objects.exists()
    assert not Entry.objects.filter(stream="audit/exports").exists()


@pytest.mark.parametrize("parts", [{"format": "exe"}, {}, {"format": "csv", "room": "x"}])
def test_a_bad_wish_makes_no_job(desk: Desk, parts: dict[str, str]) -> None:
    assert desk.browser().post("/audit/exports/", parts).status_code == 422
    assert not Export.objects.exists()


def test_nobody_floods_the_queue(desk: Desk) -> None:
    for _ in range(services.AT_ONCE):
        ask(desk, "csv")
    assert desk.browser().post("/audit/exports/", {"format": "csv"}).status_code == 409
    assert Export.objects.count() == services.AT_ONCE


def test_queries_of_the_job_page_are_few(desk: Desk, django_assert_num_queries: Any) -> None:
    export = made(desk, "csv")
    client = desk.browser()
    client.get("/audit/ledger/")
    with django_assert_num_queries(4):
        client.get(f"/audit/exports/{export.code}/")


# ── verification of exports ─────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_export_passes_with_the_wording_of_a_filtered_one(desk: Desk, form: str) -> None:
    response = verify(file_of(desk, made(desk, form, room=ENDED)), f"x.{form}")
    page = response.content.decode()
    assert "通过：6/6 行在链上（筛选导出，不能证明无遗漏），签名有效" in page
    assert 'data-testid="verify-result"' in page
    assert response.context["result"].finding.signed == 6


def bad_row(response: Any) -> Any:
    return response.context["result"].finding.bad


def test_a_changed_amount_is_named_with_row_and_field(desk: Desk) -> None:
    data = file_of(desk, made(desk, "csv", room=ENDED)).decode()
    forged = data.replace("100000000.00", "100000001.00")
    line = next(n for n, text in enumerate(forged.splitlines(), 1) if "100000001.00" in text)
    response = verify(forged.encode(), "x.csv")
    page = response.content.decode()
    assert f"第 {line} 行" in page
    assert "金额(元)" in page
    assert "与链不符" in page
    assert "（文件 100000001.00）" in page


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        ('"seq":2', '"seq":99', "链", "unknown"),
        ('"plate":"K27"', '"plate":"A83"', "内容", "differs"),
        ('"kind":"offer_placed"', '"kind":"offer_refused"', "事件代码", "differs"),
        ('"leaf":', '"leaf":9', "树位", "differs"),
    ],
)
def test_a_forged_jsonl_is_named(desk: Desk, old: str, new: str, column: str, reason: str) -> None:
    data = file_of(desk, made(desk, "jsonl", room=ENDED)).decode()
    found = bad_row(verify(data.replace(old, new).encode(), "x.jsonl"))
    assert (found.column, found.reason) == (column, reason)


def test_a_row_that_was_taken_out_or_doubled_is_noticed(desk: Desk) -> None:
    lines = file_of(desk, made(desk, "csv", room=ENDED)).decode().splitlines(keepends=True)
    fewer, twice = "".join(lines[:-1]), "".join([*lines, lines[-1]])
    assert bad_row(verify(fewer.encode(), "x.csv")).column == "行数"
    assert bad_row(verify(twice.encode(), "x.csv")).reason == "twice"


@pytest.mark.parametrize("junk", ["乱七八糟,1\n", '"open quote\n', "x" * 3000 + "\n"])
def test_rows_that_are_none_are_named_and_never_crash(desk: Desk, junk: str) -> None:
    data = file_of(desk, made(desk, "csv", room=ENDED)).decode()
    assert bad_row(verify((data + junk).encode(), "x.csv")).reason == "unknown"
    deep = '{"stream":' + "[" * 5000 + "\n"
    jsonl = file_of(desk, made(desk, "jsonl", room=ENDED)).decode()
    assert bad_row(verify((jsonl + deep).encode(), "x.jsonl")).reason == "unknown"


def test_a_ledger_changed_behind_our_back_fails_its_own_export(desk: Desk) -> None:
    """An insider changes an amount and every hash after it: the signed root does not lead there."""
    from django.db import connection

    data = file_of(desk, made(desk, "jsonl", room=ENDED))
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_entry_no_update")
        cursor.execute(
            "UPDATE audit_entry SET body = replace(body, '8000000000', '1') WHERE stream = %s",
            [f"room/{ENDED}"],
        )
    assert bad_row(verify(data, "x.jsonl")).reason == "broken"


def test_sealed_rows_are_unknown_to_the_public(desk: Desk) -> None:
    """Verification must not tell whether somebody was refused in a running room."""
    line = json.dumps({"stream": f"room/{RUNNING}/sealed", "seq": 1})
    assert bad_row(verify(line.encode(), "x.jsonl")).reason == "unknown"


@pytest.mark.parametrize(
    "line",
    [
        b'{"stream":"\\ud800","seq":1}',
        b'{"stream":"room/\\u0000","seq":1}',
        b'{"stream":"lot/1","seq":1,"kind":"\\udfff"}',
    ],
)
def test_half_a_character_or_a_nul_names_no_place(desk: Desk, line: bytes) -> None:
    response = verify(b'{"header":{}}\n' + line, "x.jsonl")
    assert response.status_code == 200
    assert bad_row(response).reason == "unknown"


FORGED = {
    "centre": ("测试交易中心", "别的中心"),
    "count": ('"行数": "6"', '"行数": "999"'),
    "sum": ('"金额合计(元)": "', '"金额合计(元)": "1'),
    "filter": ("竞价室＝", "竞价厅＝"),
    "instant": ('"导出时间": "20', '"导出时间": "19'),
    "notice": ("不能证明没有遗漏", "没有遗漏"),
    "added line": ('"行数":', '"审计结论": "无遗漏", "行数":'),
    "line in front": ('{"header":', '{"审计": "1", "header":'),
    "no line": ('"header": {', '"header": {}, "was": {'),
}


@pytest.mark.parametrize("what", FORGED)
def test_no_line_of_the_head_can_be_forged(desk: Desk, what: str) -> None:
    data = file_of(desk, made(desk, "jsonl", room=ENDED)).decode()
    old, new = FORGED[what]
    old = old.replace("测试交易中心", site.CENTRE_NAME)
    assert old in data
    response = verify(data.replace(old, new, 1).encode(), "x.jsonl")
    assert bad_row(response).reason == "head"
    assert "文件头与本中心导出的不符" in response.content.decode()


def test_the_head_of_a_csv_cannot_be_forged_or_left_out(desk: Desk) -> None:
    export = made(desk, "csv", room=ENDED)
    data = file_of(desk, export).decode("utf-8-sig")
    other = data.replace(export.tree_root, "0" * 64)
    assert bad_row(verify(other.encode(), "x.csv")).reason == "head"
    added = data.replace("行数,6", "行数,6,其中有效 6")
    assert bad_row(verify(added.encode(), "x.csv")).column == "行数"
    bare = data[data.index("链,序号") :]
    assert bad_row(verify(bare.encode(), "x.csv")).reason == "head"


def test_an_older_root_that_we_signed_is_no_forgery(desk: Desk) -> None:
    data = file_of(desk, made(desk, "csv", room=ENDED))
    auditing.ledger.note("lot/L-1", auditing.Said("later"))
    made(desk, "csv")
    assert bad_row(verify(data, "x.csv")) is None


@pytest.mark.parametrize("name", ["idem", "body", "leaf", "prev"])
def test_no_field_of_a_row_may_be_left_out(desk: Desk, name: str) -> None:
    head, first, *rest = file_of(desk, made(desk, "jsonl", room=ENDED)).decode().split("\n")
    row = json.loads(first)
    del row[name]
    forged = "\n".join([head, json.dumps(row), *rest])
    assert bad_row(verify(forged.encode(), "x.jsonl")).reason == "differs"


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x0b"])
def test_a_body_with_a_strange_end_of_line_breaks_no_file(desk: Desk, odd: str) -> None:
    auditing.ledger.note("lot/L-1", auditing.Said(f"上行{odd}下行"))
    for form in ("jsonl", "csv"):
        response = verify(file_of(desk, made(desk, form, stream="lot/L-1")), f"x.{form}")
        assert bad_row(response) is None
        assert response.context["result"].verdict == "passed"


def test_a_file_too_long_is_not_read_to_its_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "MOST_ROWS", 3)
    response = verify(file_of(desk, made(desk, "csv", room=ENDED)), "x.csv")
    assert response.context["result"].verdict == "too_many"
    assert "请按条件分批导出" in response.content.decode()


# ── receipts ────────────────────────────────────────────────────────────────────────────────────
def test_a_receipt_shows_the_bid_its_place_and_both_hashes(desk: Desk) -> None:
    made(desk, "csv")
    response = Client().post("/verify/", {"code": f" r-{ENDED}-000002 "}, follow=True)
    entry = Entry.objects.get(stream=f"room/{ENDED}", seq=2)
    page = response.content.decode()
    for shown in (
        "通过",
        "100,000,000.00",
        "K27",
        "2026-04-21 10:03:31.000",
        "第 2 条，该链现有 5 条",
        entry.hash_hex,
        bytes(entry.body_hash).hex(),
        "已被签名的检查点覆盖",
    ):
        assert shown in page


def test_a_receipt_does_not_tell_how_much_is_recorded_in_secret(desk: Desk) -> None:
    """The size of the tree over all streams grows with each join, refusal and registration."""
    made(desk, "csv")
    page = Client().get(f"/verify/receipts/R-{ENDED}-000002/").content.decode()
    assert "已证明在内" in page
    assert "叶" not in page


@pytest.mark.parametrize(
    "number",
    [
        *(f"R-{ENDED}-000099", f"R-{ENDED}-000005", f"R-{ENDED}-SA83", f"R-{ENDED}-S000001"),
        *(f"R-{RUNNING}-SA83", "R-00000000-000001"),
    ],
)
def test_what_is_no_receipt_is_not_found(desk: Desk, number: str) -> None:
    response = Client().post("/verify/", {"code": number}, follow=True)
    assert response.status_code == 404
    assert "P05" not in response.content.decode()
