"""The plan of the house holds: sizes, names, edges. Each check is shown to find a planted fault."""

import shutil
from pathlib import Path

import pytest

from tests.architecture import measures
from tests.architecture.measures import ROOT

BROAD = ("except Exception", "except BaseException", "except:")
MAY_CATCH_BROADLY = (
    "audit/relay",
    "config/timekeeper",
    "bidding/consumers",
    "bidding/sequencer",
    "bidding/hub",
    "bidding/broadcast",
    "config/serve",
    "bidding/services/outage",
)
LEFT_OVER = ("TODO", "FIXME", "# XXX", "NotImplementedError", "# type: ignore")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the product's sources in which a test may plant a fault."""
    for app in measures.APPS:
        shutil.copytree(ROOT / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def plant(root: Path, place: str, text: str) -> None:
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + text)


def long_functions(root: Path) -> list[measures.Function]:
    return [item for item in measures.functions(root) if item.lines > measures.FUNCTION_LINES]


def many_parameters(root: Path) -> list[measures.Function]:
    return [item for item in measures.functions(root) if item.parameters > measures.PARAMETERS]


def broad_catches(root: Path) -> list[measures.Finding]:
    found = measures.texts(root, BROAD)
    return [item for item in found if not item.where.startswith(MAY_CATCH_BROADLY)]


def edge_queries(root: Path) -> list[measures.Finding]:
    return measures.texts(root, (".objects", "connection.cursor"), measures.edge_files(root))


def test_no_file_is_over_the_cap() -> None:
    assert measures.long_files(ROOT) == []


def test_a_long_file_is_found(copy: Path) -> None:
    plant(copy, "kernel/money.py", "A = 1\n" * 401)
    assert [item.where for item in measures.long_files(copy)] == ["kernel/money.py"]


def test_no_function_is_over_the_cap() -> None:
    assert long_functions(ROOT) == []


def usual_length(root: Path) -> int:
    """The length that nineteen of twenty functions keep."""
    lengths = sorted(item.lines for item in measures.functions(root))
    return lengths[int(len(lengths) * 0.95)]


def test_the_usual_function_is_short() -> None:
    assert usual_length(ROOT) <= measures.FUNCTION_LINES_P95


@pytest.mark.parametrize(("long", "is_short"), [(4, True), (6, False)])
def test_too_many_long_functions_are_found(tmp_path: Path, long: int, is_short: bool) -> None:
    short = "def brief() -> None: ...\n"
    plant(tmp_path, "kernel/planted.py", short * (100 - long))
    plant(tmp_path, "kernel/planted.py", ("def lengthy() -> None:\n" + "    f()\n" * 40) * long)

    assert (usual_length(tmp_path) <= measures.FUNCTION_LINES_P95) == is_short


def test_a_long_function_is_found(copy: Path) -> None:
    plant(copy, "kernel/errors.py", "\n\ndef endless() -> None:\n" + "    print(1)\n" * 60)
    assert [item.where.split()[-1] for item in long_functions(copy)] == ["endless"]


def test_no_function_takes_too_many_parameters() -> None:
    assert many_parameters(ROOT) == []


def test_too_many_parameters_are_found(copy: Path) -> None:
    plant(copy, "kernel/errors.py", "\n\ndef greedy(a, b, c, d, e, f, g, actor, clock): ...\n")
    assert [item.where.split()[-1] for item in many_parameters(copy)] == ["greedy"]


def test_modules_bear_the_names_of_the_plan() -> None:
    assert measures.synonyms(ROOT) == []


def test_a_synonym_is_found(copy: Path) -> None:
    plant(copy, "trading/helpers.py", "")
    assert [item.where for item in measures.synonyms(copy)] == ["trading/helpers.py"]


def test_edges_never_query() -> None:
    assert edge_queries(ROOT) == []


def test_a_query_at_the_edge_is_found(copy: Path) -> None:
    plant(copy, "trading/views.py", "\nlots = Lot.objects.all()\n")
    assert [item.what for item in edge_queries(copy)] == ["lots = Lot.objects.all()"]


def test_only_the_loops_catch_broadly() -> None:
    assert broad_catches(ROOT) == []


def test_a_broad_catch_is_found(copy: Path) -> None:
    plant(copy, "law/services.py", "\ntry:\n    pass\nexcept Exception:\n    pass\n")
    assert len(broad_catches(copy)) == 1


def test_nothing_is_left_half_done() -> None:
    assert measures.texts(ROOT, LEFT_OVER) == []


def test_something_left_half_done_is_found(copy: Path) -> None:
    plant(copy, "law/services.py", "\n# TODO: later\n")
    assert len(measures.texts(copy, LEFT_OVER)) == 1


SIGNALS = ("django.db.models.signals", "django.dispatch", "import signals", ".signals import")


def test_no_signals_are_used() -> None:
    assert measures.texts(ROOT, SIGNALS) == []


@pytest.mark.parametrize(
    "line",
    [
        "from django.db.models.signals import post_save",
        "from django.db.models import signals",
        "from django.core.signals import request_started",
        "from django.dispatch import receiver",
    ],
)
def test_a_signal_is_found(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "law/services.py", f"{line}\n")

    assert measures.texts(tmp_path, SIGNALS) == [("law/services.py:1", line)]
