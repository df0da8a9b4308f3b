"""A bank file is posted whole or not at all, and never twice."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit.selectors import entries_after
from kernel.errors import Conflict, Forbidden, NotFound
from tests.worlds.market import Market, bank_file
from trading.models import BankCredit, BankFile, CreditReturn, Deposit
from trading.services import deposits, refunds
from trading.services.deposits import BadBankFile

pytestmark = pytest.mark.django_db
COMMAND = "config.management.commands.import_bank"


@pytest.fixture
def market() -> Market:
    return Market()


def assert_untouched() -> None:
    assert not BankFile.objects.exists()
    assert not BankCredit.objects.exists()
    assert set(Deposit.objects.values_list("state", "paid_fen")) <= {("due", 0)}


def test_one_bad_row_and_nothing_is_imported(market: Market) -> None:
    lot = market.published()
    good, bad = market.register(lot, market.alice), market.register(lot, market.bob)
    with pytest.raises(BadBankFile) as caught:
        market.import_rows(market.row(good), market.row(bad, amount="一千万元整"))
    (fault,) = caught.value.faults
    assert (fault.line, fault.code, fault.value) == (3, "bad_amount", "一千万元整")
    assert_untouched()


def test_the_same_bytes_are_taken_once(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    row = market.row(item)
    market.import_rows(row)
    with pytest.raises(Conflict) as caught:
        market.import_rows(row)
    assert caught.value.code == "file_known"
    assert (BankFile.objects.count(), BankCredit.objects.count()) == (1, 1)
    assert Deposit.objects.get().paid_fen == item.lot.deposit_fen


def test_a_reference_of_an_earlier_file_is_named(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    market.pay(item, amount="1.00", reference="R-1")
    with pytest.raises(BadBankFile) as caught:
        market.import_rows(
            market.row(item, amount="2.00"), market.row(item, amount="1.00", reference="R-1")
        )
    assert [(f.line, f.code) for f in caught.value.faults] == [(3, "known_reference")]
    assert Deposit.objects.get().paid_fen == 100


def test_a_booking_in_the_future_is_refused(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    with pytest.raises(BadBankFile) as caught:
        market.pay(item, booked_at="2026-04-15T10:00:00+08:00")
    assert [fault.code for fault in caught.value.faults] == ["future_instant"]
    assert_untouched()


def test_looking_changes_nothing(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    content = bank_file(market.row(item), market.row(item, payee_account="nobody"))
    found = deposits.preview_bank(content=content, actor=market.gao, clock=market.clock)
    assert (found.rows, found.accounts, found.unknown) == (2, 1, 1)
    assert found.total_fen == 2 * item.lot.deposit_fen
    assert_untouched()


def test_a_file_and_its_unknown_money_stand_in_the_record(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    stray = market.row(item, payee_account="9999000011112222", reference="X-1")
    market.import_rows(market.row(item), stray)

    bank_file_row = BankFile.objects.get()
    (entry,) = entries_after(refunds.bank_stream(bank_file_row.sha256), 0)
    assert entry.kind == "trading.bank_file_imported"
    assert (entry.body["file_sha256"], entry.body["rows"]) == (bank_file_row.sha256, 2)
    assert entry.body["total_fen"] == 2 * item.lot.deposit_fen
    assert entry.body["unknown"] == ["X-1"]


def test_unknown_money_goes_back_once(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    market.import_rows(
        market.row(item), market.row(item, payee_account="9999000011112222", reference="X-1")
    )
    credit = BankCredit.objects.get(reference="X-1")
    facts = {"actor": market.gao, "clock": market.clock}

    made = refunds.return_credit(pk=credit.pk, bank_reference=" B-9 ", **facts)

    assert (made.credit, made.bank_reference) == (credit, "B-9")
    last = entries_after(refunds.bank_stream(credit.file.sha256), 0)[-1]
    assert last.kind == "trading.credit_returned"
    assert (last.body["reference"], last.body["bank_reference"]) == ("X-1", "B-9")
    with pytest.raises(Conflict):
        refunds.return_credit(pk=credit.pk, bank_reference="B-10", **facts)
    assert CreditReturn.objects.count() == 1


def test_a_deposit_s_money_is_no_unknown_money(market: Market) -> None:
    """A dishonest finance clerk cannot free a bidder's deposit by this door."""
    item = market.register(market.published(), market.alice)
    market.pay(item)
    credit = BankCredit.objects.get()
    with pytest.raises(NotFound):
        refunds.return_credit(
            pk=credit.pk, bank_reference="B-9", actor=market.gao, clock=market.clock
        )
    for actor in (market.wang, market.sun, market.alice):
        with pytest.raises(Forbidden):
            refunds.return_credit(
                pk=credit.pk, bank_reference="B-9", actor=actor, clock=market.clock
            )
    assert not CreditReturn.objects.exists()


def test_one_bank_payment_stands_for_one_return(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    rows = [market.row(item, payee_account="99990000", reference=f"X-{n}") for n in range(2)]
    market.import_rows(*rows)
    one, two = BankCredit.objects.order_by("pk")
    facts = {"actor": market.gao, "clock": market.clock, "bank_reference": "B-9"}
    refunds.return_credit(pk=one.pk, **facts)
    with pytest.raises(Conflict) as caught:
        refunds.return_credit(pk=two.pk, **facts)
    assert caught.value.code == "reference_known"


def test_only_finance_imports(market: Market) -> None:
    item = market.register(market.published(), market.alice)
    content = bank_file(market.row(item))
    for actor in (market.wang, market.li, market.sun, market.alice):
        with pytest.raises(Forbidden):
            deposits.import_bank(name="x", content=content, actor=actor, clock=market.clock)
        with pytest.raises(Forbidden):
            deposits.preview_bank(content=content, actor=actor, clock=market.clock)
    assert_untouched()


def test_posted_money_is_never_changed(market: Market) -> None:
    from django.db import DatabaseError, transaction

    market.pay(market.register(market.published(), market.alice))
    with pytest.raises(DatabaseError), transaction.atomic():
        BankCredit.objects.update(amount_fen=1)
    assert BankCredit.objects.get().amount_fen == 2_400_000_000


# ── manage.py import_bank ─────────────────────────────────────────────────────────────────────


def test_the_command_posts_a_file(
    market: Market,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{COMMAND}.system_clock", lambda: market.clock)
    lot = market.published()
    item = market.register(lot, market.alice)
    path = tmp_path / "bank.csv"
    path.write_bytes(b"\xef\xbb\xbf" + bank_file(market.row(item)))

    call_command("import_bank", str(path), "--json", "--as", "gao")

    assert '"matched": 1' in capsys.readouterr().out
    assert BankFile.objects.get().imported_by == market.gao.id


def test_the_command_names_the_bad_line_and_fails(market: Market, tmp_path: Path) -> None:
    item = market.register(market.published(), market.alice)
    path = tmp_path / "bank.csv"
    path.write_bytes(bank_file(market.row(item, amount="1e9")))

    with pytest.raises(CommandError) as caught:
        call_command("import_bank", str(path))

    assert "第 2 行" in str(caught.value)
    assert_untouched()


def test_the_command_without_a_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no-such-file"):
        call_command("import_bank", str(tmp_path / "no-such-file.csv"))
