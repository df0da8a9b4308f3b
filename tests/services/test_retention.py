"""The plain text behind refused attempts goes after its time; the ledger stays."""

from datetime import timedelta
from typing import Any

import pytest

from audit.models import AttemptSource, Entry
from audit.services import Source, record_attempt
from config.wiring import due_rows
from kernel.clock import FixedClock
from tests.worlds.ledger import ALICE, AT

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = timedelta(days=30)


def refused(after: timedelta) -> None:
    record_attempt(
        stream="attempts/ALICE000", action="x", actor=ALICE, at=AT + after, code="not_allowed",
        source=Source("10.0.0.1", "browser"),
    )  # fmt: skip


def test_old_sources_are_erased_when_they_are_due(
    settings: Any, django_assert_num_queries: Any
) -> None:
    settings.ATTEMPT_SOURCES_KEPT_DAYS = KEPT.days
    (due,) = [rows for rows in due_rows() if rows.name == "attempts' sources"]
    refused(timedelta())
    refused(timedelta(days=10))
    assert due.find(AT + KEPT, 10) == []
    now = AT + KEPT + timedelta(days=1)
    (key,) = due.find(now, 10)
    due.act(key, FixedClock(now))
    assert AttemptSource.objects.count() == 1
    assert Entry.objects.filter(stream="attempts/ALICE000").count() == 2
    with django_assert_num_queries(1):
        assert due.find(now, 10) == []
