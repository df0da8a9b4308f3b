"""Several at once: one award, one import, one refund, and never a withdrawn bidder with a seat."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from audit.selectors import entries_after
from kernel.errors import DomainError
from notices.models import Notice
from tests.worlds.market import Market, bank_file
from trading.models import Award, BankCredit, Deposit, Refund
from trading.services import awards, deposits, refunds, registrations

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 4


def at_once(*tasks: Callable[[], object]) -> list[object]:
    """Runs the tasks in threads that start together; an answer or its refusal for each."""
    gate = threading.Barrier(len(tasks))
    answers: list[object] = [None] * len(tasks)

    def run(index: int, task: Callable[[], object]) -> None:
        gate.wait()
        try:
            answers[index] = task()
        except DomainError as error:
            answers[index] = error.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index, task)) for index, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert all(not thread.is_alive() for thread in threads)
    return answers


def test_one_award() -> None:
    market = Market()
    lot, (alice, bob) = market.sold()

    def hear() -> object:
        return awards.record_award(
            lot_no=lot.no,
            plate=alice.plate,
            price_fen=37_500_000,
            ended_at=lot.ends_at,
            clock=market.clock,
        ).pk

    answers = at_once(*[hear] * THREADS)

    assert answers == [Award.objects.get().pk] * THREADS
    kinds = [entry.kind for entry in entries_after(f"lot/{lot.no}", 0)]
    assert kinds.count("trading.lot_awarded") == 1
    assert Notice.objects.filter(subject_no=lot.no, kind="asset_result").count() == 1
    loser = Deposit.objects.get(registration=bob)
    falls = [entry.kind for entry in entries_after(f"account/{loser.account_no}", 0)]
    assert falls.count("trading.refund_fell_due") == 1


def test_one_import() -> None:
    """Two desks upload the same file at the same moment."""
    market = Market()
    item = market.register(market.published(), market.alice)
    content = bank_file(market.row(item))

    def post() -> object:
        report = deposits.import_bank(
            name="b.csv", content=content, actor=market.gao, clock=market.clock
        )
        return report.matched

    answers = at_once(*[post] * THREADS)

    assert sorted(map(str, answers)) == ["1", *["file_known"] * (THREADS - 1)]
    assert BankCredit.objects.count() == 1
    assert Deposit.objects.get().paid_fen == item.lot.deposit_fen


def test_money_and_withdrawal_never_both() -> None:
    """Either the money came first and the bidder sits, or it goes back: never a seat withdrawn."""
    market = Market()
    item = market.register(market.published(), market.alice)
    content = bank_file(market.row(item))

    at_once(
        lambda: deposits.import_bank(
            name="b.csv", content=content, actor=market.gao, clock=market.clock
        ),
        lambda: registrations.withdraw_registration(
            no=item.no, actor=market.alice, clock=market.clock
        ),
    )

    item.refresh_from_db()
    deposit = Deposit.objects.get()
    assert (item.state, deposit.state, bool(item.plate)) in {
        ("qualified", "matched", True),
        ("withdrawn", "returned", False),
    }


def test_one_refund() -> None:
    market = Market()
    (item,) = market.paid_up(market.published(), market.alice)
    market.pay(item, amount="7.00")

    def pay_back(reference: str) -> Callable[[], object]:
        return lambda: (
            refunds.refund_deposit(
                pk=item.deposit.pk,
                amount_fen=700,
                bank_reference=reference,
                actor=market.gao,
                clock=market.clock,
            ).amount_fen
        )

    answers = at_once(*[pay_back(f"B-{index}") for index in range(THREADS)])

    assert sorted(map(str, answers)) == ["700", *["nothing_owed"] * (THREADS - 1)]
    assert Refund.objects.count() == 1
