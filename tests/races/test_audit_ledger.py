"""Many write to one stream and many seal one tree; the chain and the tree stay one."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from audit.chain import GENESIS, Head, first_fault
from audit.models import Checkpoint, Entry, Leaf, Stream
from audit.services import sealing
from audit.services.export import everything
from audit.services.sealing import seal
from kernel.clock import FixedClock
from tests.servers import wait_until
from tests.worlds.ledger import AT, Auditor, Noted, export, note

DEADLINE = 60
WRITERS, EACH = 4, 12


def together(*works: Callable[[], None]) -> None:
    """Runs all at once, each in its thread; the first error is raised."""
    barrier = threading.Barrier(len(works))
    errors: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            barrier.wait(DEADLINE)
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]


def chain_of(stream: str) -> list[Entry]:
    """The stream's entries, each checked against the one before it."""
    before, found = GENESIS, []
    for entry in Entry.objects.filter(stream=stream).order_by("seq"):
        assert first_fault(entry.as_link(), before) is None
        before = Head(entry.seq, bytes(entry.hash))
        found.append(entry)
    assert Stream.objects.get(pk=stream).tip == before
    return found


def test_many_writers_make_one_chain(each_database: str) -> None:
    def write(name: int) -> None:
        for index in range(EACH):
            note("room/NEW", Noted(f"{name}.{index}"))

    together(*(lambda name=name: write(name) for name in range(WRITERS)))
    texts = [str(entry.read_body()["text"]) for entry in chain_of("room/NEW")]
    assert sorted(texts) == sorted(f"{n}.{i}" for n in range(WRITERS) for i in range(EACH))
    for name in range(WRITERS):  # each writer's own order stands
        own = [text for text in texts if text.startswith(f"{name}.")]
        assert own == [f"{name}.{index}" for index in range(EACH)]


def test_a_key_sent_by_many_settles_once(each_database: str) -> None:
    def send() -> None:
        for index in range(EACH):
            note("room/NEW", Noted(f"{index}"), idem=f"K27:{index}")

    together(*[send] * WRITERS)
    idems = [entry.idem for entry in chain_of("room/NEW")]
    assert sorted(idems) == sorted(f"K27:{index}" for index in range(EACH))


def test_many_sealers_grow_one_tree(
    each_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    monkeypatch.setattr(sealing, "RANGES", 2)
    auditor = Auditor(tmp_path / "auditor")
    written = threading.Event()

    def write(name: int) -> None:
        for index in range(EACH):
            note(f"room/{name}", Noted(f"{index}"))

    def write_all() -> None:
        for name in range(3):
            write(name)
            wait_until(lambda seen=name: Checkpoint.objects.count() > seen, "a signature")
        written.set()

    def keep_sealing() -> None:
        while not written.is_set():
            seal(clock=FixedClock(AT))

    together(write_all, lambda: write(3), keep_sealing, keep_sealing, keep_sealing)
    seal(clock=FixedClock(AT))
    indexes = list(Leaf.objects.order_by("index").values_list("index", flat=True))
    assert indexes == list(range(Entry.objects.count())) == list(range(4 * EACH))
    assert Checkpoint.objects.count() >= 3
    # every root signed on the way is the root of a beginning of the same tree
    _done, files = export(everything())
    assert len([name for name in files if name.startswith("checkpoints/")]) >= 3
    assert auditor.verify(files).code == 0
